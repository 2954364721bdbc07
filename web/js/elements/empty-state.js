/** Where there is nothing yet: why, and what to do about it. */
import { element } from "./element.js";

export function emptyState(title, text, ...wayOn) {
  return element("div", { class: "empty" }, element("h2", {}, title), element("p", {}, text), wayOn);
}
