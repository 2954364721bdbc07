/** One synchronizer: how it stands, its rule, and its runs, the one under way as it goes on. */
import { ApiError, get, path, post, remove } from "../api/api.js";
import { session } from "../api/session.js";
import { announce } from "../elements/announce.js";
import { busy, whilePressed } from "../elements/busy.js";
import { confirmed } from "../elements/dialog.js";
import { element, fill, outward } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { setTitle } from "../elements/view-head.js";
import { watch } from "../elements/watch.js";
import { runRow } from "./synchronizer-run.js";
import { askRule } from "./synchronizer-settings.js";
import { MODES, nameOf, pauseWords, PER_PAGE, stateTag } from "./synchronizer-words.js";

const RUNS_SHOWN = 20;

export async function show(place, { id, signal }) {
  const heading = element("h1", { tabindex: "-1" }, "Synchronizer");
  const tag = element("div", {});
  const state = element("div", {});
  const outcome = element("div", { class: "outcome" });
  const runs = element("div", {});
  const below = (name) => path`#/synchronizers/${id}/${name}`;
  fill(
    place,
    element(
      "div",
      { class: "head" },
      element("div", {}, element("p", { class: "trail" }, element("a", { href: "#/synchronizers" }, "Synchronizers")), heading, tag),
      element(
        "div",
        { class: "actions" },
        element("a", { class: "button", href: below("pages") }, "Pages and issues"),
        session.person?.isAdmin && element("a", { class: "button", href: below("acts") }, "Who did what"),
      ),
    ),
    state,
    outcome,
    element("h2", { class: "apart" }, "Runs"),
    runs,
  );
  const view = { id, signal, heading, tag, state, outcome, runs, typeNames: null };
  view.refresh = watch(signal, () => read(view));
  await busy(state, "Reading the synchronizer…", view.refresh);
}

/** Reads all of it again; answers whether a run is under way. */
async function read(view) {
  const { id, signal } = view;
  try {
    const [synchronizer, { items }] = await Promise.all([
      get(path`/synchronizers/${id}`, { signal }),
      get(path`/synchronizers/${id}/runs`, { query: { limit: RUNS_SHOWN }, signal }),
    ]);
    view.typeNames ??= await typeNames(synchronizer, signal);
    setTitle(nameOf(synchronizer));
    view.heading.textContent = nameOf(synchronizer);
    fill(view.tag, stateTag(synchronizer));
    drawState(view, synchronizer);
    drawRuns(view, items);
    return synchronizer.active_run !== null;
  } catch (error) {
    showProblem(view.state, error, { retry: view.refresh });
    return false;
  }
}

/** By id. Where Jira does not say, ids have to do. */
async function typeNames({ connection_id: connection, project_key: project }, signal) {
  try {
    const { items } = await get(path`/connections/${connection}/jira/projects/${project}/issue-types`, { signal });
    return new Map(items.map(({ id, name }) => [id, name]));
  } catch (error) {
    if (error instanceof ApiError) return new Map();
    throw error;
  }
}

function drawState(view, synchronizer) {
  const { issue_type: type, jira_url: jira, project_key: project, paused_because: paused } = synchronizer;
  const line = (name, ...value) => element("div", {}, element("dt", {}, name), element("dd", {}, value));
  const next = synchronizer.next_run_at ? element("time-ago", { datetime: synchronizer.next_run_at }) : "none";
  const content = [
    paused && element("p", { class: "note warn" }, element("strong", {}, "Paused. "), pauseWords(paused), " Nothing is changed until it is mended; then run it."),
    lacking(synchronizer),
    element(
      "dl",
      { class: "facts card" },
      line("Space", synchronizer.space_key),
      line("Project", outward(`${jira}/browse/${encodeURIComponent(project)}`, project)),
      line("Pages", MODES[synchronizer.mode]?.[0] ?? synchronizer.mode),
      line("Issue type", type === PER_PAGE ? "Chosen for each page" : (view.typeNames.get(type) ?? type)),
      line("Additional CQL", synchronizer.cql ? element("code", {}, synchronizer.cql) : "none"),
      line("Help for people without Jira", synchronizer.allow_fallback ? "yes" : "no"),
      line("Made by", synchronizer.technical_user),
      line("Next run", synchronizer.active_run ? "running now" : next),
    ),
  ];
  const had = view.state.querySelector(":scope > .actions");
  if (had?.contains(document.activeElement) && had.dataset.mode === synchronizer.mode) return fill(view.state, content, had); // the focus stays
  return fill(view.state, content, session.person?.isAdmin && actions(view, synchronizer));
}

function lacking({ missing_permissions: names }) {
  if (names.length === 0) return null;
  return element(
    "div",
    { class: "note warn" },
    element("p", {}, "The technical user's account lacks these permissions in the project:"),
    element("ul", { class: "scopes" }, names.map((name) => element("li", {}, element("code", {}, name)))),
  );
}

function actions(view, synchronizer) {
  const button = (label, act, properties = {}) => {
    const node = element("button", { type: "button", click: () => whilePressed(node, act), ...properties }, label);
    return node;
  };
  const run = (wanted) => () => attempt(view, async () => started(await post(path`/synchronizers/${view.id}/runs`, wanted), wanted));
  return element(
    "div",
    { class: "actions", "data-mode": synchronizer.mode },
    button("Run now", run({}), { class: "primary" }),
    button("Dry run", run({ dry_run: true })),
    synchronizer.mode === "new_pages" && button("Take in older pages", run({ catch_up: true })),
    button("Settings", () => attempt(view, () => changed(view))),
    button("Delete", () => attempt(view, () => erase(view)), { class: "danger" }),
  );
}

async function attempt(view, work) {
  const here = location.hash;
  try {
    await work(fill(view.outcome));
    if (location.hash === here) await view.refresh();
  } catch (error) {
    showProblem(view.outcome, error, { retry: () => attempt(view, work) });
  }
}

/** A dry run is watched where its list will be. A run that was under way already is not the one that was asked for. */
function started(run, wanted) {
  announce(run.dry_run === Boolean(wanted.dry_run) ? "The run has begun." : "Another run is under way.");
  if (run.dry_run && wanted.dry_run) location.hash = path`#/synchronizers/${run.synchronizer_id}/runs/${run.id}`;
}

async function changed(view) {
  const synchronizer = await get(path`/synchronizers/${view.id}`, { signal: view.signal });
  if (await askRule(synchronizer, view.signal)) announce("Saved. It holds from the next run on.");
}

async function erase(view) {
  const words = element("p", {}, "It forgets which page belongs to which issue. Pages and issues stay as they are, and are not kept in step any more.");
  if (!(await confirmed("Delete this synchronizer?", words, "Delete", { dangerous: true }))) return;
  await busy(view.outcome, "Deleting…", () => remove(path`/synchronizers/${view.id}`));
  announce("The synchronizer was deleted.");
  location.hash = "#/synchronizers";
}

function drawRuns(view, items) {
  const held = view.runs.contains(document.activeElement) && document.activeElement.closest("[data-run]")?.dataset.run;
  if (items.length === 0) fill(view.runs, element("p", { class: "soft" }, "No run yet."));
  else fill(view.runs, element("ul", { class: "runs" }, items.map(runRow)));
  if (held) view.runs.querySelector(`[data-run="${CSS.escape(held)}"] a`)?.focus({ preventScroll: true }); // the keyboard stays
}
