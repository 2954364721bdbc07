/** The fields of an issue as a form: those that can be written in plain words. The others are shown, and edited in Jira. */
import { whilePressed } from "../elements/busy.js";
import { element, field, outward } from "../elements/element.js";

/** `save(fields)` gets what was changed, by field id, as Jira takes it. */
export function issueFields(issue, save) {
  const rows = issue.fields.map(fieldRow);
  const known = rows.filter(Boolean);
  const others = issue.fields.filter((_, index) => !rows[index]);
  const button = element("button", { class: "primary" }, "Save the fields");
  const hint = element("p", { class: "soft", role: "status" });
  const submit = (event) => {
    event.preventDefault();
    const changed = Object.fromEntries(known.filter((row) => row.changed()).map((row) => [row.id, row.value()]));
    hint.textContent = Object.keys(changed).length > 0 ? "" : "Nothing was changed.";
    if (!hint.textContent) whilePressed(button, () => save(changed));
  };
  return element(
    "form",
    { submit, class: "card" },
    known.map((row) => row.node),
    others.length > 0 &&
      element("p", { class: "soft" }, `Edited in Jira only: ${others.map(({ name }) => name).join(", ")}. `, outward(issue.url, "Open the issue")),
    hint,
    element("div", { class: "actions" }, button),
  );
}

/** `{id, node, value(), changed()}`; null for what has no plain form. */
function fieldRow(given) {
  const control = controlFor(given);
  if (!control) return null;
  const { node, value } = control;
  const before = JSON.stringify(value());
  return { id: given.id, node: field(given.name, node, control.hint ?? null), value, changed: () => JSON.stringify(value()) !== before };
}

function controlFor({ id, type, required, value, options }) {
  if (options) return type === "array" ? null : choiceOf(options, value, required);
  if (type === "string") return line("text", value ?? "", required);
  if (type === "date") return line("date", value ?? "", required);
  if (type === "number") return numberOf(value, required);
  if (type === "document") return documentOf(value, required);
  if (id === "labels") return labelsOf(value ?? []);
  return null;
}

function line(type, value, required) {
  const node = element("input", { type, value, required, autocomplete: "off" });
  return { node, value: () => node.value.trim() || null };
}

function numberOf(value, required) {
  const node = element("input", { type: "number", step: "any", value: value ?? "", required });
  return { node, value: () => (node.value === "" ? null : Number(node.value)) };
}

function labelsOf(labels) {
  const node = element("input", { type: "text", value: labels.join(" "), autocomplete: "off" });
  return { node, value: () => node.value.split(/\s+/).filter(Boolean), hint: "Words, separated by blanks." };
}

function choiceOf(options, value, required) {
  const words = (option) => option.name ?? option.value ?? option.id;
  const option = (each) => element("option", { value: each.id, selected: each.id === value?.id }, words(each));
  const none = (!required || !value) && element("option", { value: "" }, "None");
  const node = element("select", { required }, none, options.filter((each) => each?.id).map(option));
  return { node, value: () => (node.value ? { id: node.value } : null) };
}

/** A document in plain paragraphs is plain words, and is written as such; one with more to it would lose that. */
function documentOf(value, required) {
  const text = plainText(value);
  if (text === null) return null;
  const node = element("textarea", { class: "short", rows: "4", value: text, required });
  return { node, value: () => node.value.trimEnd(), hint: "Plain words; each line becomes a paragraph." };
}

function plainText(document) {
  if (document === null || document === undefined) return "";
  const plain = (node) => node.type === "text" && !node.marks?.length;
  const paragraphs = Array.isArray(document.content) ? document.content : [];
  if (!paragraphs.every((each) => each.type === "paragraph" && (each.content ?? []).every(plain))) return null;
  return paragraphs.map((each) => (each.content ?? []).map(({ text }) => text).join("")).join("\n");
}
