/** The fields of a synchronizer that can be changed later: mode, issue type, Additional CQL, who may act for whom. */
import { element, field, fill } from "../elements/element.js";
import { MODES, PER_PAGE } from "./synchronizer-words.js";

/**
 * `rule`: `{mode, issue_type, cql, allow_fallback}` to begin with. Answers `{node, value(), offer(types)}`; `offer` is told
 * the project's issue types once they are known.
 */
export function ruleFields(rule) {
  let known = null;
  const modes = Object.keys(MODES).map((mode) => modeChoice(mode, rule.mode === mode));
  const type = element("select", { required: true });
  const cql = element("input", { type: "text", maxlength: 1000, value: rule.cql ?? "", autocomplete: "off", spellcheck: "false" });
  const fallback = element("input", { type: "checkbox", checked: rule.allow_fallback });
  const fieldset = element("fieldset", { change: () => draw() }, element("legend", {}, "Which pages have an issue?"), modes);
  const mode = () => fieldset.querySelector("input:checked").value;
  const draw = () => fill(type, typeOptions(known, mode(), type.value || rule.issue_type));
  draw();
  const node = [
    fieldset,
    field("Issue type", type, "A type that demands fields beyond the summary cannot be used."),
    field("Additional CQL", cql, 'May be left empty. One condition more, such as label = "spec"; without “order by”.'),
    element(
      "label",
      { class: "choice" },
      fallback,
      element(
        "span",
        {},
        element("strong", {}, "Help people without Jira"),
        element("small", {}, "Who has no Jira access, and may edit the page, moves its issue on through the technical user. Both names are recorded."),
      ),
    ),
  ];
  const value = () => ({ mode: mode(), issue_type: type.value, cql: cql.value.trim() || null, allow_fallback: fallback.checked });
  const offer = (types) => {
    known = types;
    draw();
  };
  return { node, value, offer };
}

function modeChoice(mode, checked) {
  const [name, text] = MODES[mode];
  return element(
    "label",
    { class: "choice" },
    element("input", { type: "radio", name: "mode", value: mode, checked }),
    element("span", {}, element("strong", {}, name), element("small", {}, text)),
  );
}

function typeOptions(known, mode, chosen) {
  if (known === null) return [element("option", { value: "" }, "Choose a project first")];
  const option = (value, words, properties = {}) => element("option", { value, selected: value === chosen, ...properties }, words);
  return [
    option("", "Choose one"),
    known.map(({ id, name, usable }) => option(id, usable ? name : `${name} (demands more than a synchronizer can give)`, { disabled: !usable })),
    mode === "selected" && option(PER_PAGE, "Chosen for each page"),
  ];
}
