/** What a conversion could not carry over, as the API reports it. Null when nothing was lost. */
import { element } from "../elements/element.js";

export function lossReport(losses) {
  if (losses.length === 0) return null;
  const total = losses.reduce((sum, loss) => sum + loss.count, 0);
  const row = ({ kind, name, count, where }) =>
    element("tr", {}, [kind, name, count, where].map((value) => element("td", {}, String(value ?? ""))));
  return element(
    "details",
    { class: "card losses" },
    element("summary", {}, `Not everything could be carried over (${total})`),
    element(
      "div",
      { class: "wide-table", tabindex: "0", role: "region", "aria-label": "What was not carried over" },
      element(
        "table",
        {},
        element("thead", {}, element("tr", {}, ["What", "Name", "Times", "Where"].map((text) => element("th", { scope: "col" }, text)))),
        element("tbody", {}, losses.map(row)),
      ),
    ),
  );
}
