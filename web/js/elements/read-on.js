/** A list that is read as far as somebody wants: its beginning at once, more at a press. */
import { busy } from "./busy.js";
import { element, fill } from "./element.js";
import { showProblem } from "./problem.js";

const ROWS = 50;

/**
 * Puts the rows of one answer into `rows`, and into `more` the way to the next. `read(query)` answers a page of the API's;
 * `words`: what is said while it reads, on the button, and where there is no row at all.
 *
 * Another search takes fresh nodes for both: what an older one still answers then lands in nodes that nobody sees.
 */
export async function readOn({ rows, more, read, row, words }, cursor = null) {
  const list = { rows, more, read, row, words };
  try {
    const { items, next } = await busy(fill(more), words.reading, () => read({ limit: ROWS, cursor }));
    rows.append(...items.map(row));
    if (next) fill(more, element("div", { class: "actions" }, element("button", { type: "button", click: () => readOn(list, next) }, words.more)));
    else if (!rows.hasChildNodes()) fill(more, element("p", { class: "soft" }, words.none));
  } catch (error) {
    showProblem(more, error, { retry: () => readOn(list, cursor) });
  }
}
