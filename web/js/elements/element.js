/**
 * An element with attributes and children. The only way this console makes DOM: text is always text, never HTML.
 *
 * `properties`: a function is a listener for the event of that name; true/false set or leave out a boolean attribute;
 * null and undefined leave the attribute out; `value` is set as a property, since the attribute is only the default.
 * `children`: nodes and strings; null, undefined and false are left out, arrays are flattened.
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...present(children));
  return node;
}

/** Replaces what `parent` holds, by the same rules for children. */
export function fill(parent, ...children) {
  parent.replaceChildren(...present(children));
  return parent;
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

let serial = 0;

/** A labelled control: `control` gets an id, the label points at it and the hint describes it. */
export function field(label, control, hint = null, properties = {}) {
  control.id ||= `control-${(serial += 1)}`;
  if (hint) control.setAttribute("aria-describedby", `${control.id}-hint`);
  return element(
    "div",
    { class: "field", ...properties },
    element("label", { for: control.id }, label),
    control,
    hint && element("small", { id: `${control.id}-hint` }, hint),
  );
}

/** A link that leaves the console. Opens apart; says so to screen readers; sends no referrer, gives no opener. */
export function outward(url, text, properties = {}) {
  return element(
    "a",
    { href: webAddress(url), target: "_blank", rel: "noopener noreferrer", ...properties },
    text,
    element("span", { class: "unseen" }, " (opens in a new tab)"),
  );
}

/** The address if it is http or https, else null: an answer of the API may not bring in `javascript:`. */
export function webAddress(url) {
  try {
    return ["http:", "https:"].includes(new URL(url).protocol) ? url : null;
  } catch {
    return null;
  }
}
