/** One run of a synchronizer: its counts, what did not get through, and what a dry run would have done. */
import { get, path } from "../api/api.js";
import { busy } from "../elements/busy.js";
import { element, fill } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { linkButton, viewHead } from "../elements/view-head.js";
import { watch } from "../elements/watch.js";
import { tableRow, wideTable } from "../elements/wide-table.js";
import { UNDER_WAY } from "../syncing/sync-run.js";
import { countWords, runHead, runProgress } from "./synchronizer-run.js";
import { ACTIONS } from "./synchronizer-words.js";

export async function show(place, { id, run, signal }) {
  const body = element("div", {});
  fill(place, viewHead("Run", { aside: linkButton("Back to the synchronizer", path`#/synchronizers/${id}`) }), body);
  const look = watch(signal, async () => {
    try {
      const found = await get(path`/synchronizers/${id}/runs/${run}`, { signal });
      draw(body, found);
      return UNDER_WAY.has(found.status);
    } catch (error) {
      showProblem(body, error, { retry: look });
      return false;
    }
  });
  await busy(body, "Reading the run…", look);
}

function draw(body, run) {
  const over = !UNDER_WAY.has(run.status);
  fill(
    body,
    element(
      "section",
      { class: "card", "aria-label": "Outcome", "data-status": run.status },
      runHead(run),
      runProgress(run),
      element("p", {}, countWords(run.pages)),
      run.failure && element("p", { class: "note warn" }, run.failure.detail, " ", element("code", {}, run.failure.code)),
      element("small", {}, `${run.pages.writes} writes to Jira, ${run.requests} requests, ${run.points} points`),
    ),
    run.dry_run && over && planned(run),
    run.failures.length > 0 && failures(run),
  );
}

function planned({ planned: plans }) {
  const row = ({ page_id: page, title, action }) =>
    tableRow([ACTIONS[action] ?? action, title, element("code", {}, page)], { "data-page": page });
  return [
    element("h2", { class: "apart" }, "What it would do"),
    plans.length === 0
      ? element("p", { class: "soft" }, "Nothing: pages and issues are in step.")
      : wideTable("What it would do", ["What", "Page", "Id"], element("tbody", {}, plans.map(row))),
  ];
}

function failures(run) {
  const line = ({ item, code, detail }) =>
    element("li", { class: "card" }, element("p", {}, element("code", {}, item), " ", detail), element("code", {}, code));
  return [
    element("h2", { class: "apart" }, `What did not get through (${run.pages.failed})`),
    element("ul", { class: "runs" }, run.failures.map(line)),
  ];
}
