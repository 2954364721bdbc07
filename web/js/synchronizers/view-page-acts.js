/** What people did to the issues of a synchronizer's pages, and in whose name; newest first. */
import { get, path } from "../api/api.js";
import { element, fill } from "../elements/element.js";
import { readOn } from "../elements/read-on.js";
import { linkButton, viewHead } from "../elements/view-head.js";
import { tableRow, wideTable } from "../elements/wide-table.js";

const ABOUT = "What people did to issues here, kept for a year, without what they wrote.";
const COLUMNS = ["When", "Who", "What", "As", "Outcome"];
const WORDS = { reading: "Reading…", more: "Earlier ones", none: "Nobody did anything yet." };
const DEEDS = { transition: "Moved the issue", edit_fields: "Edited fields", select: "Selected the page", deselect: "Took the page back" };
const OUTCOMES = { sent: ["Sent, no answer noted", "warn"], done: ["Done", "good"], refused: ["Refused", "bad"], unknown: ["Outcome unknown", "warn"] };

export async function show(place, { id, signal }) {
  const rows = element("tbody", {});
  const more = element("div", {});
  const back = linkButton("Back to the synchronizer", path`#/synchronizers/${id}`);
  fill(place, viewHead("Who did what", { about: ABOUT, aside: back }), wideTable("Who did what", COLUMNS, rows), more);
  const read = (query) => get(path`/synchronizers/${id}/acts`, { query, signal });
  await readOn({ rows, more, read, row: (act) => row(id, act), words: WORDS });
}

function row(id, act) {
  const [words, tone] = OUTCOMES[act.outcome] ?? [act.outcome, ""];
  const page = path`#/synchronizers/${id}/pages/${act.page_id}`;
  const lent = act.acting_as === "technical_user";
  const cells = [
    element("time-ago", { datetime: act.at }),
    [act.member, element("br"), element("small", {}, act.member_account_id)],
    [DEEDS[act.deed] ?? act.deed, " ", element("code", {}, act.what.join(", ")), element("br"), element("a", { href: page }, `Page ${act.page_id}`)],
    [lent ? "Technical user" : "Themselves", element("br"), element("small", {}, act.acting_account_id)],
    [element("span", { class: `tag ${tone}` }, words), act.code && [" ", element("code", {}, act.code)]],
  ];
  return tableRow(cells, { "data-deed": act.deed, "data-acting": act.acting_as });
}
