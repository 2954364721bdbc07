/** The trail of an agent: every call, what was decided and what came of it, newest first. */
import { VERDICTS } from "./agent-words.js";
import { get, path } from "./api.js";
import { busy } from "./busy.js";
import { element, fill } from "./element.js";
import { showProblem } from "./problem.js";

const ROWS = 50;
const COLUMNS = ["When", "What", "Decision", "Outcome", "Took"];

export async function show(place, { id, signal }) {
  const rows = element("tbody", {});
  const table = element(
    "div",
    { class: "wide-table", tabindex: "0", role: "region", "aria-label": "Calls" },
    element(
      "table",
      { class: "rows" },
      element("thead", {}, element("tr", {}, COLUMNS.map((text) => element("th", { scope: "col" }, text)))),
      rows,
    ),
  );
  const more = element("div", {});
  fill(
    place,
    element(
      "div",
      { class: "head" },
      element("div", {}, element("h1", {}, "Calls"), element("p", {}, "Kept for 90 days, without texts, titles or what was searched for.")),
      element("a", { class: "button", href: `#/agents/${encodeURIComponent(id)}` }, "Back to the agent"),
    ),
    table,
    more,
  );
  await next({ id, signal, rows, more }, null);
}

async function next(view, cursor) {
  const { id, signal, rows, more } = view;
  try {
    const answer = await busy(fill(more), "Reading the calls…", () =>
      get(path`/agents/${id}/calls`, { query: { limit: ROWS, cursor }, signal }),
    );
    rows.append(...answer.items.map(row));
    const go = element("button", { type: "button", click: () => next(view, answer.next) }, "Earlier calls");
    if (answer.next) fill(more, element("div", { class: "actions" }, go));
    else if (!rows.hasChildNodes()) fill(more, element("p", { class: "soft" }, "It has not called yet."));
  } catch (error) {
    showProblem(more, error, { retry: () => next(view, cursor) });
  }
}

function row(call) {
  const [words, tone] = VERDICTS[call.verdict] ?? [call.verdict, ""];
  const approval = call.approval_id && `#/approvals/${encodeURIComponent(call.approval_id)}`;
  const cells = [
    element("time-ago", { datetime: call.at }),
    [element("code", {}, whatOf(call)), element("br"), element("small", {}, whereOf(call))],
    [element("span", { class: `tag ${tone}` }, words), approval && [" ", element("a", { href: approval }, "approval")]],
    [call.upstream_status ?? "not sent", call.code && [" ", element("code", {}, call.code)]],
    call.duration_ms === null ? "" : `${call.duration_ms} ms`,
  ];
  return element("tr", { "data-verdict": call.verdict }, cells.map((cell) => element("td", {}, cell)));
}

const whatOf = ({ tool, method, path: address, operation }) => tool ?? (address ? `${method} ${address}` : (operation ?? method ?? "?"));

function whereOf({ via, group, action, decided_by: person }) {
  const how = { rest: "REST", mcp: "MCP", approval: `approved by ${person}` }[via] ?? via;
  return [how, group && `${group}, ${action}`].filter(Boolean).join(" · ");
}
