/** Which site? Asked when the consent covers several; never the first of the list silently. */
import { get, path, put } from "./api.js";
import { busy } from "./busy.js";
import { ask } from "./dialog.js";
import { element, fill } from "./element.js";
import { showProblem } from "./problem.js";

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
  return ask("Choose the Confluence site", (close) => form(connection, sites, close));
}

function form(connection, sites, close) {
  const outcome = element("div", {});
  const submit = async (event) => {
    event.preventDefault();
    const cloudId = new FormData(event.target).get("site");
    fill(outcome);
    try {
      const address = path`/connections/${connection.id}/site`;
      close(await busy(outcome, "Connecting the site…", () => put(address, { cloud_id: cloudId })));
    } catch (error) {
      showProblem(outcome, error);
    }
  };
  return [
    element("p", { class: "soft" }, "Your account can use several sites. A connection belongs to one, and keeps it."),
    element(
      "form",
      { submit },
      element("fieldset", {}, element("legend", { class: "unseen" }, "Site"), sites.map(choice)),
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

function choice(site) {
  return element(
    "label",
    { class: "choice site" },
    element("input", { type: "radio", name: "site", value: site.cloud_id, required: true }),
    element(
      "span",
      {},
      element("strong", {}, site.name),
      element("small", {}, site.url),
      element("code", {}, site.cloud_id),
    ),
  );
}
