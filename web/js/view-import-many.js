/** The wizard for many pages at once: copy or link, a selection or a tree, a folder. */
import { getAll } from "./api.js";
import { busy } from "./busy.js";
import { element, fill } from "./element.js";
import { startStep } from "./import-many-finish.js";
import { modeStep } from "./import-mode.js";
import { selectionStep } from "./import-selection.js";
import { showProblem } from "./problem.js";
import { importsWith } from "./rights.js";
import { wizard } from "./wizard.js";

const STEPS = [modeStep("For all pages of this import."), selectionStep, startStep];

export async function show(place, { signal }) {
  const nothingChosen = () => ({ pages: new Map(), tree: null });
  const draft = { mode: null, connections: [], connection: null, kind: "pages", nothingChosen, ...nothingChosen(), folder: "", signal };
  const body = element("div", {});
  const intro = element("p", {}, "A selection of pages, or a page and all below it. Each becomes a feature with that page as its PRD.");
  const one = element("a", { class: "button", href: "#/import" }, "Import one feature");
  fill(place, element("div", { class: "head" }, element("div", {}, element("h1", {}, "Import many pages"), intro), one), body);
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
