/** An agent's token: shown once, in a dialog, and nowhere else. */
import { addressOf } from "../api/api.js";
import { announce } from "../elements/announce.js";
import { ask } from "../elements/dialog.js";
import { element, field } from "../elements/element.js";

/** Resolves when the dialog is closed; the token is gone from the console then. */
export function showToken({ name, token }) {
  return ask(`Token of ${name}`, (close) => {
    const box = element("input", { type: "text", readonly: true, value: token, autocomplete: "off", spellcheck: "false" });
    const said = element("p", { class: "soft", role: "status" });
    const copy = async () => {
      box.select();
      try {
        await navigator.clipboard.writeText(token);
        said.textContent = "Copied.";
      } catch {
        said.textContent = "It is selected: copy it with Ctrl+C.";
      }
    };
    return [
      element("p", {}, "This is the only time that it is shown. Whoever has it acts as this agent: keep it where secrets are kept."),
      field("Token", box),
      element("div", { class: "actions" }, element("button", { type: "button", class: "primary", autofocus: true, click: copy }, "Copy the token")),
      said,
      element(
        "dl",
        { class: "review" },
        element("div", {}, element("dt", {}, "MCP"), element("dd", {}, element("code", {}, addressOf("/mcp")))),
        element("div", {}, element("dt", {}, "REST"), element("dd", {}, element("code", {}, `POST ${addressOf("/agent/confluence")}`))),
      ),
      element(
        "div",
        { class: "actions" },
        element("button", { type: "button", click: () => [announce("The token is not shown any more."), close(true)] }, "I have stored it"),
      ),
    ];
  });
}
