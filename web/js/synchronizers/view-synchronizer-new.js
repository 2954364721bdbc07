/** A new synchronizer: the connection, one space, one project, and its rule. */
import { get, path, post } from "../api/api.js";
import { keyFor } from "../api/one-wish.js";
import { FOR_SYNCHRONIZERS } from "../connecting/connect-ways.js";
import { connectionField, overShared } from "../connecting/workspace-connection.js";
import { announce } from "../elements/announce.js";
import { busy, whilePressed } from "../elements/busy.js";
import { element, fill } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { searchBox } from "../elements/search-box.js";
import { viewHead } from "../elements/view-head.js";
import { ruleFields } from "./synchronizer-rule.js";

const NEEDED = "Its account is the technical user: it makes the issues, and must be allowed to browse, create and move issues in the project.";
const servesJira = ({ purposes, jira_site: jira }) => purposes.includes("jira") && jira !== null;

export async function show(place, { signal }) {
  const body = element("div", {});
  fill(place, viewHead("New synchronizer", { trail: [["Synchronizers", "#/synchronizers"], ["New"]] }), body);
  const draw = (connections) => drawForm(body, connections, signal);
  await overShared(body, { serves: servesJira, draw, needed: NEEDED, ways: FOR_SYNCHRONIZERS, signal });
}

function drawForm(body, connections, signal) {
  const draft = { space: null, project: null, signal };
  const outcome = element("div", { class: "outcome" });
  const hint = element("p", { class: "soft", role: "status" });
  const rule = ruleFields({ mode: "automatic", issue_type: "", cql: null, allow_fallback: true });
  const pickers = element("div", { class: "pickers", keydown: noSubmit });
  const change = () => drawPickers(pickers, draft, rule, select.value, outcome);
  const connection = connectionField(connections, "Its account is the technical user: what it may, every run may.", { change });
  const select = connection.querySelector("select");
  const button = element("button", { class: "primary" }, "Create and run it");
  const submit = (event) => {
    event.preventDefault();
    const lacking = !draft.space ? "Choose a space first." : !draft.project ? "Choose a project first." : "";
    hint.textContent = lacking;
    if (!lacking) whilePressed(button, () => create(outcome, draft, { connection_id: select.value, ...rule.value() }));
  };
  change();
  fill(
    body,
    element("form", { submit, class: "card" }, connection, pickers, rule.node, hint, outcome, element("div", { class: "actions" }, button)),
  );
}

/** Enter in a search box looks for something; it does not create what is half chosen. */
function noSubmit(event) {
  if (event.key === "Enter" && event.target.type === "search") event.preventDefault();
}

function drawPickers(place, draft, rule, connectionId, outcome) {
  Object.assign(draft, { space: null, project: null });
  rule.offer(null);
  const row = ({ key, name }) => [element("strong", {}, name), element("small", {}, key)];
  const pickProject = async (project) => {
    draft.project = project;
    rule.offer(null);
    const address = path`/connections/${connectionId}/jira/projects/${project.key}/issue-types`;
    try {
      const { items } = await busy(fill(outcome), "Reading the project's issue types…", () => get(address, { signal: draft.signal }));
      if (draft.project === project) rule.offer(items);
    } catch (error) {
      showProblem(outcome, error, { retry: () => pickProject(project) });
    }
  };
  const pickSpace = (space) => {
    draft.space = space;
  };
  fill(
    place,
    searchBox({
      label: "Find a space",
      hint: "By any part of its name or key.",
      path: path`/connections/${connectionId}/spaces`,
      parameter: "q",
      row,
      onPick: pickSpace,
      nothing: "No space of that name is visible to this account.",
      group: "space",
      signal: draft.signal,
    }),
    searchBox({
      label: "Find a project",
      hint: "By any part of its name or key.",
      path: path`/connections/${connectionId}/jira/projects`,
      parameter: "q",
      row,
      onPick: pickProject,
      nothing: "The account can create issues in no project of that name.",
      group: "project",
      signal: draft.signal,
    }),
  );
}

async function create(outcome, draft, settings) {
  const wanted = { ...settings, space_key: draft.space.key, project_key: draft.project.key };
  try {
    const headers = { "idempotency-key": keyFor(draft, wanted) };
    const made = await busy(fill(outcome), "Checking it at Confluence and Jira…", () => post("/synchronizers", wanted, { headers }));
    announce("The synchronizer was made, and runs.");
    location.hash = path`#/synchronizers/${made.id}`;
  } catch (error) {
    showProblem(outcome, error, { retry: () => create(outcome, draft, settings) });
  }
}
