/**
 * A modal question. Resolves with what `close` was called with, or null when it was left (Escape, Cancel).
 *
 * `build(close)` gives the content; the native dialog keeps the focus inside and gives it back afterwards.
 */
import { element } from "./element.js";

export function ask(title, build) {
  return new Promise((resolve) => {
    let answer = null;
    const dialog = element("dialog", { "aria-label": title });
    const close = (value) => {
      answer = value;
      dialog.close();
    };
    dialog.append(element("h2", {}, title), ...[build(close)].flat());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Asks for a yes. Resolves true or false. */
export async function confirmed(title, content, yes, { dangerous = false } = {}) {
  const answer = await ask(title, (close) => [
    ...[content].flat(),
    element(
      "div",
      { class: "actions" },
      element("button", { type: "button", autofocus: true, click: () => close(false) }, "Cancel"),
      element("button", { type: "button", class: dangerous ? "danger" : "primary", click: () => close(true) }, yes),
    ),
  ]);
  return answer === true;
}
