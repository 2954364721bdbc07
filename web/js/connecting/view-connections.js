/** Connections: what can be connected, what is, how long it holds, and how it ends. */
import { getAll, get } from "../api/api.js";
import { session } from "../api/session.js";
import { busy } from "../elements/busy.js";
import { element, fill } from "../elements/element.js";
import { emptyState } from "../elements/empty-state.js";
import { showProblem } from "../elements/problem.js";
import { linkButton, viewHead } from "../elements/view-head.js";
import { connectWays } from "./connect-ways.js";
import { connectionCard } from "./connection-card.js";

const ABOUT = "The Atlassian accounts that this workspace works with, and what each is for.";

export async function show(place, { signal }) {
  const providers = element("div", {});
  const list = element("div", {});
  const aside = session.person?.isAdmin && linkButton("Whole workspace", "#/workspace");
  fill(place, viewHead("Connections", { about: ABOUT, aside }), providers, list);
  const reload = () => Promise.all([showProviders(providers, reload, signal), showList(list, reload, signal)]);
  await reload();
}

async function showProviders(place, reload, signal) {
  try {
    const { items } = place.hasChildNodes()
      ? await get("/providers", { signal })
      : await busy(place, "Asking what can be connected…", () => get("/providers", { signal }));
    const withJira = items.some(({ provider, enabled }) => provider === "jira" && enabled);
    const rows = items.filter(connects).map((provider) => providerRow(provider, withJira, reload));
    fill(place, element("ul", { class: "providers" }, rows));
  } catch (error) {
    showProblem(place, error, { retry: reload });
  }
}

/** Jira is reached on a Confluence connection that is for it too; by itself there is nothing to connect. */
const connects = ({ provider }) => provider === "confluence";

function providerRow(provider, withJira, reload) {
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
    provider.enabled && element("div", { class: "ways" }, connectWays({ withJira, outcome, done: reload })),
    outcome,
  );
}

const ENABLED =
  "Each connection may do what it is for, with the rights of the connected account, and no more. What it may do stands on its card.";

async function showList(place, reload, signal) {
  try {
    const read = () => getAll("/connections", { signal });
    const items = place.hasChildNodes() ? await read() : await busy(place, "Reading the connections…", read);
    fill(
      place,
      items.length > 0
        ? element("ul", { class: "connections" }, inOrder(items).map((item) => connectionCard(item, reload)))
        : emptyState("Nothing is connected yet", NOTHING),
    );
  } catch (error) {
    showProblem(place, error, { retry: reload });
  }
}

/** What is of use first; what is disconnected last. Otherwise as the API lists them. */
function inOrder(items) {
  return items.toSorted((one, other) => (one.status === "disconnected") - (other.status === "disconnected"));
}

const NOTHING = "Connect your Confluence account to find pages and import them. You choose the account and the site.";
