/** Which of the workspace's connections: a choice of those that serve, or the ways to connect one. */
import { wayButtons } from "./connect-ways.js";
import { element, field } from "./element.js";
import { mayUse } from "./rights.js";

/** `serves(connection)`: its purposes are right. Only usable ones of the workspace are offered. */
export const sharedOnes = (connections, serves) =>
  connections.filter((each) => each.owner === "workspace" && mayUse(each) && each.site && serves(each));

export const connectionName = ({ account, site }) => `${account?.name ?? "Account"} on ${site.name}`;

export function connectionField(connections, hint, properties = {}) {
  const options = connections.map((each) => element("option", { value: each.id }, connectionName(each)));
  return field("Connection", element("select", { name: "connection", ...properties }, options), hint);
}

/** Where there is none yet: what is missing, and the buttons that mend it. `done()` once one is connected. */
export function connectFirst({ ways, text, outcome, done }) {
  return element(
    "div",
    { class: "empty" },
    element("h2", {}, "Connect an account for this first"),
    element("p", {}, text),
    wayButtons(ways, { outcome, done, primary: true }),
    outcome,
  );
}
