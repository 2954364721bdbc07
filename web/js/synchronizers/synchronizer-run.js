/** One run of a synchronizer: what it found and changed. */
import { path } from "../api/api.js";
import { element } from "../elements/element.js";
import { RUN_STATES, UNDER_WAY } from "../syncing/sync-run.js";
import { STAGES, TRIGGERS } from "./synchronizer-words.js";

const COUNTS = {
  created: "created",
  updated: "updated",
  activated: "attached again",
  deactivated: "out of scope",
  orphaned: "without their page",
  broken: "without their issue",
  duplicates: "duplicates",
  failed: "failed",
};

/** "12 pages looked at: 3 created, 1 updated." */
export function countWords(pages) {
  const told = Object.keys(COUNTS).filter((name) => pages[name] > 0).map((name) => `${pages[name]} ${COUNTS[name]}`);
  return `${pages.seen} ${pages.seen === 1 ? "page" : "pages"} looked at: ${told.join(", ") || "nothing to change"}.`;
}

export function runHead(run) {
  const [words, tone] = RUN_STATES[run.status] ?? [run.status, ""];
  return element(
    "p",
    {},
    element("span", { class: `tag ${tone}` }, words),
    run.dry_run && [" ", element("span", { class: "tag" }, "Dry run")],
    " ",
    TRIGGERS[run.trigger] ?? run.trigger,
    " ",
    element("time-ago", { datetime: run.started_at ?? run.created_at }),
  );
}

export function runProgress(run) {
  if (!UNDER_WAY.has(run.status)) return null;
  const words = run.stage ? `Now ${STAGES[run.stage] ?? run.stage}` : "Starting";
  return element("p", {}, element("progress", { "aria-label": "The run is under way" }), " ", words);
}

export function runRow(run) {
  const address = path`#/synchronizers/${run.synchronizer_id}/runs/${run.id}`;
  return element(
    "li",
    { class: "card", "data-run": run.id, "data-status": run.status },
    runHead(run),
    runProgress(run),
    element("p", {}, countWords(run.pages), " ", element("small", {}, `${run.pages.writes} writes to Jira`)),
    run.failure && element("p", { class: "note warn" }, run.failure.detail, " ", element("code", {}, run.failure.code)),
    element("a", { href: address }, "What it did"),
  );
}
