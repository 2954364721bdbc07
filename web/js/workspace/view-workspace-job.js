/** An export or an erasure of the workspace: how far it is, and where the archive lies. */
import { get, path } from "../api/api.js";
import { busy } from "../elements/busy.js";
import { element, fill, outward } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { watch } from "../elements/watch.js";
import { RUN_STATES, UNDER_WAY } from "../syncing/sync-run.js";

const KINDS = { export: "Export", erasure: "Erasure" };

export async function show(place, { id, signal }) {
  const heading = element("h1", { tabindex: "-1" }, "Workspace");
  const body = element("div", {});
  fill(
    place,
    element("div", { class: "head" }, heading, element("a", { class: "button", href: "#/workspace" }, "Back to the workspace")),
    body,
  );
  const look = watch(signal, async () => {
    try {
      const job = await get(path`/workspace/jobs/${id}`, { signal });
      heading.textContent = `${KINDS[job.kind] ?? job.kind} of the workspace`;
      draw(body, job);
      return UNDER_WAY.has(job.status);
    } catch (error) {
      showProblem(body, error, { retry: look });
      return false;
    }
  });
  await busy(body, "Reading…", look);
}

function draw(body, job) {
  const [words, tone] = RUN_STATES[job.status] ?? [job.status, ""];
  const { download, erased, failure } = job;
  fill(
    body,
    element(
      "section",
      { class: "card", "aria-label": "Progress", "data-status": job.status },
      element("p", {}, element("span", { class: `tag ${tone}` }, words), " begun ", element("time-ago", { datetime: job.started_at ?? job.created_at })),
      UNDER_WAY.has(job.status) && element("p", {}, element("progress", { "aria-label": "It is under way" }), " ", job.stage ? `Stage: ${job.stage}` : "Starting"),
      erased && element("p", {}, `${erased.connections} connections, ${erased.items} records and ${erased.objects} files deleted.`),
      failure && element("p", { class: "note warn" }, failure.detail, " ", element("code", {}, failure.code)),
      download && [
        element("p", {}, `${Math.ceil(download.bytes / 1024)} KB, deleted `, element("time-ago", { datetime: download.available_until }), "."),
        element("div", { class: "actions" }, outward(download.url, "Download the archive", { class: "button primary" })),
      ],
    ),
  );
}
