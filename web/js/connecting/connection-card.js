/** One connection: as whom, which site, how long it holds, what it lacks, and what can be done about it. */
import { ApiError, path, post, remove } from "../api/api.js";
import { announce } from "../elements/announce.js";
import { busy, whilePressed } from "../elements/busy.js";
import { confirmed } from "../elements/dialog.js";
import { element, fill, outward } from "../elements/element.js";
import { problemNotice } from "../elements/problem.js";
import { dayOf, daysUntil } from "../elements/time.js";
import { connectButton } from "./connect-button.js";
import { morePurposes } from "./connection-purposes.js";
import { purposeWords } from "./purposes.js";
import { isMine, mayDisconnect, mayManage } from "./rights.js";
import { pickSite } from "./site-picker.js";

const STATES = {
  pending: ["Waiting for consent", "warn"],
  pending_confirmation: ["Waiting for confirmation", "warn"],
  choosing_site: ["Site to be chosen", "warn"],
  connected: ["Connected", "good"],
  limited: ["Limited", "warn"],
  needs_reconnect: ["Needs reconnecting", "bad"],
  disconnected: ["Disconnected", ""],
};
const SOON_DAYS = 14;

export function connectionCard(connection, reload) {
  const [words, tone] = STATES[connection.status] ?? [connection.status, ""];
  const outcome = element("div", { class: "outcome" });
  return element(
    "li",
    { class: "card connection", "data-connection": connection.id, "data-status": connection.status },
    element(
      "header",
      {},
      element("h2", {}, connection.account?.name || connection.site?.name || "Confluence connection"),
      element(
        "p",
        {},
        element("span", { class: `tag ${tone}` }, words),
        " ",
        element("span", { class: "tag" }, connection.owner === "workspace" ? "Workspace" : whose(connection)),
      ),
    ),
    connection.reason && element("p", {}, connection.reason),
    facts(connection),
    connection.expires?.warning && element("p", { class: "note warn" }, connection.expires.warning),
    connection.warning && element("p", { class: "note warn" }, connection.warning),
    missing(connection),
    scopes(connection),
    widens(connection) && morePurposes(connection, { outcome, done: reload }),
    actions(connection, outcome, reload),
    outcome,
  );
}

const whose = (connection) => (isMine(connection) ? "Yours" : `Of ${connection.owner_id}`);

function facts(connection) {
  const entry = (look, name, value) => element("div", look, element("dt", {}, name), element("dd", {}, value.filter(Boolean)));
  const line = (name, ...value) => entry({}, name, value);
  const broad = (name, ...value) => entry({ class: "broad" }, name, value);
  const ago = (time) => (time ? element("time-ago", { datetime: time }) : "never");
  const { account, site, jira_site: jira, expires } = connection;
  return element(
    "dl",
    { class: "facts" },
    account?.name && broad("Account", account.name, account.email && element("small", {}, ` ${account.email}`)),
    broad("For", purposeWords(connection.purposes).join(", ")),
    site && broad("Site", outward(site.url, site.name), element("br"), element("small", {}, site.url)),
    jira && jira.cloud_id !== site?.cloud_id && broad("Jira's site", outward(jira.url, jira.name), element("br"), element("small", {}, jira.url)),
    connection.connected_at && line("Connected", ago(connection.connected_at)),
    connection.connected_at && line("Last used", ago(connection.last_used_at)),
    connection.connected_at && line("Grant renewed", ago(connection.last_refreshed_at), recovering(connection)),
    expires?.idle_at && broad("Ends if unused for 90 days", ...lifetime(expires.idle_at, 90)),
    expires?.absolute_at && broad("One year since consent", ...lifetime(expires.absolute_at, 365)),
  );
}

function recovering({ refresh_health: health }) {
  if (health !== "recovering") return null;
  return element("small", { title: "A renewal was interrupted; it is being finished." }, " (renewal under way)");
}

function lifetime(until, wholeDays) {
  const left = Math.max(daysUntil(until), 0);
  const words = `${left} days left, until ${dayOf(until)}`;
  return [
    element("meter", { min: 0, max: wholeDays, low: SOON_DAYS, value: left, "aria-label": words }),
    element("small", { class: left < SOON_DAYS ? "tag warn" : null }, words),
  ];
}

function missing({ missing_scopes: lacking }) {
  if (!lacking?.length) return null;
  return element(
    "div",
    { class: "note warn" },
    element("p", {}, "Fewer permissions were given than this connection needs. Reconnect and allow all of them. Missing:"),
    element("ul", { class: "scopes" }, lacking.map((scope) => element("li", {}, element("code", {}, scope)))),
  );
}

function scopes(connection) {
  if (!connection.scopes?.length) return null;
  return element(
    "details",
    {},
    element("summary", {}, "Permissions and ids"),
    element("ul", { class: "scopes" }, connection.scopes.map((scope) => element("li", {}, element("code", {}, scope)))),
    element("p", { class: "soft" }, element("small", {}, "Connection ", element("code", {}, connection.id))),
    connection.site &&
      element("p", { class: "soft" }, element("small", {}, "Cloud id ", element("code", {}, connection.site.cloud_id))),
  );
}

function actions(connection, outcome, reload) {
  const manages = mayManage(connection);
  const ends = mayDisconnect(connection) && connection.status !== "disconnected";
  const reconnects = manages && connection.status !== "choosing_site";
  const urgent = ["needs_reconnect", "limited", "disconnected"].includes(connection.status);
  return element(
    "div",
    { class: "actions" },
    manages && connection.status === "choosing_site" && siteButton(connection, outcome, reload),
    reconnects &&
      connectButton("Reconnect", {
        start: () => post(path`/connections/${connection.id}/reconnect`, {}),
        done: reload,
        outcome,
        properties: urgent ? { class: "primary" } : {},
      }),
    syncs(connection) &&
      element("a", { class: "button", href: path`#/connections/${connection.id}/sync` }, "Space sync"),
    ends && disconnectButton(connection, outcome, reload),
  );
}

const widens = (connection) => mayManage(connection) && ["connected", "limited"].includes(connection.status);

const syncs = ({ owner, purposes, status }) =>
  owner === "workspace" && purposes.includes("sync") && !["pending", "disconnected"].includes(status);

function siteButton(connection, outcome, reload) {
  const press = () => whilePressed(button, async () => (await pickSite(connection, outcome)) && reload());
  const button = element("button", { type: "button", class: "primary", click: press }, "Choose the site");
  return button;
}

function disconnectButton(connection, outcome, reload) {
  const press = () => whilePressed(button, () => disconnect(connection, outcome, reload));
  const button = element("button", { type: "button", class: "danger", click: press }, "Disconnect");
  return button;
}

async function disconnect(connection, outcome, reload) {
  const consequences = [
    "The stored tokens, cached page texts and open consents are deleted at once.",
    "Copies stay as they are and remain editable.",
    "Linked documents stay as references and ask to reconnect when read.",
    "Nothing in Confluence is changed.",
  ];
  const list = element("ul", {}, consequences.map((text) => element("li", {}, text)));
  if (!(await confirmed("Disconnect this account?", list, "Disconnect", { dangerous: true }))) return;
  fill(outcome);
  try {
    const answer = await busy(outcome, "Disconnecting…", () => remove(path`/connections/${connection.id}`));
    announce("Disconnected.");
    await reload();
    document.querySelector(`[data-connection="${CSS.escape(connection.id)}"] .outcome`)?.append(afterwards(answer));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    fill(outcome, problemNotice(error.problem, { retry: () => disconnect(connection, outcome, reload) }));
  }
}

function afterwards(answer) {
  return element(
    "div",
    { class: "note good" },
    element("p", {}, "Disconnected here. Atlassian keeps its own record of the consent until you remove it there."),
    element("div", { class: "actions" }, outward(answer.revoke_at, "Remove it at Atlassian", { class: "button" })),
  );
}
