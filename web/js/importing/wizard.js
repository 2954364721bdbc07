/** The frame of an import in steps: which step one is at, back and on, and what is still missing. */
import { element, fill } from "../elements/element.js";
import { focusHeading } from "../elements/view-head.js";
import { connectionStep } from "./import-connection.js";

/**
 * Draws the first step into `body`, and whichever the member goes to. The steps share one draft. A step is
 * `{name, draw(room, draft, moves), missing(draft)}`; `missing` answers what is still to be chosen, as a sentence, or
 * null. All steps but the first need `draft.connection`: it is asked for where there is none.
 */
export function wizard(body, draft, steps) {
  drawStep(body, draft, steps, 0, { focus: false });
}

function drawStep(body, draft, steps, index, { focus }) {
  const step = steps[index];
  const go = (to) => drawStep(body, draft, steps, to, { focus: true });
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
    progressList(steps, index),
    element(
      "div",
      { class: "card wizard" },
      room,
      hint,
      element(
        "div",
        { class: "actions" },
        index > 0 ? element("button", { type: "button", click: () => go(index - 1) }, "Back") : element("span", {}),
        index < steps.length - 1 && !needsConnection && element("button", { type: "button", class: "primary", click: next }, "Continue"),
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

function progressList(steps, current) {
  return element(
    "ol",
    { class: "steps", "aria-label": "Steps" },
    steps.map((step, index) =>
      element(
        "li",
        { class: index < current ? "done" : null, "aria-current": index === current ? "step" : null },
        step.name,
      ),
    ),
  );
}
