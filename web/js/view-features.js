/** All features of the workspace, by folder. */
import { getAll } from "./api.js";
import { busy } from "./busy.js";
import { element, fill } from "./element.js";
import { showProblem } from "./problem.js";

export async function show(place, { signal }) {
  const list = element("div", {});
  fill(
    place,
    element(
      "div",
      { class: "head" },
      element(
        "div",
        {},
        element("h1", {}, "Features"),
        element("p", {}, "What was imported from Confluence, by folder."),
      ),
      element("a", { class: "button primary", href: "#/import" }, "Import from Confluence"),
    ),
    list,
  );
  await load(list, signal);
}

async function load(list, signal) {
  try {
    const features = await busy(list, "Reading the features…", () => getAll("/features", { signal }));
    fill(list, features.length > 0 ? byFolder(features).map(group) : empty());
  } catch (error) {
    showProblem(list, error, { retry: () => load(fill(list), signal) });
  }
}

/** [[folder, features]], folders in alphabetical order, the top ("") first. */
function byFolder(features) {
  const groups = Map.groupBy(features, (feature) => feature.folder);
  return [...groups].sort(([one], [other]) => one.localeCompare(other));
}

function group([folder, features], index) {
  const id = `folder-${index}`;
  return element(
    "section",
    { class: "folder-group", "aria-labelledby": id },
    element("h2", { id }, folder || "No folder"),
    element("ul", { class: "features" }, features.map(row)),
  );
}

function row(feature) {
  return element(
    "li",
    { class: "card" },
    element("a", { class: "title", href: `#/features/${encodeURIComponent(feature.id)}` }, feature.name),
    element("small", {}, "Imported ", element("time-ago", { datetime: feature.created_at }), ` by ${feature.created_by}`),
  );
}

function empty() {
  return element(
    "div",
    { class: "empty" },
    element("h2", {}, "No features yet"),
    element("p", {}, "Import a product requirements page from Confluence, as an editable copy or as a link that stays current."),
    element("a", { class: "button primary", href: "#/import" }, "Import the first page"),
  );
}
