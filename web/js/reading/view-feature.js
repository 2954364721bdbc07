/** One feature: its documents, what their import lost, its name and folder, and its end. */
import { get, patch, path, remove } from "../api/api.js";
import { announce } from "../elements/announce.js";
import { busy, whilePressed } from "../elements/busy.js";
import { confirmed } from "../elements/dialog.js";
import { element, field, fill, outward } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { setTitle, viewHead } from "../elements/view-head.js";
import { lossReport } from "./losses.js";

export async function show(place, { id, signal }) {
  try {
    const feature = await busy(place, "Reading the feature…", () => get(path`/features/${id}`, { signal }));
    draw(place, feature);
  } catch (error) {
    showProblem(place, error, { retry: () => show(fill(place), { id, signal }) });
  }
}

function draw(place, feature) {
  setTitle(feature.name);
  const outcome = element("div", {});
  fill(
    place,
    viewHead(feature.name, {
      trail: [["Features", "#/features"], [feature.folder || "No folder"]],
      aside: element("span", { class: "tag" }, feature.status),
    }),
    element("ul", { class: "documents" }, feature.documents.map(documentCard)),
    lossReport(feature.losses ?? []),
    element("details", {}, element("summary", {}, "Rename, move or delete"), settings(place, feature, outcome)),
    outcome,
  );
}

function documentCard(item) {
  const { role, mode, source } = item;
  const linked = mode === "link";
  return element(
    "li",
    { class: "card" },
    element("h2", {}, element("a", { href: path`#/documents/${item.id}` }, ROLES[role] ?? role)),
    element("p", {}, element("span", { class: linked ? "tag accent" : "tag" }, linked ? "Link" : "Copy"), ` ${what(item)}`),
    source && element("p", { class: "soft" }, outward(source.url, source.title)),
  );
}

const ROLES = { prd: "PRD", trd: "TRD" };

function what({ mode, source }) {
  if (mode === "link") return "Source of truth: Confluence";
  return source ? "Editable here, taken from Confluence" : "Editable here, written here";
}

function settings(place, feature, outcome) {
  const name = element("input", { type: "text", value: feature.name, required: true, maxlength: 200 });
  const folder = element("input", { type: "text", value: feature.folder });
  const save = element("button", { class: "primary" }, "Save");
  const change = async () => {
    try {
      const body = { name: name.value.trim(), folder: folder.value.trim() };
      const changed = await busy(fill(outcome), "Saving…", () => patch(path`/features/${feature.id}`, body));
      announce("Saved.");
      draw(place, { ...feature, ...changed });
    } catch (error) {
      showProblem(outcome, error, { retry: change });
    }
  };
  const submit = (event) => {
    event.preventDefault();
    whilePressed(save, change);
  };
  const press = () => whilePressed(end, () => erase(feature, outcome));
  const end = element("button", { type: "button", class: "danger", click: press }, "Delete the feature");
  return element(
    "form",
    { submit, class: "card" },
    field("Name", name),
    field("Folder", folder),
    element("div", { class: "actions" }, save, end),
  );
}

async function erase(feature, outcome) {
  const words = element("p", {}, "Its documents go with it: copies with their text, links as references. Nothing in Confluence is changed.");
  if (!(await confirmed("Delete this feature?", words, "Delete", { dangerous: true }))) return;
  try {
    await busy(fill(outcome), "Deleting…", () => remove(path`/features/${feature.id}`));
    announce("The feature was deleted.");
    location.hash = "#/features";
  } catch (error) {
    showProblem(outcome, error, { retry: () => erase(feature, outcome) });
  }
}
