/** Settings in a dialog: whatever fields, with Save and Cancel below them. */
import { busy, whilePressed } from "./busy.js";
import { ask } from "./dialog.js";
import { element, fill } from "./element.js";
import { showProblem } from "./problem.js";

/** Resolves true once `save()` has gone through, false when the dialog was left. What goes wrong is said in it. */
export async function askSettings(title, fields, save) {
  return (await ask(title, (close) => form(fields, save, close))) === true;
}

function form(fields, save, close) {
  const outcome = element("div", { class: "outcome" });
  const button = element("button", { class: "primary" }, "Save");
  const send = async () => {
    try {
      await busy(fill(outcome), "Saving…", save);
      close(true);
    } catch (error) {
      showProblem(outcome, error, { retry: send });
    }
  };
  const submit = (event) => {
    event.preventDefault();
    whilePressed(button, send);
  };
  const cancel = element("button", { type: "button", click: () => close(false) }, "Cancel");
  return element("form", { submit }, fields, outcome, element("div", { class: "actions" }, cancel, button));
}
