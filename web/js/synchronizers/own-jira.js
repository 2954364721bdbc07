/** Who acts on an issue does so with an account of their own: the way to connect it, right where it is missing. */
import { getAll, path, post } from "../api/api.js";
import { connectButton } from "../connecting/connect-button.js";
import { FOR_JIRA } from "../connecting/purposes.js";
import { isMine } from "../connecting/rights.js";
import { element } from "../elements/element.js";

/** A note with the button. `done()` once an account is connected. */
export function connectRequired(synchronizer, { signal, done }) {
  const outcome = element("div", { class: "outcome" });
  return element(
    "section",
    { class: "note warn", role: "alert", "data-code": "connect_required" },
    element("h2", {}, "Connect your own account"),
    element("p", {}, "You act on issues with your own Atlassian account and its rights in Jira. Connect it, for Jira too."),
    element("div", { class: "actions" }, connectButton("Connect my account with Jira", { start: () => begin(synchronizer, signal), done, outcome })),
    outcome,
  );
}

/** One's own connection to that site becomes one for Jira too; without one, a new one begins. */
async function begin({ cloud_id: cloudId }, signal) {
  const connections = await getAll("/connections", { signal });
  const own = connections.find((each) => isMine(each) && each.site?.cloud_id === cloudId && each.status !== "disconnected");
  if (own) return post(path`/connections/${own.id}/reconnect`, { purposes: [...new Set([...own.purposes, ...FOR_JIRA])] });
  return post("/connections", { owner: "user", purposes: FOR_JIRA });
}
