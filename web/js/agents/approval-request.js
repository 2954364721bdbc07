/** What an agent asked to send, as it would be sent. An agent wrote it: it is shown as text, and nothing of it acts. */
import { element } from "../elements/element.js";
import { plain } from "../elements/plain-text.js";
import { GROUPS } from "./agent-words.js";

const ACTIONS = { read: "Read", write: "Change", delete: "Delete" };

/** "Delete in Pages: DELETE /wiki/api/v2/pages/1" */
export function requestLine({ method, path, group, action }) {
  return `${ACTIONS[action] ?? action} in ${GROUPS[group]?.[0] ?? group}: ${method} ${path}`;
}

/** Method, address, query and body. `body` null: there is none, or it is not kept any more. */
export function requestText({ method, path, query }, body) {
  const lines = query.map(([name, value]) => `  ${name} = ${value}`);
  const head = [`${method} ${path}`, ...lines].join("\n");
  const text = body === null ? head : `${head}\n\n${JSON.stringify(body, null, 2)}`;
  return element("pre", { class: "frozen", dir: "ltr", tabindex: "0", "aria-label": "What would be sent" }, plain(text));
}
