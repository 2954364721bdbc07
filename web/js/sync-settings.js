/** The setting of a sync in a dialog: on or off, how often, which spaces. */
import { get, path, put } from "./api.js";
import { whilePressed } from "./busy.js";
import { ask } from "./dialog.js";
import { element, field } from "./element.js";
import { showProblem } from "./problem.js";

const LEAST_MINUTES = 15;
const MOST_MINUTES = 1440;

/** Resolves true once it is saved, false when it was left. */
export async function askSettings(id, signal) {
  const address = path`/connections/${id}/sync`;
  const sync = await get(address, { signal });
  const answer = await ask("Sync settings", (close) => form(sync, (wanted) => put(address, wanted, { signal }), close));
  return answer === true;
}

function form(sync, save, close) {
  const enabled = element("input", { type: "checkbox", checked: sync.enabled });
  const minutes = element("input", {
    type: "text",
    inputmode: "numeric",
    pattern: "[0-9]+",
    required: true,
    value: String(sync.interval_minutes),
  });
  const include = element("input", { type: "text", value: sync.include_spaces.join(", ") });
  const exclude = element("input", { type: "text", value: sync.exclude_spaces.join(", ") });
  const outcome = element("div", { class: "outcome" });
  const press = element("button", { class: "primary" }, "Save");
  const wanted = () => ({
    enabled: enabled.checked,
    interval_minutes: Number(minutes.value),
    include_spaces: keysOf(include.value),
    exclude_spaces: keysOf(exclude.value),
  });
  const submit = (event) => {
    event.preventDefault();
    whilePressed(press, async () => {
      try {
        await save(wanted());
        close(true);
      } catch (error) {
        showProblem(outcome, error);
      }
    });
  };
  return element(
    "form",
    { submit },
    element("p", {}, element("label", {}, enabled, " Sync on a schedule")),
    field("Minutes between runs", minutes, `${LEAST_MINUTES} to ${MOST_MINUTES}`),
    field("Only these spaces", include, "Keys, separated by commas. Empty: all that the account sees."),
    field("Without these spaces", exclude, "Keys, separated by commas."),
    outcome,
    element(
      "div",
      { class: "actions" },
      element("button", { type: "button", click: () => close(false) }, "Cancel"),
      press,
    ),
  );
}

const keysOf = (text) => text.split(",").map((key) => key.trim()).filter(Boolean);
