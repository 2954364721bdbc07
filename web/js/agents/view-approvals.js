/** What agents asked to change: what waits for a person, and what was decided. */
import { get, getAll, path } from "../api/api.js";
import { element, field, fill } from "../elements/element.js";
import { readOn } from "../elements/read-on.js";
import { viewHead } from "../elements/view-head.js";
import { APPROVAL_STATES } from "./agent-words.js";
import { requestLine } from "./approval-request.js";

const WAITING = "pending";

export async function show(place, { signal }) {
  const options = [[WAITING, "Waiting for a decision"], ["", "All"], ...DECIDED.map((status) => [status, APPROVAL_STATES[status][0]])];
  const status = element("select", { change: () => load(view) }, options.map(([value, words]) => element("option", { value }, words)));
  const list = element("div", {});
  const view = { status, list, signal };
  const about = "Changes that agents asked for. Nothing is sent before somebody says yes.";
  const again = element("button", { type: "button", click: () => load(view) }, "Look again");
  fill(place, viewHead("Approvals", { about, aside: again }), field("Show", status), list);
  await load(view);
}

const DECIDED = ["executed", "failed", "outcome_unknown", "rejected", "expired"];

async function load({ status, list, signal }) {
  const rows = element("ul", { class: "features" });
  const more = element("div", {});
  fill(list, rows, more);
  let names = null;
  const read = async (query) => {
    const asked = get("/approvals", { query: { ...query, status: status.value }, signal });
    const [answer, agents] = await Promise.all([asked, getAll("/agents", { signal })]);
    names = new Map(agents.map(({ id, name }) => [id, name]));
    return answer;
  };
  const none = status.value === WAITING ? "Nothing waits for a decision." : "There is none.";
  const words = { reading: "Reading the approvals…", more: "Earlier ones", none };
  await readOn({ rows, more, read, row: (approval) => row(approval, names), words });
}

function row(approval, names) {
  const [words, tone] = APPROVAL_STATES[approval.status] ?? [approval.status, ""];
  const until = approval.status === WAITING && ["expires ", element("time-ago", { datetime: approval.expires_at })];
  return element(
    "li",
    { class: "card", "data-approval": approval.id, "data-status": approval.status },
    element("a", { class: "title", href: path`#/approvals/${approval.id}` }, requestLine(approval.request)),
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
