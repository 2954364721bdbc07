/** What agents asked to change: what waits for a person, and what was decided. */
import { APPROVAL_STATES } from "./agent-words.js";
import { getAll, get } from "./api.js";
import { requestLine } from "./approval-request.js";
import { busy } from "./busy.js";
import { element, field, fill } from "./element.js";
import { showProblem } from "./problem.js";

const ROWS = 50;
const WAITING = "pending";

export async function show(place, { signal }) {
  const options = [[WAITING, "Waiting for a decision"], ["", "All"], ...DECIDED.map((status) => [status, APPROVAL_STATES[status][0]])];
  const status = element("select", { change: () => load(view) }, options.map(([value, words]) => element("option", { value }, words)));
  const list = element("div", {});
  const view = { status, list, signal, agents: new Map(), asked: 0 };
  fill(
    place,
    element(
      "div",
      { class: "head" },
      element("div", {}, element("h1", {}, "Approvals"), element("p", {}, "Changes that agents asked for. Nothing is sent before somebody says yes.")),
      element("button", { type: "button", click: () => load(view) }, "Look again"),
    ),
    field("Show", status),
    list,
  );
  await load(view);
}

const DECIDED = ["executed", "failed", "outcome_unknown", "rejected", "expired"];

async function load(view) {
  const rows = element("ul", { class: "features" });
  const more = element("div", {});
  fill(view.list, rows, more);
  await next(view, rows, more, null, (view.asked += 1));
}

/** One more answer. A later choice leaves an earlier one's rows behind. */
async function next(view, rows, more, cursor, asked) {
  const { signal } = view;
  const query = { limit: ROWS, status: view.status.value, cursor };
  try {
    const [answer, agents] = await busy(fill(more), "Reading the approvals…", () =>
      Promise.all([get("/approvals", { query, signal }), getAll("/agents", { signal })]),
    );
    if (asked !== view.asked) return;
    const names = new Map(agents.map(({ id, name }) => [id, name]));
    rows.append(...answer.items.map((approval) => row(approval, names)));
    const go = element("button", { type: "button", click: () => next(view, rows, more, answer.next, asked) }, "Earlier ones");
    if (answer.next) fill(more, element("div", { class: "actions" }, go));
    else if (!rows.hasChildNodes()) fill(more, empty(view.status.value));
  } catch (error) {
    showProblem(more, error, { retry: () => next(view, rows, more, cursor, asked) });
  }
}

function row(approval, names) {
  const [words, tone] = APPROVAL_STATES[approval.status] ?? [approval.status, ""];
  const until = approval.status === WAITING && ["expires ", element("time-ago", { datetime: approval.expires_at })];
  return element(
    "li",
    { class: "card", "data-approval": approval.id, "data-status": approval.status },
    element("a", { class: "title", href: `#/approvals/${encodeURIComponent(approval.id)}` }, requestLine(approval.request)),
    element("span", { class: `tag ${tone}` }, words),
    element(
      "small",
      {},
      names.get(approval.agent_id) ?? "A deleted agent",
      ", ",
      element("time-ago", { datetime: approval.created_at }),
      until && [", ", until],
    ),
  );
}

function empty(status) {
  const words = status === WAITING ? "Nothing waits for a decision." : "There is none.";
  return element("p", { class: "soft" }, words);
}
