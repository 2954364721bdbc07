/** Back from Atlassian without a pop-up: the callback sent this window here, with the code in the fragment. */
import { announce } from "../elements/announce.js";
import { busy } from "../elements/busy.js";
import { element, fill } from "../elements/element.js";
import { problemNotice, showProblem } from "../elements/problem.js";
import { ConsentFailed } from "./consent-failed.js";
import { confirm, forget, isOurs, isPopup, tellOthers, wayBack } from "./consent.js";

/** What the fragment says, or null. Takes it out of the address and the history: the code works once, and for us. */
export function takeReturn() {
  const words = new URLSearchParams(location.hash.slice(1));
  const id = words.get("connection_id") ?? words.get("connection");
  if (location.hash.startsWith("#/") || !id) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return { id, code: words.get("code"), status: words.get("status") ?? "unknown" };
}

/** Confirms the consent that came back. Answers whether the member goes on to where they were. */
export async function consentReturned(place, { id, code, status }) {
  const back = wayBack();
  const done = isPopup();
  const home = element("a", { class: "button", href: "#/connections" }, "Open connections");
  if (!isOurs(id)) {
    fill(place, problemNotice(NOT_STARTED_HERE, { actions: [home] }));
    return false;
  }
  forget(id);
  if (!code) {
    fill(place, problemNotice(new ConsentFailed(status).problem, { actions: [home] }));
    return false;
  }
  try {
    const connection = await busy(place, "Confirming your consent…", () => confirm(id, code));
    announce("Confluence is connected.");
    tellOthers(connection);
    if (done) window.close();
    history.replaceState(null, "", back);
    return true;
  } catch (error) {
    showProblem(place, error, { actions: [home] });
    return false;
  }
}

const NOT_STARTED_HERE = {
  code: "not_started_here",
  title: "This consent was not started here",
  detail: "A consent is finished in the window where it began, by the member who began it. Nothing was changed.",
  remedy: "Start connecting from this console.",
};
