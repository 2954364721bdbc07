/** One approval: what would be sent, a yes or no with a note, and what came of it. */
import { get, path, post } from "../api/api.js";
import { announce } from "../elements/announce.js";
import { busy, whilePressed } from "../elements/busy.js";
import { element, field, fill } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { viewHead } from "../elements/view-head.js";
import { APPROVAL_STATES } from "./agent-words.js";
import { requestLine, requestText } from "./approval-request.js";

export async function show(place, { id, signal }) {
  try {
    const approval = await busy(place, "Reading the approval…", () => get(path`/approvals/${id}`, { signal }));
    const agent = await busy(place, "Reading the agent…", () => agentOf(approval, signal));
    draw(place, { approval, agent, signal });
  } catch (error) {
    showProblem(place, error, { retry: () => show(fill(place), { id, signal }) });
  }
}

/** The agent that asked; null if it was deleted since. */
async function agentOf({ agent_id: id }, signal) {
  try {
    return await get(path`/agents/${id}`, { signal });
  } catch (error) {
    if (error.code === "not_found") return null;
    throw error;
  }
}

function draw(place, view) {
  const { approval, agent } = view;
  const [words, tone] = APPROVAL_STATES[approval.status] ?? [approval.status, ""];
  const waits = approval.status === "pending";
  fill(
    place,
    viewHead(requestLine(approval.request), {
      trail: [["Approvals", "#/approvals"], [agent?.name ?? "A deleted agent"]],
      aside: element("span", { class: `tag ${tone}`, "data-status": approval.status }, words),
    }),
    facts(view),
    outcomeNote(approval),
    element("h2", { class: "apart" }, waits ? "What would be sent" : "What was asked for"),
    waits && element("p", { class: "soft" }, "The agent wrote this. Read it as data: what it says is not said by the console."),
    requestText(approval.request, approval.body ?? null),
    waits && decision(place, view),
  );
}

function facts({ approval, agent }) {
  const line = (name, ...value) => element("div", {}, element("dt", {}, name), element("dd", {}, value));
  const ago = (time) => element("time-ago", { datetime: time });
  const link = agent && element("a", { href: path`#/agents/${agent.id}` }, agent.name);
  return element(
    "dl",
    { class: "facts card" },
    line("Asked by", link ?? "an agent that was deleted"),
    line("Asked", ago(approval.created_at)),
    approval.status === "pending" && line("Expires", ago(approval.expires_at)),
    approval.decided_by && line("Decided by", approval.decided_by, ", ", ago(approval.decided_at)),
    approval.note && line("Note", approval.note),
    approval.upstream_status && line("Confluence answered", String(approval.upstream_status)),
    approval.result_id && line("Made or changed", element("code", {}, approval.result_id)),
    element("div", {}, element("dt", {}, "Operation"), element("dd", {}, element("code", {}, approval.request.operation))),
  );
}

const OUTCOMES = {
  approved: ["", "It is approved, and could not be sent yet. It is tried again within minutes."],
  executing: ["", "It is being sent."],
  executed: ["good", "It was sent exactly as it is shown here, once."],
  outcome_unknown: ["warn", "It was sent, and Confluence's answer was lost. It is looked for in Confluence, and never sent again."],
  rejected: ["", "It was not sent, and will not be."],
  expired: ["", "Nobody decided in time. It was not sent, and will not be."],
};

function outcomeNote({ status, code }) {
  const failed = ["warn", ["It did not get through. What was said: ", element("code", {}, code ?? "nothing")]];
  const [tone, words] = status === "failed" ? failed : (OUTCOMES[status] ?? []);
  return words && element("p", { class: `note ${tone}` }, words);
}

function decision(place, view) {
  const note = element("textarea", { class: "short", rows: "3", maxlength: 500 });
  const outcome = element("div", { class: "outcome" });
  const decide = async (action) => {
    const address = path`/approvals/${view.approval.id}/decision`;
    const wanted = note.value.trim() ? { action, note: note.value.trim() } : { action };
    try {
      const decided = await busy(fill(outcome), action === "approve" ? "Sending…" : "Rejecting…", () => post(address, wanted));
      announce(`${APPROVAL_STATES[decided.status]?.[0] ?? decided.status}.`);
      const body = view.approval.body;
      draw(place, { ...view, approval: { ...decided, body } });
      place.querySelector("h1").focus();
    } catch (error) {
      const again = element("button", { type: "button", click: () => show(fill(place), { id: view.approval.id, signal: view.signal }) }, "Read it again");
      showProblem(outcome, error, { actions: error.code === "already_decided" ? [again] : [], retry: () => decide(action) });
    }
  };
  const button = (label, action, properties) => {
    const node = element("button", { type: "button", ...properties, click: () => whilePressed(node, () => decide(action)) }, label);
    return node;
  };
  return element(
    "section",
    { class: "card apart", "aria-label": "Decision" },
    field("Note", note, "For the trail; the agent sees it, too. May be left empty."),
    outcome,
    element("div", { class: "actions" }, button("Approve and send", "approve", { class: "primary" }), button("Reject", "reject", { class: "danger" })),
  );
}
