/** A bulk import: how far it is, what did not get through and why, and what became of the rest. */
import { getAll, get, path, post } from "../api/api.js";
import { keyFor } from "../api/one-wish.js";
import { announce } from "../elements/announce.js";
import { busy, whilePressed } from "../elements/busy.js";
import { element, fill, outward } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { linkButton, viewHead } from "../elements/view-head.js";
import { watch } from "../elements/watch.js";
import { RUN_STATES, UNDER_WAY } from "../syncing/sync-run.js";
import { MODES } from "./import-mode.js";

const MOST_PAGES = 200;

export async function show(place, { id, signal }) {
  const state = element("div", {});
  const failed = element("div", {});
  const made = element("div", {});
  const about = "It goes on by itself: you may leave, and come back to this address.";
  fill(place, viewHead("Import of many pages", { about, aside: linkButton("Features", "#/features") }), state, failed, made);
  const view = { id, signal, state, failed, made, site: null, retries: {} };
  await busy(state, "Reading the import…", watch(signal, () => read(view)));
}

/** Answers whether it is under way. */
async function read(view) {
  const { id, signal } = view;
  try {
    const job = await get(path`/imports/${id}`, { signal });
    view.site ??= await siteOf(job.connection_id, signal);
    drawState(view, job);
    drawFailed(view, job);
    const goesOn = UNDER_WAY.has(job.status);
    if (!goesOn) {
      announce("The import is over.");
      await drawMade(view, job);
    }
    return goesOn;
  } catch (error) {
    showProblem(view.state, error, { retry: () => show(view.state.parentElement, view) });
    return false;
  }
}

/** Where the pages are; somebody else's connection does not show it. */
async function siteOf(connectionId, signal) {
  try {
    return (await get(path`/connections/${connectionId}`, { signal })).site ?? {};
  } catch (error) {
    if (error.code === "not_found" || error.code === "connection_not_found") return {};
    throw error;
  }
}

function drawState(view, job) {
  const [words, tone] = RUN_STATES[job.status] ?? [job.status, ""];
  const { total, done, failed } = job.pages;
  const line = (name, ...value) => element("div", {}, element("dt", {}, name), element("dd", {}, value));
  const bar = total > 0 ? { max: total, value: done + failed } : {};
  fill(
    view.state,
    element(
      "section",
      { class: "card", "aria-label": "Progress", "data-status": job.status },
      element("p", {}, element("span", { class: `tag ${tone}` }, words), ` ${done} of ${total} imported`, failed > 0 && `, ${failed} failed`),
      UNDER_WAY.has(job.status) && element("p", {}, element("progress", { class: "long", "aria-label": "Pages dealt with", ...bar })),
      job.failure && element("p", { class: "note warn" }, job.failure.detail, " ", element("code", {}, job.failure.code)),
      element(
        "dl",
        { class: "facts" },
        line("As", MODES[job.mode].name),
        line("Folder", job.folder || "No folder"),
        line("Begun", element("time-ago", { datetime: job.started_at ?? job.created_at })),
        job.finished_at && line("Ended", element("time-ago", { datetime: job.finished_at })),
      ),
    ),
  );
}

function drawFailed(view, job) {
  const failures = job.items.filter(({ feature_id: made }) => made === null);
  if (failures.length === 0) return fill(view.failed);
  const outcome = element("div", { class: "outcome" });
  const again = element("button", { type: "button", click: () => whilePressed(again, () => importAgain(view, job, failures, outcome)) }, "Import these again");
  return fill(
    view.failed,
    element("h2", { class: "apart" }, "What did not get through"),
    element("ul", { class: "runs" }, failures.map((each) => failureRow(view.site, each))),
    !UNDER_WAY.has(job.status) && element("div", { class: "actions" }, again),
    outcome,
  );
}

function failureRow({ url }, { page_id: page, code, detail }) {
  const address = url && `${url}/wiki/pages/viewpage.action?pageId=${encodeURIComponent(page)}`;
  return element(
    "li",
    { class: "card", "data-page": page },
    element("p", {}, address ? outward(address, `Page ${page}`) : `Page ${page}`, ": ", detail),
    element("code", {}, code),
  );
}

async function importAgain(view, job, failures, outcome) {
  const pages = failures.slice(0, MOST_PAGES).map(({ page_id: page }) => page);
  const wanted = { connection_id: job.connection_id, pages, mode: job.mode, folder: job.folder };
  try {
    const headers = { "idempotency-key": keyFor(view.retries, wanted) };
    const next = await busy(fill(outcome), "Starting…", () => post("/imports", wanted, { headers }));
    location.hash = path`#/imports/${next.id}`;
  } catch (error) {
    showProblem(outcome, error, { retry: () => importAgain(view, job, failures, outcome) });
  }
}

/** By the names that the features have now; those that were deleted since are left out. */
async function drawMade({ made, signal }, job) {
  const ids = new Set(job.items.map(({ feature_id: id }) => id).filter(Boolean));
  if (ids.size === 0) return;
  const features = await busy(made, "Reading the features…", () => getAll("/features", { signal }));
  const link = ({ id, name }) => element("li", { class: "card" }, element("a", { class: "title", href: path`#/features/${id}` }, name));
  fill(
    made,
    element("h2", { class: "apart" }, "What was made"),
    element("ul", { class: "features" }, features.filter(({ id }) => ids.has(id)).map(link)),
  );
}
