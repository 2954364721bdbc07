/** The import wizard: copy or link first, the PRD page, perhaps a TRD page, then name and folder. */
import { getAll } from "./api.js";
import { busy } from "./busy.js";
import { finishStep } from "./import-finish.js";
import { modeStep } from "./import-mode.js";
import { pageStep } from "./import-page.js";
import { element, fill } from "./element.js";
import { showProblem } from "./problem.js";
import { importsWith } from "./rights.js";
import { wizard } from "./wizard.js";

const STEPS = [
  modeStep("The default for this import. Each document can be set apart later."),
  pageStep({ role: "prd", name: "PRD page", required: true }),
  pageStep({ role: "trd", name: "TRD page", required: false }),
  finishStep,
];

export async function show(place, { signal }) {
  const nothingChosen = () => ({ prd: null, trd: null });
  const draft = { mode: null, connections: [], connection: null, nothingChosen, ...nothingChosen(), name: null, folder: null, signal };
  const body = element("div", {});
  const intro = element("p", {}, "Bring a Confluence page in as a feature: its PRD and, if there is one, its TRD.");
  const many = element("a", { class: "button", href: "#/import/many" }, "Import many pages");
  fill(place, element("div", { class: "head" }, element("div", {}, element("h1", {}, "Import from Confluence"), intro), many), body);
  await load(body, draft);
}

async function load(body, draft) {
  try {
    const items = await busy(body, "Reading your connections…", () => getAll("/connections", { signal: draft.signal }));
    draft.connections = items.filter(importsWith);
    draft.connection = draft.connections.length === 1 ? draft.connections[0] : null;
    wizard(body, draft, STEPS);
  } catch (error) {
    showProblem(body, error, { retry: () => load(fill(body), draft) });
  }
}
