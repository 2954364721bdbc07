/** Editing a copy as Markdown. Whoever saves second is told, sees both texts, and decides; nothing is lost silently. */
import { call, path } from "../api/api.js";
import { announce } from "../elements/announce.js";
import { busy, whilePressed } from "../elements/busy.js";
import { confirmed } from "../elements/dialog.js";
import { element, field, fill } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";

/** Resolves when the member has saved or left. `etag` is the version that the text was read at. */
export function openEditor(place, { id, markdown, etag, signal }) {
  return new Promise((resolve) => {
    const state = { id, saved: markdown, etag, signal };
    const text = element("textarea", { value: markdown, spellcheck: "true" });
    const outcome = element("div", {});
    const unsaved = () => text.value !== state.saved;
    const guard = (event) => unsaved() && event.preventDefault();
    const leave = () => {
      removeEventListener("beforeunload", guard);
      resolve();
    };
    const store = () => whilePressed(button, async () => (await save(state, text, outcome)) && leave());
    const button = element("button", { type: "button", class: "primary", click: store }, "Save");
    const cancel = async () => {
      if (!unsaved() || (await confirmed("Discard your changes?", [], "Discard", { dangerous: true }))) leave();
    };
    const keys = (event) => {
      if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      store();
    };
    addEventListener("beforeunload", guard);
    signal.addEventListener("abort", leave);
    fill(
      place,
      element(
        "div",
        { class: "card editor", keydown: keys },
        field("Text (Markdown)", text, "Ctrl+S saves."),
        outcome,
        element("div", { class: "actions" }, button, element("button", { type: "button", click: cancel }, "Cancel")),
      ),
    );
    text.focus();
    text.setSelectionRange(0, 0);
  });
}

async function save(state, text, outcome) {
  const again = () => save(state, text, outcome);
  fill(outcome);
  try {
    const { etag } = await busy(outcome, "Saving…", () =>
      call("PUT", path`/documents/${state.id}/content`, {
        body: { markdown: text.value },
        headers: { "if-match": state.etag },
        signal: state.signal,
      }),
    );
    Object.assign(state, { saved: text.value, etag });
    announce("Saved.");
    return true;
  } catch (error) {
    const compare = element("button", { type: "button", class: "primary", click: () => merge(state, text, outcome) }, "Show both texts");
    showProblem(outcome, error, { retry: again, actions: error.code === "precondition_failed" ? [compare] : [] });
    return false;
  }
}

/** Puts the other text beside one's own. From then on a save replaces the version that is shown. */
async function merge(state, text, outcome) {
  try {
    const { data, etag } = await busy(fill(outcome), "Reading the other text…", () =>
      call("GET", path`/documents/${state.id}/content`, { query: { format: "markdown" }, signal: state.signal }),
    );
    Object.assign(state, { saved: data.content, etag });
    const theirs = element("textarea", { value: data.content, readonly: true });
    const take = () => {
      text.value = theirs.value;
      fill(outcome);
      text.focus();
    };
    fill(
      outcome,
      element(
        "div",
        { class: "note warn" },
        element("h3", {}, "Somebody saved another text meanwhile"),
        element("p", {}, "Yours is above, theirs below. Merge what you need into yours; saving then replaces theirs."),
        field("Their text", theirs),
        element("div", { class: "actions" }, element("button", { type: "button", click: take }, "Take theirs instead")),
      ),
    );
    announce("The other text is shown below yours.");
  } catch (error) {
    showProblem(outcome, error, { retry: () => merge(state, text, outcome) });
  }
}
