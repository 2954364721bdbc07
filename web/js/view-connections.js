/** Connections: what can be connected, what is, how long it holds, and how it ends. */
import { getAll, get, post } from "./api.js";
import { busy } from "./busy.js";
import { connectButton } from "./connect-button.js";
import { connectionCard } from "./connection-card.js";
import { element, fill } from "./element.js";
import { showProblem } from "./problem.js";
import { session } from "./session.js";

export async function show(place, { signal }) {
  const providers = element("div", {});
  const list = element("div", {});
  fill(
    place,
    element(
      "div",
      { class: "head" },
      element(
        "div",
        {},
        element("h1", {}, "Connections"),
        element("p", {}, "The Atlassian accounts that pages are found, imported and read with."),
      ),
    ),
    providers,
    list,
  );
  const reload = () => Promise.all([showProviders(providers, reload, signal), showList(list, reload, signal)]);
  await reload();
}

async function showProviders(place, reload, signal) {
  try {
    const { items } = place.hasChildNodes()
      ? await get("/providers", { signal })
      : await busy(place, "Asking what can be connected…", () => get("/providers", { signal }));
    fill(place, element("ul", { class: "providers" }, items.filter(connects).map((provider) => providerRow(provider, reload))));
  } catch (error) {
    showProblem(place, error, { retry: reload });
  }
}

/** Jira is reached through synchronizers, on a Confluence connection; by itself there is nothing to connect. */
const connects = ({ provider }) => provider === "confluence";

function providerRow(provider, reload) {
  const outcome = element("div", { class: "outcome" });
  return element(
    "li",
    { class: "card provider", "data-provider": provider.provider },
    element(
      "div",
      {},
      element("h2", {}, "Confluence ", !provider.enabled && element("span", { class: "tag warn" }, "Not enabled")),
      element("p", {}, provider.enabled ? ENABLED : (provider.reason ?? "Contact your admin.")),
    ),
    provider.enabled && connectActions(outcome, reload),
    outcome,
  );
}

const ENABLED =
  "Read-only access to the spaces and pages that the connected account may see; nothing is ever written.";

function connectActions(outcome, reload) {
  const start = (owner, purposes) => () => post("/connections", { owner, purposes });
  const button = (label, owner, properties, purposes = ["link"]) =>
    connectButton(label, { start: start(owner, purposes), done: reload, outcome, properties });
  return element(
    "div",
    { class: "actions" },
    button("Connect my account", "user", { class: "primary" }),
    session.person?.isAdmin && button("Connect for the workspace", "workspace", {}),
    session.person?.isAdmin && button("Connect for space sync", "workspace", {}, ["link", "sync"]),
  );
}

async function showList(place, reload, signal) {
  try {
    const read = () => getAll("/connections", { signal });
    const items = place.hasChildNodes() ? await read() : await busy(place, "Reading the connections…", read);
    fill(
      place,
      items.length > 0
        ? element("ul", { class: "connections" }, inOrder(items).map((item) => connectionCard(item, reload)))
        : empty(),
    );
  } catch (error) {
    showProblem(place, error, { retry: reload });
  }
}

/** What is of use first; what is disconnected last. Otherwise as the API lists them. */
function inOrder(items) {
  return items.toSorted((one, other) => (one.status === "disconnected") - (other.status === "disconnected"));
}

function empty() {
  return element(
    "div",
    { class: "empty" },
    element("h2", {}, "Nothing is connected yet"),
    element("p", {}, "Connect your Confluence account to find pages and import them. You choose the account and the site."),
  );
}
