/** A new agent: its name, the connection it works through, its rights. Its token is shown once, at the end. */
import { get, path, post } from "../api/api.js";
import { FOR_AGENTS } from "../connecting/connect-ways.js";
import { servesAgents } from "../connecting/purposes.js";
import { connectionField, overShared } from "../connecting/workspace-connection.js";
import { announce } from "../elements/announce.js";
import { busy, whilePressed } from "../elements/busy.js";
import { element, field, fill } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { viewHead } from "../elements/view-head.js";
import { showToken } from "./agent-token.js";
import { policyEditor } from "./policy-editor.js";

const NEEDED =
  "Agents work through a connection that belongs to the workspace: a service account that sees no more than agents may see.";

export async function show(place, { signal }) {
  const body = element("div", {});
  fill(place, viewHead("New agent", { trail: [["Agents", "#/agents"], ["New"]] }), body);
  const draw = async (connections) => {
    const { items } = await busy(body, "Reading the profiles…", () => get("/profiles", { signal }));
    fill(body, form(connections, items));
  };
  await overShared(body, { serves: servesAgents, draw, needed: NEEDED, ways: FOR_AGENTS, signal });
}

function form(connections, profiles) {
  const name = element("input", { type: "text", required: true, maxlength: 200, autocomplete: "off" });
  const connection = connectionField(connections, "The account that Confluence sees, and the site. An agent keeps it.");
  const rights = policyEditor(profiles, profiles.find(({ profile }) => profile === "read_only").policy);
  const outcome = element("div", { class: "outcome" });
  const button = element("button", { class: "primary" }, "Create the agent");
  const create = async () => {
    const wanted = { name: name.value.trim(), connection_id: connection.querySelector("select").value, policy: rights.value() };
    try {
      const agent = await busy(fill(outcome), "Creating…", () => post("/agents", wanted));
      announce("The agent was created.");
      await showToken(agent);
      location.hash = path`#/agents/${agent.id}`;
    } catch (error) {
      showProblem(outcome, error, { retry: create });
    }
  };
  const submit = (event) => {
    event.preventDefault();
    whilePressed(button, create);
  };
  return element(
    "form",
    { submit, class: "card" },
    field("Name", name, "What it is, for the people who decide on its requests."),
    connection,
    element("h2", {}, "What it may do"),
    rights.node,
    outcome,
    element("div", { class: "actions" }, button),
  );
}
