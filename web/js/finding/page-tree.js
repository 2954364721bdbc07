/** The page tree of the chosen space; branches are read when they are opened. */
import { getAll, path, post } from "../api/api.js";
import { busy } from "../elements/busy.js";
import { element, fill } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";

export async function pageTree(room, context) {
  try {
    const tops = await busy(room, "Reading the space…", async (say) => {
      const home = await homeOf(context);
      return home ? [home] : topsOf(await allPages(context, say));
    });
    const words = tops.length > 0 ? null : element("p", { class: "soft" }, "This space has no pages that the account may see.");
    fill(room, words, element("ul", { class: "tree", "aria-label": "Pages" }, tops.map((page) => branch(page, context))));
    // A single top is opened at once: nobody browses a space to see the name of its home page.
    if (tops.length === 1) room.querySelector(".toggle").click();
  } catch (error) {
    showProblem(room, error, { retry: () => pageTree(fill(room), context) });
  }
}

/** The space's home page, where its tree begins; null if it has none that the account may see. */
async function homeOf({ connection, memory: { space }, signal }) {
  if (!space.homepage_id) return null;
  try {
    const { url } = withAddress({ id: space.homepage_id }, connection);
    return await post(path`/connections/${connection.id}/resolve`, { url }, { signal });
  } catch (error) {
    if (error.code === "page_not_found") return null;
    throw error;
  }
}

function allPages({ connection, memory: { space }, signal }, say) {
  const address = path`/connections/${connection.id}/spaces/${space.key}/pages`;
  return getAll(address, { signal, onMore: (count) => say(`Reading the space… ${count} pages`) });
}

/** Pages without a parent; where the account may not see the top, those whose parent it cannot see. */
function topsOf(pages) {
  const tops = pages.filter((page) => page.parent_id === null);
  if (tops.length > 0) return tops;
  const seen = new Set(pages.map((page) => page.id));
  return pages.filter((page) => !seen.has(page.parent_id));
}

function branch(node, context) {
  const children = element("ul", { hidden: true });
  const outcome = element("div", {});
  const hasText = node.has_text ?? true;
  const toggle = element("button", {
    type: "button",
    class: "toggle",
    "aria-expanded": "false",
    "aria-label": `Pages under ${node.title}`,
    click: () => open(node, toggle, children, outcome, context),
  });
  const choose = (event) => context.onChoose(withAddress(node, context.connection), event.target.checked);
  const kind = context.isChosen ? { type: "checkbox", checked: context.isChosen(node) } : { type: "radio" };
  return element(
    "li",
    {},
    element(
      "div",
      { class: "branch" },
      toggle,
      hasText
        ? element("label", {}, element("input", { ...kind, name: "page", value: node.id, change: choose }), element("span", {}, node.title))
        : element("span", { class: "folder" }, node.title, " ", element("span", { class: "tag" }, node.type ?? "folder")),
    ),
    outcome,
    children,
  );
}

async function open(node, toggle, children, outcome, context) {
  const opening = toggle.getAttribute("aria-expanded") === "false";
  toggle.setAttribute("aria-expanded", String(opening));
  children.hidden = !opening;
  if (!opening || children.hasChildNodes()) return;
  const { connection, signal } = context;
  try {
    const address = path`/connections/${connection.id}/pages/${node.id}/children`;
    const items = await busy(outcome, "Reading…", () => getAll(address, { signal }));
    fill(children, items.length > 0 ? items.map((item) => branch(item, context)) : element("li", { class: "soft" }, "No pages below."));
    fill(outcome);
  } catch (error) {
    showProblem(outcome, error, { retry: () => open(node, toggle, children, outcome, context) });
    toggle.setAttribute("aria-expanded", "false");
  }
}

/** A child in the tree may come without its address: the site's own form by id is always right. */
function withAddress(node, { site }) {
  const url = node.url ?? `${site.url}/wiki/pages/viewpage.action?pageId=${encodeURIComponent(node.id)}`;
  return { ...node, url };
}
