/** Which view the address shows. Addresses are fragments (`#/documents/…`), so that any file server can host us. */
import { element, fill } from "./element.js";
import { session } from "./session.js";

const VIEWS = [
  [/^#\/features$/, () => import("./view-features.js"), "Features"],
  [/^#\/features\/([^/]+)$/, () => import("./view-feature.js"), "Feature"],
  [/^#\/documents\/([^/]+)$/, () => import("./view-document.js"), "Document"],
  [/^#\/import$/, () => import("./view-import.js"), "Import"],
  [/^#\/connections$/, () => import("./view-connections.js"), "Connections"],
  [/^#\/connections\/([^/]+)\/sync$/, () => import("./view-sync.js"), "Space sync"],
  [/^#\/connections\/([^/]+)\/corpus$/, () => import("./view-corpus.js"), "Synced pages"],
];
const HOME = "#/features";

/**
 * Shows a view whenever the address or the session changes. A view exports `show(place, {id, signal})`; `signal` is
 * aborted when the member goes on, so that a late answer never lands in another view.
 *
 * `beforeFirst(place)`, if given, runs once somebody is signed in and decides when the first view may come.
 */
export function startRouter({ beforeFirst }) {
  const place = document.getElementById("main");
  let current = new AbortController();
  let first = true;
  let waiting = beforeFirst;

  async function show() {
    current.abort();
    current = new AbortController();
    const { signal } = current;
    if (!session.token) {
      setTitle("Sign in");
      fill(place, welcome());
      return;
    }
    if (waiting) {
      const task = waiting;
      waiting = null;
      fill(place);
      if (!(await task(place)) || signal.aborted) return;
    }
    await showView(signal);
  }

  async function showView(signal) {
    const [view, id] = match(location.hash || HOME);
    markCurrent();
    if (!view) {
      setTitle("Not found");
      fill(place, nothingHere());
      return;
    }
    const module = await view[1]();
    if (signal.aborted) return;
    setTitle(view[2]);
    const room = element("div", {});
    fill(place, room);
    const done = module.show(room, { id, signal });
    if (!first) focusHeading(place);
    first = false;
    await done;
  }

  addEventListener("hashchange", () => {
    // The skip link's own fragment is no address of ours.
    if (location.hash !== "#main") show();
  });
  show();
  return { show };
}

export function setTitle(text) {
  document.title = `${text} · Confluence connector`;
}

/** A view's heading takes the focus, so that a keyboard or screen reader starts where the eye does. */
export function focusHeading(place) {
  const heading = place.querySelector("h1") ?? place;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

function match(hash) {
  for (const view of VIEWS) {
    const found = view[0].exec(hash);
    if (found) return [view, found[1] && decodeURIComponent(found[1])];
  }
  return [null, null];
}

function markCurrent() {
  const section = (location.hash || HOME).split("/")[1];
  const under = section === "documents" ? "features" : section;
  for (const link of document.querySelectorAll("#navigation a")) {
    if (link.hash === `#/${under}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function welcome() {
  return element(
    "div",
    { class: "empty" },
    element("h1", {}, "Confluence pages, where you work"),
    element(
      "p",
      {},
      "Connect your Confluence account, import a page as an editable copy, or link to it and always read its current text.",
    ),
    element("p", {}, "Sign in above to begin."),
  );
}

function nothingHere() {
  return element(
    "div",
    { class: "empty" },
    element("h1", {}, "There is no such page here"),
    element("p", {}, "The address may be mistyped or from another version of the console."),
    element("a", { class: "button", href: HOME }, "Go to the features"),
  );
}
