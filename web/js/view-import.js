/** The import wizard: copy or link first, the PRD page, perhaps a TRD page, then name and folder. */
import { getAll } from "./api.js";
import { busy } from "./busy.js";
import { connectionStep } from "./import-connection.js";
import { finishStep } from "./import-finish.js";
import { modeStep } from "./import-mode.js";
import { pageStep } from "./import-page.js";
import { element, fill } from "./element.js";
import { showProblem } from "./problem.js";
import { mayUse } from "./rights.js";
import { focusHeading } from "./router.js";

/**
 * The steps share one draft. A step is `{name, draw(room, draft, moves), missing(draft)}`; `missing` answers what is
 * still to be chosen, as a sentence, or null.
 */
const STEPS = [
  modeStep,
  pageStep({ role: "prd", name: "PRD page", required: true }),
  pageStep({ role: "trd", name: "TRD page", required: false }),
  finishStep,
];

export async function show(place, { signal }) {
  const draft = { mode: null, connections: [], connection: null, prd: null, trd: null, name: null, folder: null, signal };
  const body = element("div", {});
  const intro = element("p", {}, "Bring a Confluence page in as a feature: its PRD and, if there is one, its TRD.");
  fill(place, element("div", { class: "head" }, element("div", {}, element("h1", {}, "Import from Confluence"), intro)), body);
  await load(body, draft);
}

async function load(body, draft) {
  try {
    const items = await busy(body, "Reading your connections…", () => getAll("/connections", { signal: draft.signal }));
    draft.connections = items.filter(mayUse);
    draft.connection = draft.connections.length === 1 ? draft.connections[0] : null;
    drawStep(body, draft, 0);
  } catch (error) {
    showProblem(body, error, { retry: () => load(fill(body), draft) });
  }
}

function drawStep(body, draft, index, { focus = false } = {}) {
  const step = STEPS[index];
  const go = (to) => drawStep(body, draft, to, { focus: true });
  const hint = element("p", { class: "soft", role: "status" });
  const needsConnection = index > 0 && !draft.connection;
  const room = element("section", { class: "stack", "aria-labelledby": "step-heading" });
  const next = () => {
    const lacking = step.missing(draft);
    if (lacking) hint.textContent = lacking;
    else go(index + 1);
  };
  fill(
    body,
    progressList(index),
    element(
      "div",
      { class: "card wizard" },
      room,
      hint,
      element(
        "div",
        { class: "actions" },
        index > 0 ? element("button", { type: "button", click: () => go(index - 1) }, "Back") : element("span", {}),
        index < STEPS.length - 1 && !needsConnection && element("button", { type: "button", class: "primary", click: next }, "Continue"),
      ),
    ),
  );
  if (needsConnection) connectionStep(room, draft, () => go(index));
  else step.draw(room, draft, { redraw: () => go(index) });
  if (focus) focusStep(body, room);
}

/** The step's heading takes the focus; the window scrolls only if the step begins above what is seen. */
function focusStep(body, room) {
  const heading = room.querySelector("h2");
  if (!heading) return focusHeading(body);
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  if (body.getBoundingClientRect().top < 0) body.scrollIntoView();
  return undefined;
}

function progressList(current) {
  return element(
    "ol",
    { class: "steps", "aria-label": "Steps" },
    STEPS.map((step, index) =>
      element(
        "li",
        { class: index < current ? "done" : null, "aria-current": index === current ? "step" : null },
        step.name,
      ),
    ),
  );
}
