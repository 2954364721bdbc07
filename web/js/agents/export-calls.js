/** An agent's whole trail as one file, a call a line (JSON lines), newest first. */
import { getLines, path } from "../api/api.js";
import { announce } from "../elements/announce.js";
import { busy, whilePressed } from "../elements/busy.js";
import { element, fill } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";

/** A button. What it is doing and what goes wrong stands in `outcome`; a half trail is never saved. */
export function exportCalls(id, { outcome, signal }) {
  const save = async () => {
    try {
      const { text, count } = await busy(fill(outcome), "Reading the trail…", (say) =>
        getLines(path`/agents/${id}/calls`, { signal, onMore: (lines) => say(`Reading the trail: ${lines} calls so far…`) }),
      );
      if (count === 0) fill(outcome, element("p", { class: "soft" }, "There is nothing to save yet."));
      else download(`calls-${id}.jsonl`, text);
      announce(count === 0 ? "There is nothing to save yet." : `${count} calls saved.`);
    } catch (error) {
      showProblem(outcome, error, { retry: save });
    }
  };
  const button = element("button", { type: "button", click: () => whilePressed(button, save) }, "Save as a file");
  return button;
}

function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" }));
  element("a", { href: address, download: name }).click();
  // The browser reads it after this: not before its next turn may the address go.
  setTimeout(() => URL.revokeObjectURL(address));
}
