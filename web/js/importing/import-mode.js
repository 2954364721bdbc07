/** First step: copy or link, the default of the whole import. */
import { element, fill } from "../elements/element.js";

export const MODES = {
  copy: {
    name: "Copy",
    short: "stored here, editable",
    text: "The page's text is stored in this workspace and can be edited. Later changes in Confluence do not reach it.",
  },
  link: {
    name: "Link",
    short: "always Confluence's text",
    text: "Only a reference is stored. Confluence stays the source of truth; its current text is read whenever it is needed.",
  },
};

/** `words`: what the choice holds for. */
export const modeStep = (words) => ({
  name: "Copy or link",
  missing: (draft) => (draft.mode ? null : "Choose copy or link first."),
  draw(room, draft) {
    fill(
      room,
      element("h2", { id: "step-heading" }, "Copy or link?"),
      element("p", { class: "soft" }, words),
      element(
        "fieldset",
        {},
        element("legend", { class: "unseen" }, "Copy or link"),
        element("div", { class: "modes" }, modeChoice(draft, "copy"), modeChoice(draft, "link")),
      ),
    );
  },
});

function modeChoice(draft, mode) {
  const choose = () => {
    draft.mode = mode;
  };
  return element(
    "label",
    { class: "choice" },
    element("input", { type: "radio", name: "mode", value: mode, checked: draft.mode === mode, change: choose }),
    element("span", {}, element("strong", {}, MODES[mode].name), element("small", {}, MODES[mode].text)),
  );
}

/** A select that lets one document differ from the default. `choice.mode` null: as the import. */
export function modeOverride(label, draft, choice) {
  const option = (value, text) => element("option", { value, selected: (choice.mode ?? "") === value }, text);
  return element(
    "label",
    { class: "field" },
    element("small", {}, label),
    element(
      "select",
      {
        change: (event) => {
          choice.mode = event.target.value || null;
        },
      },
      option("", `${MODES[draft.mode].name} (as the import)`),
      option("copy", `Copy: ${MODES.copy.short}`),
      option("link", `Link: ${MODES.link.short}`),
    ),
  );
}
