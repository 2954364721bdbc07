/** Which of the workspace's connections: a choice of those that serve, or the ways to connect one. */
import { getAll } from "../api/api.js";
import { busy } from "../elements/busy.js";
import { element, field, fill } from "../elements/element.js";
import { emptyState } from "../elements/empty-state.js";
import { showProblem } from "../elements/problem.js";
import { wayButtons } from "./connect-ways.js";
import { mayUse } from "./rights.js";

/**
 * Lets `draw(connections)` put its form into `body`, over the workspace's usable ones for which `serves(connection)` holds.
 * Where there is none yet: what it is `needed` for, and the `ways` to connect one here.
 */
export async function overShared(body, { serves, draw, needed, ways, signal }) {
  const again = () => overShared(fill(body), { serves, draw, needed, ways, signal });
  try {
    const connections = await busy(body, "Reading the connections…", () => getAll("/connections", { signal }));
    const usable = connections.filter((each) => each.owner === "workspace" && mayUse(each) && each.site && serves(each));
    if (usable.length > 0) await draw(usable);
    else fill(body, connectFirst(ways, needed, again));
  } catch (error) {
    showProblem(body, error, { retry: again });
  }
}

/** "Ada on acme", and "Ada on acme, Jira on globex" where its issues lie elsewhere. */
export function connectionName({ account, site, jira_site: jira }) {
  const elsewhere = jira && jira.cloud_id !== site.cloud_id;
  return `${account?.name ?? "Account"} on ${site.name}${elsewhere ? `, Jira on ${jira.name}` : ""}`;
}

export function connectionField(connections, hint, properties = {}) {
  const options = connections.map((each) => element("option", { value: each.id }, connectionName(each)));
  return field("Connection", element("select", { name: "connection", ...properties }, options), hint);
}

function connectFirst(ways, needed, done) {
  const outcome = element("div", { class: "outcome" });
  return emptyState("Connect an account for this first", needed, wayButtons(ways, { outcome, done, primary: true }), outcome);
}
