/** The wizard for many pages at once: copy or link, a selection or a tree, a folder. */
import { element, fill } from "../elements/element.js";
import { linkButton, viewHead } from "../elements/view-head.js";
import { startStep } from "./import-many-finish.js";
import { modeStep } from "./import-mode.js";
import { selectionStep } from "./import-selection.js";
import { importWizard } from "./import-wizard.js";

const ABOUT = "A selection of pages, or a page and all below it. Each becomes a feature with that page as its PRD.";
const STEPS = [modeStep("For all pages of this import."), selectionStep, startStep];

export async function show(place, { signal }) {
  const nothingChosen = () => ({ pages: new Map(), tree: null });
  const draft = { mode: null, connections: [], connection: null, kind: "pages", nothingChosen, ...nothingChosen(), folder: "", signal };
  const body = element("div", {});
  fill(place, viewHead("Import many pages", { about: ABOUT, aside: linkButton("Import one feature", "#/import") }), body);
  await importWizard(body, draft, STEPS);
}
