/**
 * Shows in `place` that something is under way while `work` runs, and takes it away again.
 *
 * What takes longer than two seconds counts its seconds, so that a slow answer does not look like a dead page.
 * `work` is given a function that replaces the sentence.
 */
import { element } from "./element.js";

const PATIENCE_MS = 2000;

export async function busy(place, sentence, work) {
  const words = element("span", { role: "status" }, sentence);
  const seconds = element("span", { "aria-hidden": "true" });
  const bar = element("div", { class: "busy" }, element("progress", { "aria-label": sentence }), words, seconds);
  const started = Date.now();
  const timer = setInterval(() => {
    const passed = Date.now() - started;
    if (passed >= PATIENCE_MS) seconds.textContent = `${Math.floor(passed / 1000)} s`;
  }, 500);
  place.append(bar);
  place.setAttribute("aria-busy", "true");
  try {
    return await work((text) => {
      words.textContent = text;
    });
  } finally {
    clearInterval(timer);
    bar.remove();
    place.removeAttribute("aria-busy");
  }
}

/** Runs `work` for a pressed button; while it runs, the button keeps its focus and ignores further presses. */
export async function whilePressed(button, work) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  try {
    await work();
  } finally {
    button.removeAttribute("aria-disabled");
  }
}
