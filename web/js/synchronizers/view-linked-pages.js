/** The pages of a synchronizer, each with the state of its link and its issue; selecting pages, where people do. */
import { get, path, remove } from "../api/api.js";
import { announce } from "../elements/announce.js";
import { busy, whilePressed } from "../elements/busy.js";
import { confirmed } from "../elements/dialog.js";
import { element, field, fill, outward } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { viewHead } from "../elements/view-head.js";
import { watch } from "../elements/watch.js";
import { selectPage } from "./select-page.js";
import { LINK_STATES, nameOf } from "./synchronizer-words.js";

const ROWS = 50;

export async function show(place, { id, signal }) {
  const head = element("div", {});
  const outcome = element("div", { class: "outcome" });
  const list = element("div", {});
  const states = [["", "All"], ...Object.entries(LINK_STATES).map(([state, [words]]) => [state, words])];
  const state = element("select", {}, states.map(([value, words]) => element("option", { value }, words)));
  const view = { id, signal, head, outcome, list, state, synchronizer: null };
  state.addEventListener("change", () => view.refresh());
  fill(place, head, field("Show", state), outcome, list);
  view.refresh = watch(signal, () => first(view));
  try {
    view.synchronizer = await busy(list, "Reading the synchronizer…", () => get(path`/synchronizers/${id}`, { signal }));
    drawHead(view);
    await busy(list, "Reading the pages…", view.refresh);
  } catch (error) {
    showProblem(list, error, { retry: () => show(fill(place), { id, signal }) });
  }
}

function drawHead(view) {
  const { synchronizer, signal, outcome } = view;
  const choose = element("button", { type: "button", class: "primary" }, "Select a page");
  const select = async () => {
    try {
      if (!(await selectPage(synchronizer, signal))) return;
      announce("The page is selected. Its issue is being created.");
      await view.refresh();
    } catch (error) {
      showProblem(outcome, error);
    }
  };
  choose.addEventListener("click", () => whilePressed(choose, select));
  const trail = [["Synchronizers", "#/synchronizers"], [nameOf(synchronizer), path`#/synchronizers/${synchronizer.id}`]];
  fill(view.head, viewHead("Pages and issues", { trail, aside: synchronizer.mode === "selected" && choose }));
}

/** The beginning of the list, drawn anew. Answers whether an issue is on its way, which is worth another look. */
async function first(view) {
  try {
    const answer = await read(view, null);
    const rows = element("ul", { class: "runs" }, answer.items.map((link) => row(view, link)));
    const more = element("div", {});
    const held = view.list.contains(document.activeElement) && document.activeElement.closest("[data-page]")?.dataset.page;
    fill(view.list, rows, more);
    drawMore(view, rows, more, answer);
    if (held) rows.querySelector(`[data-page="${CSS.escape(held)}"] a`)?.focus({ preventScroll: true }); // the keyboard stays
    return answer.items.some(({ state, failure }) => state === "creating" && failure === null);
  } catch (error) {
    showProblem(view.list, error, { retry: view.refresh });
    return false;
  }
}

const read = ({ id, signal, state }, cursor) =>
  get(path`/synchronizers/${id}/pages`, { query: { limit: ROWS, state: state.value, cursor }, signal });

function drawMore(view, rows, more, answer) {
  const press = async () => {
    try {
      const next = await busy(fill(more), "Reading the pages…", () => read(view, answer.next));
      rows.append(...next.items.map((link) => row(view, link)));
      drawMore(view, rows, more, next);
    } catch (error) {
      showProblem(more, error, { retry: press });
    }
  };
  if (answer.next) fill(more, element("div", { class: "actions" }, element("button", { type: "button", click: press }, "More pages")));
  else fill(more, !rows.hasChildNodes() && element("p", { class: "soft" }, "There is none."));
}

function row(view, link) {
  const [words, tone] = LINK_STATES[link.state] ?? [link.state, ""];
  const address = path`#/synchronizers/${view.id}/pages/${link.page_id}`;
  return element(
    "li",
    { class: "card linked", "data-page": link.page_id, "data-state": link.state },
    element("a", { class: "title", href: address }, link.title),
    element("span", { class: `tag ${tone}` }, words),
    link.issue && outward(link.issue.url, link.issue.key),
    element(
      "small",
      {},
      "since ",
      element("time-ago", { datetime: link.since }),
      link.selected_by && `, selected by ${link.selected_by}`,
      link.url && [" ", outward(link.url, "Page in Confluence")],
    ),
    view.synchronizer.mode === "selected" && deselectButton(view, link),
    link.failure && element("p", { class: "note warn" }, "What stood in its way last: ", element("code", {}, link.failure)),
    link.duplicates.length > 0 &&
      element("p", { class: "note warn" }, `Made more than once, because an answer was lost: ${link.duplicates.join(", ")}. Delete what is too much in Jira.`),
  );
}

function deselectButton(view, link) {
  const press = async () => {
    const words = element("p", {}, "The page and its issue have nothing to do with each other any more. Both stay as they are.");
    if (!(await confirmed("Take this page back?", words, "Take it back"))) return;
    try {
      await busy(fill(view.outcome), "Taking it back…", () => remove(path`/synchronizers/${view.id}/pages/${link.page_id}`));
      announce("The page is not selected any more.");
      await view.refresh();
    } catch (error) {
      showProblem(view.outcome, error, { retry: press });
    }
  };
  const button = element("button", { type: "button", class: "quiet", "aria-label": `Take back ${link.title}`, click: () => whilePressed(button, press) }, "Take back");
  return button;
}
