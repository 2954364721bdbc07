/** What a connection is for, and the consent that lets it be for more: the same connection, asked for again. */
import { path, post } from "../api/api.js";
import { element } from "../elements/element.js";
import { connectButton } from "./connect-button.js";
import { PURPOSES } from "./purposes.js";

const FOR_MEMBERS = ["link", "jira"];

/** Null where there is nothing to add. Purposes are only ever added: something may hang on each that is there. */
export function morePurposes(connection, { outcome, done }) {
  const offered = connection.owner === "workspace" ? Object.keys(PURPOSES) : FOR_MEMBERS;
  const further = offered.filter((purpose) => !connection.purposes.includes(purpose));
  if (further.length === 0) return null;
  const boxes = further.map((value) => element("input", { type: "checkbox", value }));
  const wanted = () => boxes.filter((box) => box.checked).map((box) => box.value);
  return element(
    "details",
    {},
    element("summary", {}, "Use it for more"),
    element(
      "fieldset",
      {},
      element("legend", { class: "unseen" }, "What it is to be for as well"),
      boxes.map((box) => choice(box, PURPOSES[box.value])),
    ),
    element(
      "div",
      { class: "actions" },
      connectButton("Ask Atlassian for it", {
        start: () => post(path`/connections/${connection.id}/reconnect`, { purposes: [...connection.purposes, ...wanted()] }),
        done,
        outcome,
        properties: {},
      }),
    ),
  );
}

const choice = (box, [name, text]) =>
  element("label", { class: "choice" }, box, element("span", {}, element("strong", {}, name), element("small", {}, text)));
