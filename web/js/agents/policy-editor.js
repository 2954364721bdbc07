/** An agent's rights as a form: five groups, each with its level and two switches; profiles are something to begin with. */
import { element } from "../elements/element.js";
import { GROUPS, LEVELS, PROFILES, READ_ONLY_BY_DESIGN } from "./agent-words.js";

/** `profiles`, `policy`: as the API gives them. Answers `{node, value()}`; `value()` is a policy to send. */
export function policyEditor(profiles, policy) {
  const rows = Object.fromEntries(Object.keys(GROUPS).map((group) => [group, groupRow(group, policy[group])]));
  const value = () => Object.fromEntries(Object.entries(rows).map(([group, row]) => [group, row.value()]));
  const chips = profiles.map((each) => {
    const begin = () => Object.entries(rows).forEach(([group, row]) => row.set(each.policy[group]));
    const chip = element("button", { type: "button", class: "chip", click: () => [begin(), mark()] }, PROFILES[each.profile] ?? each.profile);
    return { chip, policy: each.policy };
  });
  const mark = () =>
    chips.forEach(({ chip, policy: theirs }) => chip.setAttribute("aria-pressed", String(isSame(theirs, value()))));
  const node = element(
    "div",
    { change: mark },
    element("p", { class: "soft", id: "profiles" }, "Begin with a profile, then change what you like."),
    element("ul", { class: "chips", "aria-labelledby": "profiles" }, chips.map(({ chip }) => element("li", {}, chip))),
    element("div", { class: "policy" }, Object.values(rows).map((row) => row.node)),
  );
  mark();
  return { node, value };
}

function groupRow(group, given) {
  const [name, text] = GROUPS[group];
  const offered = Object.entries(LEVELS).filter(([level]) => level !== "read_write" || !READ_ONLY_BY_DESIGN.has(group));
  const level = element("select", { "aria-label": `${name}: level` }, offered.map(([value, words]) => element("option", { value }, words)));
  const deletes = element("input", { type: "checkbox", "aria-label": `${name}: allow delete` });
  const asks = element("input", { type: "checkbox", "aria-label": `${name}: require approval` });
  const writes = () => level.value === "read_write";
  const set = (policy) => {
    level.value = policy.level;
    deletes.checked = policy.allow_delete;
    asks.checked = policy.require_approval;
    draw();
  };
  const draw = () => {
    switches.hidden = !writes();
  };
  const change = () => {
    // Whoever grants writing by hand begins with the careful setting of both switches.
    deletes.checked = false;
    asks.checked = writes();
    draw();
  };
  level.addEventListener("change", change);
  const switches = element(
    "div",
    { class: "switches" },
    element("label", {}, deletes, " Allow delete"),
    element("label", {}, asks, " Require approval"),
  );
  set(given);
  const value = () =>
    writes() ? { level: level.value, allow_delete: deletes.checked, require_approval: asks.checked } : { level: level.value };
  const node = element(
    "fieldset",
    { "data-group": group },
    element("legend", {}, name, " ", element("small", {}, text)),
    element("div", { class: "row" }, level, switches),
  );
  return { node, set, value };
}

/** The switches count only where writing is granted. */
function isSame(one, other) {
  return Object.keys(GROUPS).every((group) => {
    const [mine, theirs] = [one[group], other[group]];
    const switched = mine.allow_delete === theirs.allow_delete && mine.require_approval === theirs.require_approval;
    return mine.level === theirs.level && (mine.level !== "read_write" || switched);
  });
}
