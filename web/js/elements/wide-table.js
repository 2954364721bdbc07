/** A table that scrolls by itself where it is wider than the window, by keyboard too. */
import { element } from "./element.js";

export function wideTable(name, columns, rows) {
  const heads = columns.map((text) => element("th", { scope: "col" }, text));
  return element(
    "div",
    { class: "wide-table", tabindex: "0", role: "region", "aria-label": name },
    element("table", { class: "rows" }, element("thead", {}, element("tr", {}, heads)), rows),
  );
}

/** `cells`: words or nodes each. `properties`: the row's. */
export const tableRow = (cells, properties = {}) => element("tr", properties, cells.map((cell) => element("td", {}, cell)));
