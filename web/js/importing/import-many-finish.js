/** The last step of a bulk import: the folder, and the start of the job, once however often it is tried. */
import { getAll, path, post } from "../api/api.js";
import { keyFor } from "../api/one-wish.js";
import { announce } from "../elements/announce.js";
import { busy, whilePressed } from "../elements/busy.js";
import { element, field, fill } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { MODES } from "./import-mode.js";

export const startStep = {
  name: "Folder and start",
  missing: () => null,
  draw(room, draft) {
    const form = element("div", {});
    fill(room, element("h2", { id: "step-heading" }, "Folder and start"), review(draft), form);
    drawForm(form, draft);
  },
};

function review({ kind, pages, tree, mode }) {
  const what = kind === "tree" ? `${tree.title} and all below it` : [...pages.values()].map(({ title }) => title).join(", ");
  const line = (name, value) => element("div", {}, element("dt", {}, name), element("dd", {}, value));
  return element("dl", { class: "review" }, line("Pages", what), line("As", element("span", { class: "tag accent" }, MODES[mode].name)));
}

async function drawForm(place, draft) {
  const known = element("datalist", { id: "known-folders" });
  const folder = element("input", { type: "text", list: "known-folders", autocomplete: "off", value: draft.folder });
  const outcome = element("div", {});
  const button = element("button", { class: "primary" }, "Start the import");
  folder.addEventListener("input", () => {
    draft.folder = folder.value;
  });
  const submit = (event) => {
    event.preventDefault();
    whilePressed(button, () => start(outcome, draft));
  };
  fill(
    place,
    element(
      "form",
      { submit },
      field("Folder", folder, "A path such as payments/checkout; empty for the top. New folders are made as needed."),
      known,
      element("div", { class: "actions" }, button),
      outcome,
    ),
  );
  try {
    const folders = await getAll("/folders", { signal: draft.signal });
    fill(known, folders.map(({ path }) => element("option", { value: path })));
  } catch (error) {
    showProblem(outcome, error);
  }
}

async function start(outcome, draft) {
  const { kind, pages, tree, mode, connection } = draft;
  const chosen = kind === "tree" ? { tree: tree.id } : { pages: [...pages.keys()] };
  const wanted = { connection_id: connection.id, ...chosen, mode, folder: draft.folder.trim() };
  try {
    const job = await busy(fill(outcome), "Starting…", () => post("/imports", wanted, { headers: { "idempotency-key": keyFor(draft, wanted) } }));
    announce("The import has begun.");
    location.hash = path`#/imports/${job.id}`;
  } catch (error) {
    showProblem(outcome, error, { retry: () => start(outcome, draft) });
  }
}
