/** Which site? Asked when the consent covers several; never the first of the list silently. */
import { get, path, put } from "../api/api.js";
import { busy } from "../elements/busy.js";
import { ask } from "../elements/dialog.js";
import { element, fill } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";

const SITE_OF = { confluence: "site", jira: "jira_site" };

/** Lets the member choose. Answers the connection, or null when they left it open. `place` shows what goes wrong. */
export async function pickSite(connection, place) {
  let sites;
  try {
    const answer = await busy(place, "Reading the sites you allowed…", () => get(path`/connections/${connection.id}/sites`));
    sites = answer.items;
  } catch (error) {
    showProblem(place, error, { retry: () => pickSite(connection, place) });
    return null;
  }
  const title = connection.site ? "Choose the Jira site" : "Choose the Confluence site";
  return ask(title, (close) => form(connection, sites, close));
}

function form(connection, sites, close) {
  const outcome = element("div", {});
  let known = connection;
  const choose = async (product, cloudId) => {
    if (cloudId && !known[SITE_OF[product]]) known = await put(path`/connections/${known.id}/site`, { cloud_id: cloudId, product });
  };
  const submit = async (event) => {
    event.preventDefault();
    const chosen = new FormData(event.target);
    fill(outcome);
    try {
      await busy(outcome, "Connecting the site…", async () => {
        // Jira's first: once the pages' site is chosen, Jira is the same one wherever it can be.
        for (const product of ["jira", "confluence"]) await choose(product, chosen.get(product));
      });
      close(known);
    } catch (error) {
      showProblem(outcome, error);
    }
  };
  return [
    element("p", { class: "soft" }, "Your account can use several sites. A connection belongs to one, and keeps it."),
    element(
      "form",
      { submit },
      !connection.site && siteChoices("Site", "confluence", sites),
      connection.purposes.includes("jira") && jiraChoices(connection, sites),
      outcome,
      element(
        "div",
        { class: "actions" },
        element("button", { type: "button", click: () => close(null) }, "Later"),
        element("button", { class: "primary" }, "Use this site"),
      ),
    ),
  ];
}

function siteChoices(legend, product, sites, ...first) {
  const having = sites.filter(({ products }) => products.includes(product));
  return element(
    "fieldset",
    {},
    element("legend", { class: product === "confluence" ? "unseen" : null }, legend),
    first,
    having.map((site) => choice(site, product)),
  );
}

/** Its issues may lie on another site of the same consent. */
function jiraChoices(connection, sites) {
  if (connection.jira_site) return null;
  const same = element(
    "label",
    { class: "choice site" },
    element("input", { type: "radio", name: "jira", value: "", checked: true }),
    element("span", {}, element("strong", {}, "On the same site")),
  );
  return siteChoices("Where is Jira?", "jira", sites, !connection.site && same);
}

function choice(site, product) {
  return element(
    "label",
    { class: "choice site" },
    element("input", { type: "radio", name: product, value: site.cloud_id, required: true }),
    element(
      "span",
      {},
      element("strong", {}, site.name),
      element("small", {}, site.url),
      element("code", {}, site.cloud_id),
    ),
  );
}
