/** Selecting a page of a synchronizer's space, in a dialog: the page by its title, its issue type where people choose it. */
import { get, path, put } from "../api/api.js";
import { busy, whilePressed } from "../elements/busy.js";
import { ask } from "../elements/dialog.js";
import { element, field, fill } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { searchBox } from "../elements/search-box.js";
import { connectRequired } from "./own-jira.js";
import { PER_PAGE } from "./synchronizer-words.js";

/** Resolves true once a page is selected, false when it was left. Raises ApiError. */
export async function selectPage(synchronizer, signal) {
  const types = synchronizer.issue_type === PER_PAGE ? await usableTypes(synchronizer, signal) : null;
  return (await ask("Select a page", (close) => form(synchronizer, types, signal, close))) === true;
}

async function usableTypes({ connection_id: connection, project_key: project }, signal) {
  const { items } = await get(path`/connections/${connection}/jira/projects/${project}/issue-types`, { signal });
  return items.filter(({ usable }) => usable);
}

function form(synchronizer, types, signal, close) {
  let page = null;
  const { connection_id: connection, space_key: space } = synchronizer;
  const type = types && element("select", { required: true }, types.map(({ id, name }) => element("option", { value: id }, name)));
  const hint = element("p", { class: "soft", role: "status" });
  const outcome = element("div", { class: "outcome" });
  const button = element("button", { class: "primary" }, "Select it");
  const send = async () => {
    const address = path`/synchronizers/${synchronizer.id}/pages/${page.id}`;
    try {
      await busy(fill(outcome), "Asking Confluence and Jira…", () => put(address, type ? { issue_type: type.value } : {}, { signal }));
      close(true);
    } catch (error) {
      if (error.code === "connect_required") fill(outcome, connectRequired(synchronizer, { signal, done: send }));
      else showProblem(outcome, error, { retry: send });
    }
  };
  const submit = (event) => {
    event.preventDefault();
    hint.textContent = page ? "" : "Choose a page first.";
    if (page) whilePressed(button, send);
  };
  const pick = (picked) => {
    page = picked;
  };
  return element(
    "form",
    { submit },
    searchBox({
      label: "Find a page",
      hint: `Any part of its title, in ${space}.`,
      path: path`/connections/${connection}/spaces/${space}/pages`,
      parameter: "title",
      row: ({ title }) => element("strong", {}, title),
      onPick: pick,
      nothing: "No page of this space has that in its title.",
      group: "page",
      signal,
    }),
    type && field("Issue type", type),
    hint,
    outcome,
    element("div", { class: "actions" }, element("button", { type: "button", click: () => close(false) }, "Cancel"), button),
  );
}
