/** The step of a bulk import that chooses: several pages, or one with everything below it. */
import { element, fill, outward } from "../elements/element.js";
import { pageChooser } from "../finding/page-chooser.js";
import { accountLine } from "./import-connection.js";

const MOST_PAGES = 200;
const KINDS = {
  pages: ["Pages that I choose", `Up to ${MOST_PAGES}, one by one.`],
  tree: ["A page and all below it", "The page at the top, its child pages and theirs."],
};

export const selectionStep = {
  name: "Pages",
  missing({ kind, pages, tree }) {
    if (kind === "tree") return tree ? null : "Choose the page at the top first.";
    if (pages.size > MOST_PAGES) return `At most ${MOST_PAGES} pages go at once. Leave some out, or take a page and all below it.`;
    return pages.size > 0 ? null : "Choose at least one page first.";
  },
  draw(room, draft, { redraw }) {
    const chooser = element("div", {});
    const chosen = element("div", { "aria-live": "polite" });
    const change = (kind) => {
      draft.kind = kind;
      drawChooser(chooser, chosen, draft);
    };
    fill(
      room,
      element("h2", { id: "step-heading" }, "Which pages?"),
      element("p", { class: "soft" }, "Each page becomes a feature of its own, named after what the page says."),
      accountLine(draft, redraw),
      element(
        "fieldset",
        {},
        element("legend", { class: "unseen" }, "What to import"),
        element("div", { class: "modes" }, Object.keys(KINDS).map((kind) => kindChoice(kind, draft.kind === kind, () => change(kind)))),
      ),
      chooser,
      chosen,
    );
    drawChooser(chooser, chosen, draft);
  },
};

function kindChoice(kind, checked, change) {
  const [name, text] = KINDS[kind];
  return element(
    "label",
    { class: "choice" },
    element("input", { type: "radio", name: "kind", value: kind, checked, change }),
    element("span", {}, element("strong", {}, name), element("small", {}, text)),
  );
}

function drawChooser(place, chosen, draft) {
  const { connection, signal, pages } = draft;
  const context = { connection, signal, memory: draft };
  if (draft.kind === "tree") {
    const choose = (page) => {
      draft.tree = page;
      drawTree(chosen, draft);
    };
    fill(place, pageChooser({ ...context, onChoose: choose }));
    drawTree(chosen, draft);
    return;
  }
  const choose = (page, taken) => {
    if (taken) pages.set(page.id, page);
    else pages.delete(page.id);
    drawPages(place, chosen, draft);
  };
  fill(place, pageChooser({ ...context, onChoose: choose, isChosen: ({ id }) => pages.has(id) }));
  drawPages(place, chosen, draft);
}

function drawTree(chosen, { tree }) {
  const words = tree && element("p", {}, element("strong", {}, tree.title), " and all below it ", outward(tree.url, "View in Confluence"));
  fill(chosen, tree && element("div", { class: "chosen" }, words));
}

function drawPages(place, chosen, { pages }) {
  const leaveOut = (id) => {
    pages.delete(id);
    const box = place.querySelector(`input[type="checkbox"][value="${CSS.escape(id)}"]`);
    if (box) box.checked = false;
    drawPages(place, chosen, { pages });
  };
  const row = ({ id, title }) =>
    element("li", {}, title, " ", element("button", { type: "button", class: "quiet", "aria-label": `Leave out ${title}`, click: () => leaveOut(id) }, "Leave out"));
  const count = `${pages.size} ${pages.size === 1 ? "page" : "pages"} chosen`;
  fill(
    chosen,
    pages.size > 0 && element("div", { class: "chosen" }, element("p", {}, element("strong", {}, count)), element("ul", { class: "picked" }, [...pages.values()].map(row))),
  );
}
