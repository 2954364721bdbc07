/** Last step: name and folder, suggested from the page's content, then create, once however often it is tried. */
import { get, getAll, path, post } from "../api/api.js";
import { keyFor } from "../api/one-wish.js";
import { announce } from "../elements/announce.js";
import { busy, whilePressed } from "../elements/busy.js";
import { element, field, fill } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { MODES } from "./import-mode.js";

export const finishStep = {
  name: "Name and folder",
  missing: () => null,
  draw(room, draft) {
    const fields = element("div", {});
    fill(room, element("h2", { id: "step-heading" }, "Name and folder"), review(draft), fields);
    suggest(fields, draft);
  },
};

async function suggest(fields, draft) {
  const { connection, prd, signal } = draft;
  if (!draft.suggestion) {
    const address = path`/connections/${connection.id}/pages/${prd.page.id}/suggestion`;
    try {
      const [suggestion, folders] = await busy(fields, "Reading the page for a name and a folder…", () =>
        Promise.all([get(address, { signal }), getAll("/folders", { signal })]),
      );
      draft.suggestion = suggestion;
      draft.folders = folders.map((folder) => folder.path);
    } catch (error) {
      const alone = element("button", { type: "button", click: () => skip(fields, draft) }, "Go on without a suggestion");
      showProblem(fields, error, { retry: () => suggest(fill(fields), draft), viewUrl: prd.page.url, actions: [alone] });
      return;
    }
  }
  form(fields, draft);
}

function skip(fields, draft) {
  draft.suggestion = { name: draft.prd.page.title, folders: [] };
  draft.folders = [];
  form(fields, draft);
}

function review(draft) {
  const line = (role, choice, none) =>
    element(
      "div",
      {},
      element("dt", {}, role),
      element("dd", {}, choice ? [choice.page.title, " ", tag(choice.mode ?? draft.mode)] : none),
    );
  return element(
    "dl",
    { class: "review" },
    line("PRD", draft.prd, ""),
    line("TRD", draft.trd, element("span", { class: "soft" }, "An empty one, to write here")),
  );
}

const tag = (mode) => element("span", { class: "tag accent" }, MODES[mode].name);

function form(fields, draft) {
  const { suggestion } = draft;
  const name = element("input", {
    type: "text",
    required: true,
    maxlength: 200,
    value: draft.name ?? suggestion.name,
    input: (event) => {
      draft.name = event.target.value;
    },
  });
  const folder = element("input", {
    type: "text",
    list: "known-folders",
    autocomplete: "off",
    value: draft.folder ?? suggestion.folders[0]?.path ?? "",
    input: (event) => {
      draft.folder = event.target.value;
      mark();
    },
  });
  const chips = suggestion.folders.slice(0, 5).map((item) => folderChip(item.path, folder, draft, () => mark()));
  const mark = () => chips.forEach((chip) => chip.setAttribute("aria-pressed", String(chip.value === folder.value)));
  mark();
  const outcome = element("div", {});
  const button = element("button", { class: "primary" }, "Create the feature");
  const submit = (event) => {
    event.preventDefault();
    whilePressed(button, () => create(outcome, draft, name.value.trim(), folder.value.trim()));
  };
  fill(
    fields,
    element(
      "form",
      { submit },
      field("Name", name, "Suggested from the page's content. Change it as you like."),
      field("Folder", folder, "A path such as payments/checkout; empty for the top. New folders are made as needed."),
      chips.length > 0 && element("p", { class: "soft", id: "folder-chips" }, "Suggested folders"),
      chips.length > 0 &&
        element("ul", { class: "chips", "aria-labelledby": "folder-chips" }, chips.map((chip) => element("li", {}, chip))),
      element("datalist", { id: "known-folders" }, draft.folders.map((value) => element("option", { value }))),
      element("div", { class: "actions" }, button),
      outcome,
    ),
  );
}

function folderChip(value, folder, draft, mark) {
  const press = () => {
    folder.value = value;
    draft.folder = value;
    mark();
  };
  return element("button", { type: "button", class: "chip", value, click: press }, value || "Top");
}

async function create(outcome, draft, name, folder) {
  const body = { name, folder, default_mode: draft.mode, prd: choiceOf(draft, "prd") };
  if (draft.trd) body.trd = choiceOf(draft, "trd");
  fill(outcome);
  try {
    const feature = await busy(outcome, "Reading from Confluence and creating…", () =>
      post("/features", body, { headers: { "idempotency-key": keyFor(draft, body) } }),
    );
    announce("The feature was created.");
    location.hash = path`#/features/${feature.id}`;
  } catch (error) {
    showProblem(outcome, error, { retry: () => create(outcome, draft, name, folder), viewUrl: draft.prd.page.url });
  }
}

function choiceOf(draft, role) {
  const { page, mode } = draft[role];
  const choice = { connection_id: draft.connection.id, page_id: page.id };
  return mode ? { ...choice, mode } : choice;
}
