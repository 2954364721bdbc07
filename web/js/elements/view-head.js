/** What a view begins with: the way to it, its name, a sentence about it, and what can be done from here; its title. */
import { element } from "./element.js";

/** `trail`: [words, address] each, the address left out where it leads nowhere. `about`, `aside`: words or nodes. */
export function viewHead(title, { trail = [], about = null, aside = null } = {}) {
  return element(
    "div",
    { class: "head" },
    element(
      "div",
      {},
      trail.length > 0 && element("p", { class: "trail" }, trail.map(step)),
      element("h1", { tabindex: "-1" }, title),
      about && element("p", {}, about),
    ),
    aside,
  );
}

function step([words, address], index) {
  return [index > 0 && " / ", address ? element("a", { href: address }, words) : words];
}

/** A link that looks like what it is used as: a button. */
export const linkButton = (words, address, properties = {}) => element("a", { class: "button", href: address, ...properties }, words);

export function setTitle(text) {
  document.title = `${text} · Confluence connector`;
}

/** A view's heading takes the focus, so that a keyboard or screen reader starts where the eye does. */
export function focusHeading(place) {
  const heading = place.querySelector("h1") ?? place;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  scrollTo({ top: 0 });
}
