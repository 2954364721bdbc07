/** A connection's space sync: how it stands, its setting, and its runs, the one under way as it goes on. */
import { get, path, post } from "../api/api.js";
import { session } from "../api/session.js";
import { announce } from "../elements/announce.js";
import { busy, whilePressed } from "../elements/busy.js";
import { confirmed } from "../elements/dialog.js";
import { element, fill } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { linkButton, viewHead } from "../elements/view-head.js";
import { watch } from "../elements/watch.js";
import { runCard } from "./sync-run.js";
import { askSync } from "./sync-settings.js";

const RUNS_SHOWN = 20;

export async function show(place, { id, signal }) {
  const state = element("div", {});
  const outcome = element("div", { class: "outcome" });
  const runs = element("div", {});
  fill(
    place,
    viewHead("Space sync", {
      trail: [["Connections", "#/connections"]],
      about: "Whole spaces of the connected site as Markdown, kept in step.",
      aside: linkButton("Pages", path`#/connections/${id}/corpus`),
    }),
    state,
    outcome,
    element("h2", {}, "Runs"),
    runs,
  );
  const view = { id, signal, state, outcome, runs };
  view.refresh = watch(signal, () => read(view));
  await busy(state, "Reading the sync…", view.refresh);
}

/** Reads all of it again; answers whether a run is under way. */
async function read(view) {
  const { id, signal } = view;
  try {
    const [sync, { items }] = await Promise.all([
      get(path`/connections/${id}/sync`, { signal }),
      get(path`/connections/${id}/sync/runs`, { query: { limit: RUNS_SHOWN }, signal }),
    ]);
    drawState(view, sync);
    drawRuns(view, items);
    return sync.active_run !== null;
  } catch (error) {
    showProblem(view.state, error, { retry: view.refresh });
    return false;
  }
}

function drawState(view, sync) {
  const line = (name, ...value) => element("div", {}, element("dt", {}, name), element("dd", {}, value));
  const next = sync.next_run_at ? element("time-ago", { datetime: sync.next_run_at }) : "none";
  const spaces = sync.include_spaces.length > 0 ? sync.include_spaces.join(", ") : "All that the account sees";
  const content = [
    sync.paused_because &&
      element(
        "p",
        { class: "note warn" },
        "Paused: ",
        element("code", {}, sync.paused_because),
        ". Mend the connection, then sync now.",
      ),
    element(
      "dl",
      { class: "facts" },
      line("Schedule", sync.enabled ? `Every ${sync.interval_minutes} minutes` : "Switched off"),
      line("Next run", sync.active_run ? "running now" : next),
      line("Pages", String(sync.pages)),
      line("Spaces", spaces, sync.exclude_spaces.length > 0 && `, without ${sync.exclude_spaces.join(", ")}`),
    ),
  ];
  const had = view.state.querySelector(":scope > .actions");
  if (had) return fill(view.state, content, had); // a button that has the focus keeps it
  return fill(view.state, content, session.person?.isAdmin && actions(view));
}

function actions(view) {
  const button = (label, act, properties = {}) => {
    const node = element("button", { type: "button", click: () => whilePressed(node, act), ...properties }, label);
    return node;
  };
  return element(
    "div",
    { class: "actions" },
    button("Sync now", () => attempt(view, "The sync has begun.", () => post(path`/connections/${view.id}/sync/runs`, {})), {
      class: "primary",
    }),
    button("Settings", async () => (await askSync(view.id, view.signal)) && attempt(view, "Saved.", async () => {})),
  );
}

async function attempt(view, sentence, work) {
  fill(view.outcome);
  try {
    await work();
    announce(sentence);
    await view.refresh();
  } catch (error) {
    showProblem(view.outcome, error, { retry: () => attempt(view, sentence, work) });
  }
}

function drawRuns(view, items) {
  if (items.length === 0) {
    fill(view.runs, element("p", { class: "soft" }, "No run yet."));
    return;
  }
  const open = new Set([...view.runs.querySelectorAll("details[open]")].map((each) => each.dataset.run));
  const cancel = session.person?.isAdmin ? (run) => cancelled(view, run) : null;
  const held = view.runs.contains(document.activeElement) && document.activeElement;
  const where = held && `li[data-run="${CSS.escape(held.closest("[data-run]").dataset.run)}"] ${held.localName}`;
  fill(view.runs, element("ul", { class: "runs" }, items.map((run) => runCard(run, { cancel, open: open.has(run.id) }))));
  if (where) view.runs.querySelector(where)?.focus({ preventScroll: true }); // the keyboard stays where it was
}

async function cancelled(view, run) {
  const sure = await confirmed(
    "Cancel this run?",
    element("p", {}, "It ends at its next step. What it has written stays; the next run goes on from there."),
    "Cancel the run",
  );
  if (!sure) return;
  const address = path`/connections/${view.id}/sync/runs/${run.id}/cancel`;
  await attempt(view, "The run is being cancelled.", () => post(address, {}));
}
