/** One run of a sync: how it went or goes, what it cost, and what did not get through. */
import { element } from "../elements/element.js";

/** [words, tone] of runs and import jobs alike. */
export const RUN_STATES = {
  queued: ["Waiting", "accent"],
  running: ["Running", "accent"],
  completed: ["Completed", "good"],
  completed_with_errors: ["Completed with errors", "warn"],
  failed: ["Failed", "bad"],
  cancelled: ["Cancelled", ""],
};
const TRIGGERS = { first: "First sync", schedule: "On schedule", manual: "Asked for" };
export const UNDER_WAY = new Set(["queued", "running"]);

/** `cancel(run)`: null where the member may not. `open`: its failures are unfolded. */
export function runCard(run, { cancel, open }) {
  const [words, tone] = RUN_STATES[run.status] ?? [run.status, ""];
  const { pages } = run;
  return element(
    "li",
    { class: "card", "data-run": run.id, "data-status": run.status },
    element(
      "p",
      {},
      element("span", { class: `tag ${tone}` }, words),
      " ",
      TRIGGERS[run.trigger] ?? run.trigger,
      " ",
      element("time-ago", { datetime: run.started_at ?? run.created_at }),
    ),
    UNDER_WAY.has(run.status) && progress(run),
    element(
      "p",
      {},
      `${pages.seen} pages seen: ${pages.new} new, ${pages.changed} changed, ${pages.removed} removed, ${pages.failed} failed. `,
      element("small", {}, `${run.requests} requests, ${run.points} points`),
    ),
    run.failure && element("p", { class: "note warn" }, run.failure.detail),
    run.failures.length > 0 && failures(run, open),
    UNDER_WAY.has(run.status) &&
      cancel &&
      element("div", { class: "actions" }, element("button", { type: "button", click: () => cancel(run) }, "Cancel the run")),
  );
}

/** How many pages there will be, nobody knows beforehand: spaces are the measure, once they are counted. */
function progress(run) {
  const { done, total } = run.spaces;
  const bar = total > 0 ? { max: total, value: done } : {};
  const stage = run.stage ? `Stage: ${run.stage}` : "Starting";
  return element("p", {}, element("progress", { "aria-label": "Progress of the run", ...bar }), " ", stage);
}

function failures(run, open) {
  const line = (each) => element("li", {}, element("code", {}, each.item), " ", each.detail);
  return element(
    "details",
    { "data-run": run.id, open },
    element("summary", {}, `What did not get through (${run.pages.failed})`),
    element("ul", {}, run.failures.map(line)),
  );
}
