/** All features of the workspace, by folder. */
import { path } from "../api/api.js";
import { element, fill } from "../elements/element.js";
import { emptyState } from "../elements/empty-state.js";
import { linkButton, viewHead } from "../elements/view-head.js";
import { showAll } from "../elements/whole-list.js";

const importLink = (words) => linkButton(words, "#/import", { class: "button primary" });

export async function show(place, { signal }) {
  const list = element("div", {});
  const about = "What was imported from Confluence, by folder.";
  fill(place, viewHead("Features", { about, aside: importLink("Import from Confluence") }), list);
  const draw = (features) => byFolder(features).map(group);
  await showAll(list, "/features", { reading: "Reading the features…", draw, none, signal });
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
    element("a", { class: "title", href: path`#/features/${feature.id}` }, feature.name),
    element("small", {}, "Imported ", element("time-ago", { datetime: feature.created_at }), ` by ${feature.created_by}`),
  );
}

const none = () =>
  emptyState(
    "No features yet",
    "Import a product requirements page from Confluence, as an editable copy or as a link that stays current.",
    importLink("Import the first page"),
  );
