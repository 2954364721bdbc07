/** The corpus of a sync: its pages by title, and one page as it lies there. */
import { get, path } from "./api.js";
import { busy } from "./busy.js";
import { element, field, fill, outward } from "./element.js";
import { showProblem } from "./problem.js";

const PAUSE_MS = 300;
const ROWS = 50;

export async function show(place, { id, signal }) {
  const list = element("div", {});
  const box = element("input", { type: "search" });
  const view = { id, signal, list, box, asked: 0, timer: null };
  signal.addEventListener("abort", () => clearTimeout(view.timer));
  box.addEventListener("input", () => {
    clearTimeout(view.timer);
    view.timer = setTimeout(() => search(view), PAUSE_MS);
  });
  fill(
    place,
    element(
      "div",
      { class: "head" },
      element("div", {}, element("h1", {}, "Synced pages"), element("p", {}, "What the sync keeps of the site.")),
      element("a", { class: "button", href: `#/connections/${encodeURIComponent(id)}/sync` }, "Back to the sync"),
    ),
    field("Find a page", box, "By any part of its title."),
    list,
  );
  await search(view);
}

async function search(view) {
  const rows = element("ul", { class: "corpus" });
  const more = element("div", { class: "actions" });
  fill(view.list, rows, more);
  await next(view, rows, more, null, (view.asked += 1));
}

/** One more answer. A later search leaves an earlier one's rows behind. */
async function next(view, rows, more, cursor, asked) {
  const query = { limit: ROWS, q: view.box.value.trim(), cursor };
  fill(more);
  try {
    const answer = await busy(more, "Reading the pages…", () =>
      get(path`/connections/${view.id}/corpus/pages`, { query, signal: view.signal }),
    );
    if (asked !== view.asked) return;
    rows.append(...answer.items.map((page) => pageRow(view, page)));
    if (answer.next) {
      const go = () => next(view, rows, more, answer.next, asked);
      fill(more, element("button", { type: "button", click: go }, "More pages"));
    } else if (!rows.hasChildNodes()) {
      fill(more, element("p", { class: "soft" }, "No page has that in its title."));
    }
  } catch (error) {
    showProblem(more, error, { retry: () => next(view, rows, more, cursor, asked) });
  }
}

function pageRow(view, page) {
  const text = element("div", {});
  const unfolded = async (event) => {
    if (!event.target.open || text.hasChildNodes()) return;
    try {
      const address = path`/connections/${view.id}/corpus/pages/${page.id}`;
      const { markdown } = await busy(text, "Reading the page…", () => get(address, { signal: view.signal }));
      fill(text, element("pre", { tabindex: "0", "aria-label": `Text of ${page.title}` }, markdown));
    } catch (error) {
      showProblem(text, error);
    }
  };
  return element(
    "li",
    { class: "card" },
    element("details", { toggle: unfolded }, element("summary", {}, page.title), text),
    element(
      "small",
      {},
      `${page.space_key}, version ${page.version}`,
      page.author && `, by ${page.author}`,
      page.labels.length > 0 && `, ${page.labels.join(", ")}`,
      " ",
      outward(page.url, "Open in Confluence"),
    ),
  );
}
