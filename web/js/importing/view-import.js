/** The import wizard: copy or link first, the PRD page, perhaps a TRD page, then name and folder. */
import { element, fill } from "../elements/element.js";
import { linkButton, viewHead } from "../elements/view-head.js";
import { finishStep } from "./import-finish.js";
import { modeStep } from "./import-mode.js";
import { pageStep } from "./import-page.js";
import { importWizard } from "./import-wizard.js";

const ABOUT = "Bring a Confluence page in as a feature: its PRD and, if there is one, its TRD.";
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
  fill(place, viewHead("Import from Confluence", { about: ABOUT, aside: linkButton("Import many pages", "#/import/many") }), body);
  await importWizard(body, draft, STEPS);
}
