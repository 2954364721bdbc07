/** Both wizards for importing begin alike: with the connections that the member may import with. */
import { getAll } from "../api/api.js";
import { importsWith } from "../connecting/rights.js";
import { busy } from "../elements/busy.js";
import { fill } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { wizard } from "./wizard.js";

/** Puts `connections`, and `connection` where there is one only, into the draft and goes to the first step. */
export async function importWizard(body, draft, steps) {
  try {
    const items = await busy(body, "Reading your connections…", () => getAll("/connections", { signal: draft.signal }));
    draft.connections = items.filter(importsWith);
    draft.connection = draft.connections.length === 1 ? draft.connections[0] : null;
    wizard(body, draft, steps);
  } catch (error) {
    showProblem(body, error, { retry: () => importWizard(fill(body), draft, steps) });
  }
}
