/** A new agent: its name, the connection it works through, its rights. Its token is shown once, at the end. */
import { showToken } from "./agent-token.js";
import { announce } from "./announce.js";
import { getAll, get, post } from "./api.js";
import { busy, whilePressed } from "./busy.js";
import { FOR_AGENTS } from "./connect-ways.js";
import { element, field, fill } from "./element.js";
import { policyEditor } from "./policy-editor.js";
import { showProblem } from "./problem.js";
import { servesAgents } from "./purposes.js";
import { connectFirst, connectionField, sharedOnes } from "./workspace-connection.js";

export async function show(place, { signal }) {
  const body = element("div", {});
  fill(
    place,
    element(
      "div",
      { class: "head" },
      element(
        "div",
        {},
        element("p", { class: "trail" }, element("a", { href: "#/agents" }, "Agents"), " / New"),
        element("h1", {}, "New agent"),
      ),
    ),
    body,
  );
  await load(body, signal);
}

async function load(body, signal) {
  const again = () => load(fill(body), signal);
  try {
    const [connections, profiles] = await busy(body, "Reading connections and profiles…", () =>
      Promise.all([getAll("/connections", { signal }), get("/profiles", { signal })]),
    );
    const usable = sharedOnes(connections, servesAgents);
    if (usable.length > 0) fill(body, form(usable, profiles.items));
    else fill(body, connectFirst({ ways: FOR_AGENTS, text: NONE, outcome: element("div", { class: "outcome" }), done: again }));
  } catch (error) {
    showProblem(body, error, { retry: again });
  }
}

const NONE =
  "Agents work through a connection that belongs to the workspace: a service account that sees no more than agents may see.";

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
      location.hash = `#/agents/${encodeURIComponent(agent.id)}`;
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
