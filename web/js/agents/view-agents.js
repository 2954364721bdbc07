/** The workspace's agents: API clients with a token of their own. */
import { path } from "../api/api.js";
import { element, fill } from "../elements/element.js";
import { emptyState } from "../elements/empty-state.js";
import { linkButton, viewHead } from "../elements/view-head.js";
import { showAll } from "../elements/whole-list.js";
import { profileName } from "./agent-words.js";

const NEW = "#/agents/new";
const ABOUT = "Programs that use Confluence through one of the workspace's connections, as far as each one's rights go.";

export async function show(place, { signal }) {
  const list = element("div", {});
  fill(place, viewHead("Agents", { about: ABOUT, aside: linkButton("New agent", NEW, { class: "button primary" }) }), list);
  const draw = (agents) => element("ul", { class: "features" }, agents.map(row));
  await showAll(list, "/agents", { reading: "Reading the agents…", draw, none, signal });
}

function row(agent) {
  const used = agent.last_used_at ? element("time-ago", { datetime: agent.last_used_at }) : "never";
  return element(
    "li",
    { class: "card", "data-agent": agent.id },
    element("a", { class: "title", href: path`#/agents/${agent.id}` }, agent.name),
    element("span", { class: "tag" }, profileName(agent.profile)),
    element("small", {}, "Last used ", used),
  );
}

const none = () =>
  emptyState(
    "No agents yet",
    "An agent gets a token, five groups of rights, and a trail of all its calls. Its changes can wait for your approval.",
    linkButton("Make the first agent", NEW, { class: "button primary" }),
  );
