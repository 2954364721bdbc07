/** The rule of a synchronizer in a dialog: which pages, which issue type, on or off. */
import { get, patch, path } from "./api.js";
import { whilePressed } from "./busy.js";
import { ask } from "./dialog.js";
import { element } from "./element.js";
import { showProblem } from "./problem.js";
import { ruleFields } from "./synchronizer-rule.js";

/** Resolves true once it is saved, false when it was left. Raises ApiError where the issue types cannot be read. */
export async function askRule(synchronizer, signal) {
  const { connection_id: connection, project_key: project } = synchronizer;
  const types = await get(path`/connections/${connection}/jira/projects/${project}/issue-types`, { signal });
  return (await ask("Settings", (close) => form(synchronizer, types.items, close))) === true;
}

function form(synchronizer, types, close) {
  const rule = ruleFields(synchronizer);
  rule.offer(types);
  const enabled = element("input", { type: "checkbox", checked: synchronizer.enabled });
  const outcome = element("div", { class: "outcome" });
  const press = element("button", { class: "primary" }, "Save");
  const submit = (event) => {
    event.preventDefault();
    whilePressed(press, async () => {
      try {
        await patch(path`/synchronizers/${synchronizer.id}`, { ...rule.value(), enabled: enabled.checked });
        close(true);
      } catch (error) {
        showProblem(outcome, error);
      }
    });
  };
  return element(
    "form",
    { submit },
    element("p", {}, element("label", {}, enabled, " Switched on")),
    rule.node,
    outcome,
    element("div", { class: "actions" }, element("button", { type: "button", click: () => close(false) }, "Cancel"), press),
  );
}
