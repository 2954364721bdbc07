/** The workspace's synchronizers: which space has its pages in which Jira project. */
import { getAll } from "./api.js";
import { busy } from "./busy.js";
import { element, fill } from "./element.js";
import { showProblem } from "./problem.js";
import { session } from "./session.js";
import { MODES } from "./synchronizer-words.js";

export async function show(place, { signal }) {
  const list = element("div", {});
  fill(
    place,
    element(
      "div",
      { class: "head" },
      element("div", {}, element("h1", {}, "Synchronizers"), element("p", {}, "Pages of a space with an issue each in a Jira project, kept in step.")),
      session.person?.isAdmin && element("a", { class: "button primary", href: "#/synchronizers/new" }, "New synchronizer"),
    ),
    list,
  );
  await load(list, signal);
}

async function load(list, signal) {
  try {
    const found = await busy(list, "Reading the synchronizers…", () => getAll("/synchronizers", { signal }));
    fill(list, found.length > 0 ? element("ul", { class: "features" }, found.map(row)) : empty());
  } catch (error) {
    showProblem(list, error, { retry: () => load(fill(list), signal) });
  }
}

function row(synchronizer) {
  return element(
    "li",
    { class: "card", "data-synchronizer": synchronizer.id },
    element("a", { class: "title", href: `#/synchronizers/${encodeURIComponent(synchronizer.id)}` }, nameOf(synchronizer)),
    stateTag(synchronizer),
    element("small", {}, MODES[synchronizer.mode]?.[0] ?? synchronizer.mode),
  );
}

/** "SHOP → WEB" */
export const nameOf = ({ space_key: space, project_key: project }) => `${space} → ${project}`;

export function stateTag({ enabled, paused_because: paused, active_run: active }) {
  if (paused) return element("span", { class: "tag warn" }, "Paused");
  if (!enabled) return element("span", { class: "tag" }, "Switched off");
  return active ? element("span", { class: "tag accent" }, "Running") : element("span", { class: "tag good" }, "On");
}

function empty() {
  const admin = session.person?.isAdmin;
  return element(
    "div",
    { class: "empty" },
    element("h2", {}, "No synchronizers yet"),
    element("p", {}, "A synchronizer gives each page of a space an issue in Jira: its summary is the page's title, and it links to the page."),
    admin
      ? element("a", { class: "button primary", href: "#/synchronizers/new" }, "Make the first synchronizer")
      : element("p", {}, "Ask an admin of this workspace for one."),
  );
}
