/** One agent: what it works through, what it may do, its token, and its end. */
import { getAll, get, patch, path, post, remove } from "../api/api.js";
import { connectionName } from "../connecting/workspace-connection.js";
import { announce } from "../elements/announce.js";
import { busy, whilePressed } from "../elements/busy.js";
import { confirmed } from "../elements/dialog.js";
import { element, field, fill } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { linkButton, setTitle, viewHead } from "../elements/view-head.js";
import { showToken } from "./agent-token.js";
import { profileName } from "./agent-words.js";
import { policyEditor } from "./policy-editor.js";

export async function show(place, { id, signal }) {
  try {
    const [agent, profiles, connections] = await busy(place, "Reading the agent…", () =>
      Promise.all([get(path`/agents/${id}`, { signal }), get("/profiles", { signal }), getAll("/connections", { signal })]),
    );
    draw(place, { agent, profiles: profiles.items, connections });
  } catch (error) {
    showProblem(place, error, { retry: () => show(fill(place), { id, signal }) });
  }
}

function draw(place, view) {
  const { agent } = view;
  setTitle(agent.name);
  const outcome = element("div", { class: "outcome" });
  const redraw = (changed) => draw(place, { ...view, agent: { ...agent, ...changed } });
  fill(
    place,
    viewHead(agent.name, {
      trail: [["Agents", "#/agents"], [profileName(agent.profile)]],
      aside: linkButton("Calls", path`#/agents/${agent.id}/calls`),
    }),
    facts(view),
    element(
      "div",
      { class: "actions" },
      pressed("New token", {}, () => rotate(agent, outcome, redraw)),
      pressed("Revoke and delete", { class: "danger" }, () => revoke(agent, outcome)),
    ),
    outcome,
    element("h2", { class: "apart" }, "What it may do"),
    rights(view, redraw),
  );
}

function pressed(label, properties, work) {
  const button = element("button", { type: "button", ...properties, click: () => whilePressed(button, work) }, label);
  return button;
}

function facts({ agent, connections }) {
  const line = (name, ...value) => element("div", {}, element("dt", {}, name), element("dd", {}, value));
  const ago = (time) => (time ? element("time-ago", { datetime: time }) : "never");
  const connection = connections.find(({ id }) => id === agent.connection_id);
  const works = connection?.status === "connected" || connection?.status === "limited";
  return element(
    "dl",
    { class: "facts card" },
    line("Works through", element("a", { href: "#/connections" }, works ? connectionName(connection) : "A connection that is out of use")),
    line("Last used", ago(agent.last_used_at)),
    line("Token made", ago(agent.token_issued_at)),
    line("Created", ago(agent.created_at), ` by ${agent.created_by}`),
  );
}

function rights({ agent, profiles }, redraw) {
  const name = element("input", { type: "text", value: agent.name, required: true, maxlength: 200 });
  const editor = policyEditor(profiles, agent.policy);
  const outcome = element("div", { class: "outcome" });
  const button = element("button", { class: "primary" }, "Save");
  const save = async () => {
    const wanted = { name: name.value.trim(), policy: editor.value() };
    try {
      const changed = await busy(fill(outcome), "Saving…", () => patch(path`/agents/${agent.id}`, wanted));
      announce("Saved. It holds from the agent's next call on.");
      redraw(changed);
    } catch (error) {
      showProblem(outcome, error, { retry: save });
    }
  };
  const submit = (event) => {
    event.preventDefault();
    whilePressed(button, save);
  };
  return element("form", { submit, class: "card" }, field("Name", name), editor.node, outcome, element("div", { class: "actions" }, button));
}

async function rotate(agent, outcome, redraw) {
  const words = element("p", {}, "The present token is dead from then on. Whatever runs with it stops until it has the new one.");
  if (!(await confirmed("Make a new token?", words, "Make a new token"))) return;
  try {
    const { token, ...changed } = await busy(fill(outcome), "Making it…", () => post(path`/agents/${agent.id}/token`));
    await showToken({ name: agent.name, token });
    redraw(changed);
  } catch (error) {
    showProblem(outcome, error, { retry: () => rotate(agent, outcome, redraw) });
  }
}

async function revoke(agent, outcome) {
  const words = element("p", {}, "Its token is dead at once, and what waits for approval is not sent any more. The trail of its calls stays for 90 days.");
  if (!(await confirmed("Revoke this agent?", words, "Revoke", { dangerous: true }))) return;
  try {
    await busy(fill(outcome), "Revoking…", () => remove(path`/agents/${agent.id}`));
    announce("The agent was revoked.");
    location.hash = "#/agents";
  } catch (error) {
    showProblem(outcome, error, { retry: () => revoke(agent, outcome) });
  }
}
