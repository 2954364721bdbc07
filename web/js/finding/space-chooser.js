/** The space first, then what is looked for in it. */
import { path } from "../api/api.js";
import { element, fill } from "../elements/element.js";
import { searchBox } from "../elements/search-box.js";

/** Draws the choice of a space into `room`, or, once there is one, `within(room, context)` below its name. */
export function spaceChooser(room, context, within) {
  const { connection, memory, signal } = context;
  const draw = (focus) => {
    if (memory.space) drawWithin(focus);
    else drawChoice(focus);
  };
  const drawChoice = (focus) => {
    let picked = null;
    const box = searchBox({
      label: "Find a space",
      hint: "By any part of its name or key.",
      path: path`/connections/${connection.id}/spaces`,
      parameter: "q",
      row: (space) => [element("strong", {}, space.name), element("small", {}, space.key)],
      onPick: (space) => {
        picked = space;
      },
      nothing: "No space of that name is visible to this account.",
      group: "space",
      signal,
    });
    // Arrow keys move through radio buttons and change them at once; a press of Enter or of the button decides.
    const spaces = element("form", {}, box, element("div", { class: "actions" }, element("button", {}, "Use this space")));
    spaces.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!picked) return;
      memory.space = picked;
      draw(true);
    });
    fill(room, spaces);
    if (focus) box.querySelector("input").focus();
  };
  const drawWithin = (focus) => {
    const body = element("div", {});
    const change = () => {
      memory.space = null;
      draw(true);
    };
    fill(
      room,
      element(
        "p",
        {},
        "In ",
        element("strong", {}, memory.space.name),
        element("span", { class: "soft" }, ` (${memory.space.key}) `),
        element("button", { type: "button", class: "quiet", click: change }, "Change space"),
      ),
      body,
    );
    within(body, context);
    if (focus) body.querySelector("input")?.focus();
  };
  draw(false);
}
