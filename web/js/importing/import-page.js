/** The steps that choose a page: the PRD's (required) and the TRD's (may be left out). */
import { element, fill, outward } from "../elements/element.js";
import { pageChooser } from "../finding/page-chooser.js";
import { accountLine } from "./import-connection.js";
import { modeOverride } from "./import-mode.js";

const WORDS = {
  prd: ["Which page is the PRD?", "The product requirements; the feature takes its name from this page."],
  trd: ["Is there a TRD page?", "The technical requirements. Without one the feature gets an empty TRD to write."],
};

export function pageStep({ role, name, required }) {
  return {
    name,
    missing(draft) {
      if (required && !draft[role]) return "Choose a page first.";
      const other = draft[role === "prd" ? "trd" : "prd"];
      return draft[role] && other?.page.id === draft[role].page.id ? "PRD and TRD must be different pages." : null;
    },
    draw(room, draft, { redraw }) {
      const [title, text] = WORDS[role];
      const chosen = element("div", { "aria-live": "polite" });
      const choose = (page) => {
        draft[role] = page && { page, mode: draft[role]?.mode ?? null };
        // What was suggested belongs to the page that was chosen before; what was typed stays.
        if (role === "prd") draft.suggestion = null;
        fill(chosen, page && chosenPage(draft, role, choose));
      };
      fill(
        room,
        element("h2", { id: "step-heading" }, title),
        element("p", { class: "soft" }, text),
        accountLine(draft, redraw),
        pageChooser({ connection: draft.connection, onChoose: choose, signal: draft.signal, memory: draft }),
        chosen,
      );
      if (draft[role]) fill(chosen, chosenPage(draft, role, choose));
    },
  };
}

function chosenPage(draft, role, choose) {
  const { page } = draft[role];
  return element(
    "div",
    { class: "chosen" },
    element("p", {}, element("strong", {}, page.title), " ", outward(page.url, "View in Confluence")),
    modeOverride(`Import the ${role.toUpperCase()} as`, draft, draft[role]),
    element("button", { type: "button", class: "quiet", click: () => choose(null) }, "Remove"),
  );
}
