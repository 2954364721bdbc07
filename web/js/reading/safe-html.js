/**
 * The API's HTML as nodes of ours. The API has sanitised it already; this is the second lock, so that a mistake there
 * is no mistake here: the text is parsed in a document of its own, in which nothing runs or loads, and rebuilt from a
 * short list of elements and attributes. Everything else leaves its text behind, or nothing.
 *
 * Pictures are not loaded (they lie at Atlassian, behind the member's own sign-in): their place and description stay.
 * Headings go one level down, below the page's own title.
 */
import { element, outward, webAddress } from "../elements/element.js";

const KEPT = new Set(
  ("abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure hr i ins kbd " +
    "li mark ol p pre q s samp section small span strong sub summary sup table tbody td tfoot th thead tr u ul var").split(" "),
);
const DROPPED = new Set(
  ("script style template iframe frame frameset object embed applet noscript svg math form button select textarea title " +
    "head link meta base x-style audio video canvas").split(" "),
);
const CLASSES = new Set(
  "alert alert-note alert-tip alert-important alert-warning alert-caution alert-title task".split(" "),
);
const NUMBERS = { ol: ["start"], td: ["colspan", "rowspan"], th: ["colspan", "rowspan"] };
const ANCHOR = "doc-";
const TAG = /<[a-z](?:[^>"']|"[^"]*"|'[^']*')*>/gi;
const ALIGNMENT = /text-align\s*:\s*(left|center|right)/i;

export function fragmentOf(html) {
  const parsed = new DOMParser().parseFromString(withoutInline(html), "text/html");
  const fragment = document.createDocumentFragment();
  // Each piece of work: whose children to copy, and where to. No recursion: a page may be nested very deep.
  const work = [[parsed.body, fragment]];
  while (work.length > 0) {
    const [from, to] = work.pop();
    for (const node of from.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) to.append(node.data);
      const copy = node.nodeType === Node.ELEMENT_NODE && copyOf(node);
      if (!copy) continue;
      to.append(copy.outer);
      if (copy.inner) work.push([node, copy.inner]);
    }
  }
  return fragment;
}

/**
 * Browsers hold inline styles and handlers against our Content-Security-Policy while they parse, even in a document
 * that is never shown. Renamed, they are data: a cell's alignment is taken from it. What this misses is dropped all the
 * same, and costs a warning in the browser's console.
 */
function withoutInline(html) {
  const rename = (tag) =>
    tag
      .replace(/^<base\b.*/is, "")
      .replace(/^<(style)\b/i, "<x-$1")
      .replace(/([\s/"'])(style|on\w+)(?=\s*=)/gi, "$1data-$2");
  return html.replace(/<\/(style)\b/gi, "</x-$1").replace(TAG, rename);
}

/** `{outer, inner}`: what stands for the element, and where its children go (null: nowhere). Null: leave it out. */
function copyOf(node) {
  const name = node.localName;
  if (DROPPED.has(name)) return null;
  const special = { a: link, img: picture, input: tickBox, table }[name];
  if (special) return special(node);
  const level = /^h([1-6])$/.exec(name)?.[1];
  const copy = element(level ? `h${Math.min(Number(level) + 1, 6)}` : KEPT.has(name) ? name : "span");
  for (const attribute of NUMBERS[name] ?? []) {
    const value = node.getAttribute(attribute);
    if (/^\d{1,4}$/.test(value ?? "")) copy.setAttribute(attribute, value);
  }
  const alignment = ALIGNMENT.exec(node.dataset.style ?? "")?.[1] ?? node.getAttribute("align")?.toLowerCase();
  if (["center", "right"].includes(alignment)) copy.classList.add(alignment);
  for (const known of node.classList) if (CLASSES.has(known)) copy.classList.add(known);
  if (name === "pre") copy.tabIndex = 0;
  if (node.id) copy.id = ANCHOR + node.id;
  if (node.title) copy.title = node.title;
  return { outer: copy, inner: copy };
}

function link(node) {
  const target = node.getAttribute("href") ?? "";
  if (target.startsWith("#")) return jump(target.slice(1));
  if (/^mailto:[^?]+$/i.test(target)) return same(element("a", { href: target }));
  if (!webAddress(target)) return same(element("span"));
  const inner = element("span");
  return { outer: outward(target, inner), inner };
}

/** A link within the page. The address bar belongs to the console, so the jump is made by hand. */
function jump(anchor) {
  const click = (event) => {
    event.preventDefault();
    const goal = document.getElementById(ANCHOR + anchor);
    if (!goal) return;
    goal.tabIndex = -1;
    goal.focus();
  };
  return same(element("a", { href: location.hash, click }));
}

function picture(node) {
  const words = node.getAttribute("alt") || "Picture";
  const address = webAddress(node.getAttribute("src") ?? "");
  if (!address) return { outer: element("span", {}, words), inner: null }; // an emoticon: its words are all there is
  const mark = element("span", { "aria-hidden": "true" }, "▧");
  return { outer: element("span", { class: "picture" }, mark, outward(address, words)), inner: null };
}

function tickBox(node) {
  if (node.getAttribute("type") !== "checkbox") return null;
  const done = node.hasAttribute("checked");
  const box = element("span", { role: "img", "aria-label": done ? "done" : "to do" }, done ? "☑ " : "☐ ");
  return { outer: box, inner: null };
}

/** Wide tables, like code, scroll by themselves, by keyboard too, and never push the page sideways. */
function table() {
  const inner = element("table");
  const outer = element("div", { class: "wide-table", tabindex: "0", role: "region", "aria-label": "Table" }, inner);
  return { outer, inner };
}

const same = (node) => ({ outer: node, inner: node });
