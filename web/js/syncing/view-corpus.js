/** The corpus of a sync: its pages by title, and one page as it lies there. */
import { get, path } from "../api/api.js";
import { busy } from "../elements/busy.js";
import { element, field, fill, outward } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { readOn } from "../elements/read-on.js";
import { linkButton, viewHead } from "../elements/view-head.js";

const PAUSE_MS = 300;
const WORDS = { reading: "Reading the pages…", more: "More pages", none: "No page has that in its title." };

export async function show(place, { id, signal }) {
  const list = element("div", {});
  const box = element("input", { type: "search" });
  const view = { id, signal, list, box, timer: null };
  signal.addEventListener("abort", () => clearTimeout(view.timer));
  box.addEventListener("input", () => {
    clearTimeout(view.timer);
    view.timer = setTimeout(() => search(view), PAUSE_MS);
  });
  const head = viewHead("Synced pages", { about: "What the sync keeps of the site.", aside: linkButton("Back to the sync", path`#/connections/${id}/sync`) });
  fill(place, head, field("Find a page", box, "By any part of its title."), list);
  await search(view);
}

async function search(view) {
  const rows = element("ul", { class: "corpus" });
  const more = element("div", {});
  fill(view.list, rows, more);
  const q = view.box.value.trim();
  const read = (query) => get(path`/connections/${view.id}/corpus/pages`, { query: { ...query, q }, signal: view.signal });
  await readOn({ rows, more, read, row: (page) => pageRow(view, page), words: WORDS });
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
