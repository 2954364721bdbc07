/** What people did to the issues of a synchronizer's pages, and in whose name; newest first. */
import { get, path } from "./api.js";
import { busy } from "./busy.js";
import { element, fill } from "./element.js";
import { showProblem } from "./problem.js";

const ROWS = 50;
const COLUMNS = ["When", "Who", "What", "As", "Outcome"];
const DEEDS = { transition: "Moved the issue", edit_fields: "Edited fields", select: "Selected the page", deselect: "Took the page back" };
const OUTCOMES = { sent: ["Sent, no answer noted", "warn"], done: ["Done", "good"], refused: ["Refused", "bad"], unknown: ["Outcome unknown", "warn"] };

export async function show(place, { id, signal }) {
  const rows = element("tbody", {});
  const more = element("div", {});
  fill(
    place,
    element(
      "div",
      { class: "head" },
      element("div", {}, element("h1", {}, "Who did what"), element("p", {}, "What people did to issues here, kept for a year, without what they wrote.")),
      element("a", { class: "button", href: `#/synchronizers/${encodeURIComponent(id)}` }, "Back to the synchronizer"),
    ),
    element(
      "div",
      { class: "wide-table", tabindex: "0", role: "region", "aria-label": "Who did what" },
      element(
        "table",
        { class: "rows" },
        element("thead", {}, element("tr", {}, COLUMNS.map((text) => element("th", { scope: "col" }, text)))),
        rows,
      ),
    ),
    more,
  );
  await next({ id, signal, rows, more }, null);
}

async function next(view, cursor) {
  const { id, signal, rows, more } = view;
  try {
    const answer = await busy(fill(more), "Reading…", () => get(path`/synchronizers/${id}/acts`, { query: { limit: ROWS, cursor }, signal }));
    rows.append(...answer.items.map((act) => row(id, act)));
    const go = element("button", { type: "button", click: () => next(view, answer.next) }, "Earlier ones");
    if (answer.next) fill(more, element("div", { class: "actions" }, go));
    else if (!rows.hasChildNodes()) fill(more, element("p", { class: "soft" }, "Nobody did anything yet."));
  } catch (error) {
    showProblem(more, error, { retry: () => next(view, cursor) });
  }
}

function row(id, act) {
  const [words, tone] = OUTCOMES[act.outcome] ?? [act.outcome, ""];
  const page = `#/synchronizers/${encodeURIComponent(id)}/pages/${encodeURIComponent(act.page_id)}`;
  const lent = act.acting_as === "technical_user";
  const cells = [
    element("time-ago", { datetime: act.at }),
    [act.member, element("br"), element("small", {}, act.member_account_id)],
    [DEEDS[act.deed] ?? act.deed, " ", element("code", {}, act.what.join(", ")), element("br"), element("a", { href: page }, `Page ${act.page_id}`)],
    [lent ? "Technical user" : "Themselves", element("br"), element("small", {}, act.acting_account_id)],
    [element("span", { class: `tag ${tone}` }, words), act.code && [" ", element("code", {}, act.code)]],
  ];
  return element("tr", { "data-deed": act.deed, "data-acting": act.acting_as }, cells.map((cell) => element("td", {}, cell)));
}
