/** The ways to connect an account: one's own, and, for admins, one of the workspace for each thing it is needed for. */
import { post } from "../api/api.js";
import { session } from "../api/session.js";
import { element } from "../elements/element.js";
import { connectButton } from "./connect-button.js";
import { FOR_JIRA, FOR_LINKS, FOR_READING_AGENTS, FOR_SYNC, FOR_WRITING_AGENTS } from "./purposes.js";

const OWN = ["Connect my account", "user", FOR_LINKS];
const OWN_WITH_JIRA = ["Connect my account with Jira", "user", FOR_JIRA];
const SHARED = [
  ["Connect for the workspace", "workspace", FOR_LINKS],
  ["Connect for space sync", "workspace", FOR_SYNC],
  ["Connect for agents that read", "workspace", FOR_READING_AGENTS],
  ["Connect for agents that write", "workspace", FOR_WRITING_AGENTS],
];
const SHARED_WITH_JIRA = ["Connect for Jira synchronizers", "workspace", FOR_JIRA];

export const FOR_AGENTS = SHARED.slice(2);
export const FOR_SYNCHRONIZERS = [SHARED_WITH_JIRA];

/** `withJira`: Jira can be connected in this environment. `done(connection)`, `outcome`: as for one button. */
export function connectWays({ withJira, outcome, done }) {
  const own = withJira ? [OWN, OWN_WITH_JIRA] : [OWN];
  const shared = withJira ? [...SHARED, SHARED_WITH_JIRA] : SHARED;
  return [
    wayButtons(own, { outcome, done, primary: true }),
    session.person?.isAdmin &&
      element(
        "details",
        { open: true },
        element("summary", {}, "For the whole workspace: a service account that sees no more than it must"),
        wayButtons(shared, { outcome, done }),
      ),
  ];
}

/** Buttons for these ways; the first is the one that stands out if `primary`. */
export function wayButtons(ways, { outcome, done, primary = false }) {
  return element(
    "div",
    { class: "actions" },
    ways.map(([label, owner, purposes], index) =>
      connectButton(label, {
        start: () => post("/connections", { owner, purposes }),
        done,
        outcome,
        properties: primary && index === 0 ? { class: "primary" } : {},
      }),
    ),
  );
}
