/** Three ways to a page, as tabs: search titles in a space, browse its tree, paste an address. */
import { element, fill } from "../elements/element.js";
import { pageAddress } from "./page-address.js";
import { pageSearch } from "./page-search.js";
import { pageTree } from "./page-tree.js";
import { spaceChooser } from "./space-chooser.js";

const WAYS = [
  ["search", "Search", (room, context) => spaceChooser(room, context, pageSearch)],
  ["tree", "Browse", (room, context) => spaceChooser(room, context, pageTree)],
  ["address", "Paste link", pageAddress],
];

/**
 * `onChoose(page, chosen)` is called with `{id, title, url}`. `memory.space` keeps the space over tabs and steps. With
 * `isChosen(page)` several pages may be chosen, and taken back.
 */
export function pageChooser(context) {
  const panel = element("div", { role: "tabpanel", id: "way", tabindex: "-1" });
  const tabs = WAYS.map(([key, label]) =>
    element("button", { type: "button", role: "tab", id: `way-${key}`, "aria-controls": "way" }, label),
  );
  const choose = (index, { focus = true } = {}) => {
    tabs.forEach((tab, at) => {
      tab.setAttribute("aria-selected", String(at === index));
      tab.tabIndex = at === index ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", tabs[index].id);
    const room = element("div", {});
    fill(panel, room);
    WAYS[index][2](room, context);
    if (focus) tabs[index].focus();
  };
  const bar = element("div", { class: "tabs", role: "tablist", "aria-label": "How to find the page" }, tabs);
  tabs.forEach((tab, index) => tab.addEventListener("click", () => choose(index)));
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = tabs.indexOf(document.activeElement);
    if (step && at >= 0) choose((at + step + tabs.length) % tabs.length);
  });
  choose(0, { focus: false });
  return element("div", {}, bar, panel);
}
