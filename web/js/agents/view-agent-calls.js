/** The trail of an agent: every call, what was decided and what came of it, newest first; and all of it as a file. */
import { get, path } from "../api/api.js";
import { element, fill } from "../elements/element.js";
import { readOn } from "../elements/read-on.js";
import { linkButton, viewHead } from "../elements/view-head.js";
import { tableRow, wideTable } from "../elements/wide-table.js";
import { VERDICTS } from "./agent-words.js";
import { exportCalls } from "./export-calls.js";

const ABOUT = "Kept for 90 days, without texts, titles or what was searched for.";
const COLUMNS = ["When", "What", "Decision", "Outcome", "Took"];
const WORDS = { reading: "Reading the calls…", more: "Earlier calls", none: "It has not called yet." };

export async function show(place, { id, signal }) {
  const rows = element("tbody", {});
  const more = element("div", {});
  const outcome = element("div", { class: "outcome" });
  const aside = element("div", { class: "actions" }, exportCalls(id, { outcome, signal }), linkButton("Back to the agent", path`#/agents/${id}`));
  fill(place, viewHead("Calls", { about: ABOUT, aside }), outcome, wideTable("Calls", COLUMNS, rows), more);
  const read = (query) => get(path`/agents/${id}/calls`, { query, signal });
  await readOn({ rows, more, read, row, words: WORDS });
}

function row(call) {
  const [words, tone] = VERDICTS[call.verdict] ?? [call.verdict, ""];
  const approval = call.approval_id && path`#/approvals/${call.approval_id}`;
  const cells = [
    element("time-ago", { datetime: call.at }),
    [element("code", {}, whatOf(call)), element("br"), element("small", {}, whereOf(call))],
    [element("span", { class: `tag ${tone}` }, words), approval && [" ", element("a", { href: approval }, "approval")]],
    [call.upstream_status ?? "not sent", call.code && [" ", element("code", {}, call.code)]],
    call.duration_ms === null ? "" : `${call.duration_ms} ms`,
  ];
  return tableRow(cells, { "data-verdict": call.verdict });
}

const whatOf = ({ tool, method, path: address, operation }) => tool ?? (address ? `${method} ${address}` : (operation ?? method ?? "?"));

function whereOf({ via, group, action, decided_by: person }) {
  const how = { rest: "REST", mcp: "MCP", approval: `approved by ${person}` }[via] ?? via;
  return [how, group && `${group}, ${action}`].filter(Boolean).join(" · ");
}
