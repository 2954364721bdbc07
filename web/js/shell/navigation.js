/** The main navigation: which entry is the current one, and which are for admins only. */
import { session } from "../api/session.js";

/** Views below another entry than their own first word. */
const UNDER = { documents: "features", imports: "import", workspace: "connections" };

/** `hash`: the address that is shown. For the look of things only: the API decides who may do what. */
export function drawNavigation(hash) {
  const section = hash.split("/")[1];
  const current = UNDER[section] ?? section;
  for (const link of document.querySelectorAll("#navigation a")) {
    if (link.hash === `#/${current}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    link.parentElement.hidden = link.dataset.for === "admin" && !session.person?.isAdmin;
  }
}
