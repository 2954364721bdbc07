/** Which account to import with. Connects one right here when there is none, so that nobody loses their place. */
import { post } from "../api/api.js";
import { connectButton } from "../connecting/connect-button.js";
import { mayUse } from "../connecting/rights.js";
import { element, fill } from "../elements/element.js";

export function connectionStep(room, draft, done) {
  const outcome = element("div", {});
  const use = (connection) => {
    draft.connection = connection;
    done();
  };
  const connected = (connection) => {
    if (!mayUse(connection)) return;
    draft.connections.push(connection);
    use(connection);
  };
  const some = draft.connections.length > 0;
  fill(
    room,
    element("h2", { id: "step-heading" }, some ? "Import with which account?" : "Connect Confluence first"),
    some
      ? element("div", {}, draft.connections.map((connection) => accountButton(connection, use)))
      : element("p", {}, "Pages are found and read with your own Confluence account and its rights. Read only."),
    element(
      "div",
      { class: "actions" },
      connectButton(some ? "Connect another account" : "Connect my account", {
        start: () => post("/connections", { owner: "user", purposes: ["link"] }),
        done: connected,
        outcome,
        properties: some ? {} : { class: "primary" },
      }),
    ),
    outcome,
  );
}

function accountButton(connection, use) {
  return element(
    "p",
    {},
    element(
      "button",
      { type: "button", click: () => use(connection) },
      `${connection.account?.name ?? "Account"} on ${connection.site.name}`,
      connection.owner === "workspace" && " (workspace)",
    ),
  );
}

/** "Importing as Ada on Acme", with a way to choose again. */
export function accountLine(draft, change) {
  const { account, site, owner } = draft.connection;
  const again = () => {
    Object.assign(draft, { connection: null, space: null }, draft.nothingChosen());
    change();
  };
  return element(
    "p",
    { class: "soft" },
    `As ${account?.name ?? "the connected account"} on ${site.name}${owner === "workspace" ? " (workspace account)" : ""}. `,
    element("button", { type: "button", class: "quiet", click: again }, "Use another account"),
  );
}
