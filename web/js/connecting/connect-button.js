/** The press of Connect or Reconnect, and what the member sees until it has ended. */
import { ApiError } from "../api/api.js";
import { announce } from "../elements/announce.js";
import { busy, whilePressed } from "../elements/busy.js";
import { element, fill, webAddress } from "../elements/element.js";
import { problemNotice, showProblem } from "../elements/problem.js";
import { ConsentFailed } from "./consent-failed.js";
import { consent } from "./consent.js";
import { pickSite } from "./site-picker.js";

/**
 * A button that runs a consent and shows its course in `outcome`.
 *
 * `start()`: the API call that begins. `done(connection)`: the connection is usable (or waits for its site, when the
 * member left the picker).
 */
export function connectButton(label, { start, done, outcome, properties = { class: "primary" } }) {
  const press = () => whilePressed(button, () => run(start, done, outcome, press));
  const button = element("button", { type: "button", ...properties, click: press }, label);
  return button;
}

async function run(start, done, outcome, again) {
  const stop = new AbortController();
  fill(outcome);
  try {
    let connection = await busy(outcome, "Waiting for your consent at Atlassian…", (say) =>
      consent(start, {
        signal: stop.signal,
        onWait: ({ blocked, url, focus }) => outcome.append(waiting(blocked, url, focus, stop)),
        onClosed: () => say("The Atlassian window is closed. If you did not finish there, stop and connect again."),
      }),
    );
    fill(outcome);
    if (connection.status === "choosing_site") connection = (await pickSite(connection, outcome)) ?? connection;
    announce(connection.status === "choosing_site" ? "The site is still to be chosen." : "Confluence is connected.");
    done(connection);
  } catch (error) {
    fill(outcome);
    const retry = element("button", { type: "button", click: again }, "Connect again");
    if (error instanceof ConsentFailed) fill(outcome, problemNotice(error.problem, { actions: [retry] }));
    else if (error instanceof ApiError) showProblem(outcome, error, { retry: again });
    else if (error.name !== "AbortError") throw error;
  }
}

function waiting(blocked, url, focus, stop) {
  return element(
    "div",
    { class: blocked ? "note warn" : "note" },
    blocked
      ? element("p", {}, "Your browser blocked the pop-up. Go on in this window; you come back here afterwards.")
      : element("p", {}, "Choose the account and allow access in the Atlassian window."),
    element(
      "div",
      { class: "actions" },
      blocked
        ? element("a", { class: "button primary", href: webAddress(url) }, "Continue at Atlassian")
        : element("button", { type: "button", click: focus }, "Show the window"),
      element("button", { type: "button", class: "quiet", click: () => stop.abort() }, "Stop"),
    ),
  );
}
