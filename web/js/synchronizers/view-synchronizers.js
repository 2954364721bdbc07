/** The workspace's synchronizers: which space has its pages in which Jira project. */
import { path } from "../api/api.js";
import { session } from "../api/session.js";
import { element, fill } from "../elements/element.js";
import { emptyState } from "../elements/empty-state.js";
import { linkButton, viewHead } from "../elements/view-head.js";
import { showAll } from "../elements/whole-list.js";
import { MODES, nameOf, stateTag } from "./synchronizer-words.js";

const newLink = (words) => linkButton(words, "#/synchronizers/new", { class: "button primary" });

export async function show(place, { signal }) {
  const list = element("div", {});
  const about = "Pages of a space with an issue each in a Jira project, kept in step.";
  fill(place, viewHead("Synchronizers", { about, aside: session.person?.isAdmin && newLink("New synchronizer") }), list);
  const draw = (synchronizers) => element("ul", { class: "features" }, synchronizers.map(row));
  await showAll(list, "/synchronizers", { reading: "Reading the synchronizers…", draw, none, signal });
}

function row(synchronizer) {
  return element(
    "li",
    { class: "card", "data-synchronizer": synchronizer.id },
    element("a", { class: "title", href: path`#/synchronizers/${synchronizer.id}` }, nameOf(synchronizer)),
    stateTag(synchronizer),
    element("small", {}, MODES[synchronizer.mode]?.[0] ?? synchronizer.mode),
  );
}

const none = () =>
  emptyState(
    "No synchronizers yet",
    "A synchronizer gives each page of a space an issue in Jira: its summary is the page's title, and it links to the page.",
    session.person?.isAdmin ? newLink("Make the first synchronizer") : element("p", {}, "Ask an admin of this workspace for one."),
  );
