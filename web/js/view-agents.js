/** The workspace's agents: API clients with a token of their own. */
import { profileName } from "./agent-words.js";
import { getAll } from "./api.js";
import { busy } from "./busy.js";
import { element, fill } from "./element.js";
import { showProblem } from "./problem.js";

export async function show(place, { signal }) {
  const list = element("div", {});
  fill(
    place,
    element(
      "div",
      { class: "head" },
      element(
        "div",
        {},
        element("h1", {}, "Agents"),
        element("p", {}, "Programs that use Confluence through one of the workspace's connections, as far as each one's rights go."),
      ),
      element("a", { class: "button primary", href: "#/agents/new" }, "New agent"),
    ),
    list,
  );
  await load(list, signal);
}

async function load(list, signal) {
  try {
    const agents = await busy(list, "Reading the agents…", () => getAll("/agents", { signal }));
    fill(list, agents.length > 0 ? element("ul", { class: "features" }, agents.map(row)) : empty());
  } catch (error) {
    showProblem(list, error, { retry: () => load(fill(list), signal) });
  }
}

function row(agent) {
  const used = agent.last_used_at ? element("time-ago", { datetime: agent.last_used_at }) : "never";
  return element(
    "li",
    { class: "card", "data-agent": agent.id },
    element("a", { class: "title", href: `#/agents/${encodeURIComponent(agent.id)}` }, agent.name),
    element("span", { class: "tag" }, profileName(agent.profile)),
    element("small", {}, "Last used ", used),
  );
}

function empty() {
  return element(
    "div",
    { class: "empty" },
    element("h2", {}, "No agents yet"),
    element("p", {}, "An agent gets a token, five groups of rights, and a trail of all its calls. Its changes can wait for your approval."),
    element("a", { class: "button primary", href: "#/agents/new" }, "Make the first agent"),
  );
}
