/** Which view the address shows. Addresses are fragments (`#/documents/…`), so that any file server can host us. */
import { session } from "../api/session.js";
import { element, fill } from "../elements/element.js";
import { focusHeading, setTitle } from "../elements/view-head.js";
import { drawNavigation } from "./navigation.js";

/** The first that fits. `{id}` in an address is handed to the view under that name. */
const VIEWS = [
  ["#/features", () => import("../reading/view-features.js"), "Features"],
  ["#/features/{id}", () => import("../reading/view-feature.js"), "Feature"],
  ["#/documents/{id}", () => import("../reading/view-document.js"), "Document"],
  ["#/import", () => import("../importing/view-import.js"), "Import"],
  ["#/import/many", () => import("../importing/view-import-many.js"), "Import many pages"],
  ["#/imports/{id}", () => import("../importing/view-import-job.js"), "Import of many pages"],
  ["#/connections", () => import("../connecting/view-connections.js"), "Connections"],
  ["#/connections/{id}/sync", () => import("../syncing/view-sync.js"), "Space sync"],
  ["#/connections/{id}/corpus", () => import("../syncing/view-corpus.js"), "Synced pages"],
  ["#/workspace", () => import("../workspace/view-workspace.js"), "Workspace"],
  ["#/workspace/jobs/{id}", () => import("../workspace/view-workspace-job.js"), "Workspace"],
  ["#/agents", () => import("../agents/view-agents.js"), "Agents"],
  ["#/agents/new", () => import("../agents/view-agent-new.js"), "New agent"],
  ["#/agents/{id}", () => import("../agents/view-agent.js"), "Agent"],
  ["#/agents/{id}/calls", () => import("../agents/view-agent-calls.js"), "Calls of an agent"],
  ["#/approvals", () => import("../agents/view-approvals.js"), "Approvals"],
  ["#/approvals/{id}", () => import("../agents/view-approval.js"), "Approval"],
  ["#/synchronizers", () => import("../synchronizers/view-synchronizers.js"), "Synchronizers"],
  ["#/synchronizers/new", () => import("../synchronizers/view-synchronizer-new.js"), "New synchronizer"],
  ["#/synchronizers/{id}", () => import("../synchronizers/view-synchronizer.js"), "Synchronizer"],
  ["#/synchronizers/{id}/runs/{run}", () => import("../synchronizers/view-synchronizer-run.js"), "Run"],
  ["#/synchronizers/{id}/pages", () => import("../synchronizers/view-linked-pages.js"), "Pages and issues"],
  ["#/synchronizers/{id}/pages/{page}", () => import("../synchronizers/view-page-issue.js"), "Issue of a page"],
  ["#/synchronizers/{id}/acts", () => import("../synchronizers/view-page-acts.js"), "Who did what"],
].map(([address, ...view]) => [new RegExp(`^${address.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`), ...view]);
const HOME = "#/features";

/**
 * Shows a view whenever the address or the session changes. A view exports `show(place, {…ids, signal})`; `signal` is
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
    drawNavigation(location.hash || HOME);
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
    const [view, ids] = match(location.hash || HOME);
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
    const done = module.show(room, { ...ids, signal });
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

function match(hash) {
  for (const view of VIEWS) {
    const found = view[0].exec(hash);
    if (found) return [view, idsOf(found.groups ?? {})];
  }
  return [null, null];
}

const idsOf = (groups) => Object.fromEntries(Object.entries(groups).map(([name, text]) => [name, decodeURIComponent(text)]));

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
