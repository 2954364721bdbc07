/** Synchronizers in words: their names and states, modes, states of a page's link, what pauses one, what a dry run would do. */
import { element } from "../elements/element.js";

export const MODES = {
  automatic: ["Automatic", "Every page of the space (and of the CQL) has an issue."],
  new_pages: ["New pages only", "Pages that are created from now on."],
  selected: ["Selected by hand", "Pages that somebody selects, here or through the API."],
};
export const PER_PAGE = "per_page";

/** [words, tone] */
export const LINK_STATES = {
  creating: ["Being created", "accent"],
  active: ["Active", "good"],
  inactive: ["Out of scope", ""],
  orphaned: ["Page gone", "warn"],
  broken: ["Issue gone", "bad"],
};

const PAUSES = {
  connection_not_found: "Its connection is gone.",
  cql_refused: "Confluence does not understand its CQL any more.",
  jira_forbidden: "The technical user may not do this in Jira.",
  jira_refused: "Jira refuses the issues: their type may demand further fields.",
  other_account_or_site: "Its connection uses another account than before.",
  page_forbidden: "The technical user may not read the space.",
  permissions_missing: "The technical user lacks rights in the project.",
  project_gone: "The project is gone, or hidden from the technical user.",
  reconnect_required: "Its connection has to be reconnected.",
  scopes_missing: "Its connection has fewer permissions than it needs.",
  site_changed: "Its connection is on another site than before.",
  space_gone: "The space is gone, or hidden from the technical user.",
};

export const pauseWords = (code) => PAUSES[code] ?? "Something is to be mended.";

export const ACTIONS = {
  create: "Create an issue",
  rename: "Change the summary",
  activate: "Attach again",
  deactivate: "Mark as out of scope",
  orphan: "Mark: page gone",
  break: "Mark: issue gone",
};
export const TRIGGERS = { first: "First run", schedule: "On schedule", manual: "Asked for", selection: "For a selected page" };
export const STAGES = { check: "checking rights", links: "comparing pages and issues", scope: "looking for new pages", settle: "looking for lost answers" };

/** "SHOP → WEB" */
export const nameOf = ({ space_key: space, project_key: project }) => `${space} → ${project}`;

export function stateTag({ enabled, paused_because: paused, active_run: active }) {
  if (paused) return element("span", { class: "tag warn" }, "Paused");
  if (!enabled) return element("span", { class: "tag" }, "Switched off");
  return active ? element("span", { class: "tag accent" }, "Running") : element("span", { class: "tag good" }, "On");
}
