/** A page by its address, in any form Confluence gives: pasted, checked, shown before it is taken. */
import { path, post } from "../api/api.js";
import { busy } from "../elements/busy.js";
import { element, field, fill } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";

export function pageAddress(room, { connection, onChoose, signal }) {
  const box = element("input", { type: "url", required: true, placeholder: `${connection.site.url}/wiki/…`, autocomplete: "off" });
  const outcome = element("div", {});
  const find = async () => {
    fill(outcome);
    try {
      const address = path`/connections/${connection.id}/resolve`;
      const page = await busy(outcome, "Looking it up…", () => post(address, { url: box.value.trim() }, { signal }));
      fill(outcome, element("p", { role: "status" }, "Found: ", element("strong", {}, page.title)));
      onChoose(page, true);
    } catch (error) {
      showProblem(outcome, error, { retry: find });
    }
  };
  const submit = (event) => {
    event.preventDefault();
    find();
  };
  fill(
    room,
    element(
      "form",
      { submit },
      field("Address of the page", box, `Copy it from the browser. It must be on ${connection.site.url}.`),
      element("div", { class: "actions" }, element("button", {}, "Find the page")),
    ),
    outcome,
  );
}
