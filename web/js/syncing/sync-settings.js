/** The setting of a sync in a dialog: on or off, how often, which spaces. */
import { get, path, put } from "../api/api.js";
import { element, field } from "../elements/element.js";
import { askSettings } from "../elements/settings-dialog.js";

const LEAST_MINUTES = 15;
const MOST_MINUTES = 1440;

/** Resolves true once it is saved, false when it was left. Raises ApiError where the setting cannot be read. */
export async function askSync(id, signal) {
  const address = path`/connections/${id}/sync`;
  const sync = await get(address, { signal });
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
  const fields = [
    element("p", {}, element("label", {}, enabled, " Sync on a schedule")),
    field("Minutes between runs", minutes, `${LEAST_MINUTES} to ${MOST_MINUTES}`),
    field("Only these spaces", include, "Keys, separated by commas. Empty: all that the account sees."),
    field("Without these spaces", exclude, "Keys, separated by commas."),
  ];
  const wanted = () => ({
    enabled: enabled.checked,
    interval_minutes: Number(minutes.value),
    include_spaces: keysOf(include.value),
    exclude_spaces: keysOf(exclude.value),
  });
  return askSettings("Sync settings", fields, () => put(address, wanted(), { signal }));
}

const keysOf = (text) => text.split(",").map((key) => key.trim()).filter(Boolean);
