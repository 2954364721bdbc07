/** The rule of a synchronizer in a dialog: which pages, which issue type, on or off. */
import { get, patch, path } from "../api/api.js";
import { element } from "../elements/element.js";
import { askSettings } from "../elements/settings-dialog.js";
import { ruleFields } from "./synchronizer-rule.js";

/** Resolves true once it is saved, false when it was left. Raises ApiError where the issue types cannot be read. */
export async function askRule(synchronizer, signal) {
  const { id, connection_id: connection, project_key: project } = synchronizer;
  const types = await get(path`/connections/${connection}/jira/projects/${project}/issue-types`, { signal });
  const rule = ruleFields(synchronizer);
  rule.offer(types.items);
  const enabled = element("input", { type: "checkbox", checked: synchronizer.enabled });
  const fields = [element("p", {}, element("label", {}, enabled, " Switched on")), rule.node];
  return askSettings("Settings", fields, () => patch(path`/synchronizers/${id}`, { ...rule.value(), enabled: enabled.checked }));
}
