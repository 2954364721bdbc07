/**
 * Search as you type over one of the API's lists: a box, and its results as radio buttons (or tick boxes) with
 * "Show more".
 *
 * `path`, `parameter`: where and with which query name; `row(item)` gives what a result shows, `onPick(item, chosen)` is
 * told the choice. With `isChosen(item)` several may be chosen, by tick boxes. A newer search aborts the one before it,
 * so that answers never arrive out of order.
 */
import { get } from "../api/api.js";
import { busy } from "./busy.js";
import { element, field, fill } from "./element.js";
import { showProblem } from "./problem.js";

const PAUSE_MS = 250;
const PAGE_SIZE = 25;

export function searchBox({ label, hint, path, parameter, row, onPick, nothing, group, signal, isChosen = null }) {
  const results = element("div", { class: "results", role: "group", "aria-label": `${label}: results` });
  const count = element("p", { class: "unseen", role: "status" });
  let current = new AbortController();
  let timer = null;
  const box = element("input", { type: "search", autocomplete: "off", spellcheck: "false" });

  async function search() {
    current.abort();
    current = new AbortController();
    fill(results);
    await more(null);
  }

  async function more(cursor) {
    const call = AbortSignal.any([current.signal, signal]);
    const query = { [parameter]: box.value.trim(), limit: PAGE_SIZE, cursor };
    try {
      const answer = await busy(results, "Searching…", () => get(path, { query, signal: call }));
      results.append(...answer.items.map((item) => result(item)));
      if (answer.next) results.append(moreButton(answer.next));
      const shown = results.querySelectorAll("input").length;
      count.textContent = shown === 0 ? nothing : `${shown} shown${answer.next ? ", there are more" : ""}.`;
      if (shown === 0) fill(results, element("p", { class: "soft" }, nothing));
    } catch (error) {
      showProblem(results, error, { retry: search });
    }
  }

  function result(item) {
    const pick = (event) => onPick(item, event.target.checked);
    const kind = isChosen ? { type: "checkbox", checked: isChosen(item) } : { type: "radio" };
    return element(
      "label",
      { class: "choice" },
      element("input", { ...kind, name: group, value: item.id, change: pick }),
      element("span", {}, row(item)),
    );
  }

  function moreButton(cursor) {
    const press = async () => {
      const last = results.querySelectorAll("input").length;
      button.remove();
      await more(cursor);
      results.querySelectorAll("input")[last]?.focus();
    };
    const button = element("button", { type: "button", class: "quiet", click: press }, "Show more");
    return button;
  }

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE_MS);
  });
  search();
  return element("div", {}, field(label, box, hint), results, count);
}
