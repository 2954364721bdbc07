/** The whole workspace, for its admins: take everything along, let a person go, erase it all. */
import { call, path, post, remove } from "../api/api.js";
import { session } from "../api/session.js";
import { announce } from "../elements/announce.js";
import { busy, whilePressed } from "../elements/busy.js";
import { ask, confirmed } from "../elements/dialog.js";
import { element, field, fill } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { viewHead } from "../elements/view-head.js";

export async function show(place, { signal }) {
  fill(
    place,
    viewHead("Workspace", {
      trail: [["Connections", "#/connections"]],
      about: "Everything that this workspace keeps here, as a whole.",
    }),
    element("div", { class: "stack" }, exportCard(signal), personCard(signal), eraseCard(signal)),
  );
}

function card(title, text, ...content) {
  return element("section", { class: "card", "aria-label": title }, element("h2", {}, title), element("p", {}, text), content);
}

const toJob = ({ id }) => {
  location.hash = path`#/workspace/jobs/${id}`;
};

function exportCard(signal) {
  const outcome = element("div", { class: "outcome" });
  const start = async () => {
    try {
      toJob(await busy(fill(outcome), "Starting…", () => post("/workspace/export", undefined, { signal })));
    } catch (error) {
      showProblem(outcome, error, { retry: start });
    }
  };
  const button = element("button", { type: "button", class: "primary", click: () => whilePressed(button, start) }, "Export everything");
  const text = "One archive with features, copies, synced pages, agents, trails and synchronizers; without tokens and secrets.";
  return card("Export", text, element("div", { class: "actions" }, button), outcome);
}

function personCard(signal) {
  const sub = element("input", { type: "text", required: true, autocomplete: "off", spellcheck: "false" });
  const outcome = element("div", { class: "outcome" });
  const button = element("button", { class: "danger" }, "Disconnect this person");
  const end = async () => {
    const words = element("p", {}, "Their own connections end at once. What they imported stays; their links ask for another account.");
    if (!(await confirmed(`Disconnect ${sub.value.trim()}?`, words, "Disconnect", { dangerous: true }))) return;
    try {
      const { connections } = await busy(fill(outcome), "Disconnecting…", () => remove(path`/members/${sub.value.trim()}`, { signal }));
      const said = connections === 1 ? "One connection was ended." : `${connections} connections were ended.`;
      fill(outcome, element("p", { class: "note good" }, said));
      announce(said);
    } catch (error) {
      showProblem(outcome, error, { retry: end });
    }
  };
  const submit = (event) => {
    event.preventDefault();
    whilePressed(button, end);
  };
  const form = element("form", { submit }, field("Member", sub, "The subject (sub) of their token."), element("div", { class: "actions" }, button));
  return card("Somebody leaves", "Ends the connections of one member. They need not be signed in.", form, outcome);
}

function eraseCard(signal) {
  const outcome = element("div", { class: "outcome" });
  const erase = async () => {
    if ((await ask("Erase this workspace?", eraseForm)) !== true) return;
    try {
      const body = { confirm: session.person.workspace };
      const { data } = await busy(fill(outcome), "Starting…", () => call("DELETE", "/workspace", { body, signal }));
      toJob(data);
    } catch (error) {
      showProblem(outcome, error, { retry: erase });
    }
  };
  const button = element("button", { type: "button", class: "danger", click: () => whilePressed(button, erase) }, "Erase everything");
  const text = "Connections, features, copies, synced pages, agents, trails and synchronizers are deleted. Pages in Confluence and issues in Jira stay.";
  return card("Erase", text, element("div", { class: "actions" }, button), outcome);
}

/** Nobody erases a workspace by a slip: its name has to be typed. */
function eraseForm(close) {
  const { workspace } = session.person;
  const name = element("input", { type: "text", required: true, autocomplete: "off", spellcheck: "false" });
  const submit = (event) => {
    event.preventDefault();
    name.setCustomValidity(name.value === workspace ? "" : "This is not the workspace's name.");
    if (name.reportValidity()) close(true);
  };
  name.addEventListener("input", () => name.setCustomValidity(""));
  return element(
    "form",
    { submit },
    element("p", {}, "It cannot be had back. Grants are out of use at once; the rest follows after a quarter of an hour."),
    field("Name of the workspace", name, `Type ${workspace} to go on.`),
    element(
      "div",
      { class: "actions" },
      element("button", { type: "button", click: () => close(false) }, "Cancel"),
      element("button", { class: "danger" }, "Erase it"),
    ),
  );
}
