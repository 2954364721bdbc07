/**
 * Consent at Atlassian, in a pop-up: start it, hear of its end, confirm it as the member who started it.
 *
 * Three ways back, because browsers differ: the callback page's message to its opener; without an opener, the console
 * loaded in that window with the code in the fragment, which confirms there and tells us over a BroadcastChannel;
 * without a pop-up at all, the same in this very window.
 */
import { post, path } from "../api/api.js";
import { confirmed } from "../elements/dialog.js";
import { element } from "../elements/element.js";
import { ConsentFailed } from "./consent-failed.js";

const MESSAGE = "confluence-connector";
const CHANNEL = new BroadcastChannel("confluence-connector.consent");
const PENDING = "connector.pending-consent";
const WINDOW = "popup,width=640,height=780";

/**
 * Runs a consent. Call it directly from the press of a button: browsers open pop-ups for those only.
 *
 * `start()` asks the API for `{connection, authorize_url}`. `onWait({blocked, url, focus})` is told once Atlassian's
 * turn has come, `onClosed()` when the pop-up went away without a word. Resolves with the connection after
 * confirmation; raises ApiError and ConsentFailed; an abort of `signal` ends the waiting.
 */
export async function consent(start, { onWait, onClosed, signal }) {
  const popup = window.open("connecting.html", "_blank", WINDOW);
  let started;
  try {
    started = await start();
  } catch (error) {
    popup?.close();
    throw error;
  }
  const { connection, authorize_url: url } = started;
  remember(sessionStorage, { id: connection.id, hash: location.hash });
  if (popup) {
    // The pop-up's own storage: should it lose us, the console loaded in it knows that this consent is its own.
    remember(popup.sessionStorage, { id: connection.id, isPopup: true });
    popup.location.replace(url);
  }
  onWait({ blocked: !popup, url, focus: () => popup?.focus() });
  const message = await firstWord(connection.id, popup, new URL(url).origin, onClosed, signal);
  forget(connection.id);
  if (message.connection) return message.connection;
  if (!message.code) {
    // What the callback page says about it is said here, where the member can act on it.
    popup?.close();
    throw new ConsentFailed(message.status);
  }
  return confirm(connection.id, message.code);
}

/**
 * Makes the grant usable. Another account or site than before needs an explicit yes.
 * Raises ApiError; also when the member says no to the other account.
 */
export async function confirm(connectionId, code) {
  const address = path`/connections/${connectionId}/confirm`;
  try {
    return await post(address, { code });
  } catch (error) {
    if (error.code !== "other_account_or_site" || !(await acceptsChange())) throw error;
    return post(address, { code, accept_change: true });
  }
}

/** Tells the other windows of this console that a consent has ended. */
export function tellOthers(connection) {
  CHANNEL.postMessage({ type: MESSAGE, connection });
}

/** Whether this window, or the one that opened it, started that consent. */
export function isOurs(connectionId) {
  return pendingOf(sessionStorage)?.id === connectionId;
}

/** The address to go back to after a consent without a pop-up. */
export function wayBack() {
  return pendingOf(sessionStorage)?.hash || "#/connections";
}

/** Whether this window was opened for the consent alone. */
export function isPopup() {
  return pendingOf(sessionStorage)?.isPopup ?? false;
}

export function forget(connectionId) {
  if (isOurs(connectionId)) sessionStorage.removeItem(PENDING);
}

function firstWord(connectionId, popup, origin, onClosed, signal) {
  return new Promise((resolve, reject) => {
    const watch = setInterval(() => {
      if (!popup?.closed) return;
      clearInterval(watch);
      onClosed();
    }, 600);
    const end = (settle, value) => {
      clearInterval(watch);
      removeEventListener("message", hear);
      CHANNEL.removeEventListener("message", overhear);
      signal.removeEventListener("abort", leave);
      settle(value);
    };
    // Only the callback page, in the window that we opened, about the connection that we started.
    const hear = ({ origin: from, source, data }) => {
      const fits = data?.type === MESSAGE && data.connection_id === connectionId;
      if (from === origin && source === popup && fits) end(resolve, data);
    };
    const overhear = ({ data }) => data?.type === MESSAGE && data.connection.id === connectionId && end(resolve, data);
    const leave = () => end(reject, signal.reason);
    addEventListener("message", hear);
    CHANNEL.addEventListener("message", overhear);
    signal.addEventListener("abort", leave);
  });
}

function acceptsChange() {
  return confirmed(
    "Another account or site",
    [
      element("p", {}, "You gave consent with another Atlassian account, or for another site, than this connection had."),
      element("p", {}, "If you go on, documents linked to the previous site cannot be read through this connection any more. Copies stay as they are."),
    ],
    "Use the new one",
  );
}

function remember(storage, consentUnderWay) {
  storage.setItem(PENDING, JSON.stringify(consentUnderWay));
}

function pendingOf(storage) {
  return JSON.parse(storage.getItem(PENDING) ?? "null");
}
