/** The issue of a page, as the member may act on it: its status, the transitions open to them, its fields. */
import { ApiError, get, patch, path, post, put } from "../api/api.js";
import { announce } from "../elements/announce.js";
import { busy, whilePressed } from "../elements/busy.js";
import { element, fill, outward } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { focusHeading, setTitle, viewHead } from "../elements/view-head.js";
import { watch } from "../elements/watch.js";
import { issueFields } from "./issue-fields.js";
import { connectRequired } from "./own-jira.js";
import { LINK_STATES, nameOf } from "./synchronizer-words.js";

export async function show(place, { id, page, signal }) {
  const head = element("div", {}, element("h1", { tabindex: "-1" }, "Issue of a page"));
  const body = element("div", {});
  fill(place, head, body);
  const view = { id, page, signal, head, body, address: path`/synchronizers/${id}/pages/${page}` };
  try {
    view.synchronizer = await busy(body, "Reading the synchronizer…", () => get(path`/synchronizers/${id}`, { signal }));
    view.site = await busy(body, "Reading the connection…", () => siteOf(view.synchronizer, signal));
    drawHead(view, "Issue of a page", null);
    view.look = watch(signal, () => read(view));
    await view.look();
  } catch (error) {
    showProblem(body, error, { retry: () => show(fill(place), { id, page, signal }) });
  }
}

/** Where the page is; null while the connection is on no site, or another one. */
async function siteOf({ connection_id: connection, cloud_id: cloudId }, signal) {
  try {
    const { site } = await get(path`/connections/${connection}`, { signal });
    return site?.cloud_id === cloudId ? site : null;
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}

function drawHead(view, title, state) {
  const { synchronizer, site, page } = view;
  const [words, tone] = LINK_STATES[state] ?? [];
  const above = path`#/synchronizers/${synchronizer.id}`;
  const inConfluence = site && `${site.url}/wiki/pages/viewpage.action?pageId=${encodeURIComponent(page)}`;
  fill(
    view.head,
    viewHead(title, {
      trail: [[nameOf(synchronizer), above], ["Pages and issues", `${above}/pages`]],
      about: words && element("span", { class: `tag ${tone}`, "data-state": state }, words),
      aside: site && outward(inConfluence, "Page in Confluence", { class: "button" }),
    }),
  );
}

/** Answers whether to look again: the issue is on its way. */
async function read(view) {
  const { body, signal, synchronizer } = view;
  const ask = () => get(`${view.address}/issue`, { signal });
  try {
    draw(view, await (body.querySelector("[data-waiting]") ? ask() : busy(body, "Reading the issue…", ask)));
    return false;
  } catch (error) {
    if (error.code === "connect_required") fill(body, connectRequired(synchronizer, { signal, done: view.look }));
    else if (error.code === "no_issue_yet") return drawWaiting(view, error.problem);
    else showProblem(body, error, { retry: view.look });
    return false;
  }
}

/** Said once: it stays as it is while it is looked at again. */
function drawWaiting({ body }, { failure }) {
  if (!failure && body.querySelector("[data-waiting]")) return true;
  const words = failure ? ["It could not be created. What stood in its way: ", element("code", {}, failure)] : "The issue is being created…";
  fill(body, element("p", { class: failure ? "note warn" : "note", role: "status", "data-waiting": !failure }, words));
  return !failure;
}

function draw(view, found) {
  const { issue, state } = found;
  const outcome = element("div", { class: "outcome" });
  setTitle(issue ? issue.key : "Issue gone");
  drawHead(view, issue ? `${issue.key}: ${issue.summary}` : "The issue is gone", state);
  const act = (sentence, done, work) => attempt(view, outcome, sentence, done, work);
  if (!issue) {
    fill(view.body, gone(view, act), outcome);
    return;
  }
  const save = (fields) => act("Saving…", "Saved.", () => patch(`${view.address}/fields`, { fields }, { signal: view.signal }));
  fill(
    view.body,
    actingNote(found),
    element(
      "section",
      { class: "card", "aria-label": "Status" },
      element("p", {}, "Status ", element("strong", { "data-status": issue.status }, issue.status), " ", outward(issue.url, `${issue.key} in Jira`)),
      transitions(view, found, act),
    ),
    outcome,
    issue.fields.length > 0 && [element("h2", { class: "apart" }, "Fields"), issueFields(issue, save)],
  );
}

function actingNote({ acting_as: who }) {
  if (who === "self") return element("p", { class: "soft" }, "You act as yourself, with your own rights in Jira.");
  return element(
    "p",
    { class: "note", "data-acting": who },
    "Your account has no Jira access. The synchronizer's technical user acts for you, because you may edit the page; both names are recorded.",
  );
}

function transitions(view, { issue, transitions: open }, act) {
  if (open.length === 0) return element("p", { class: "soft" }, "No transition is open to you.");
  const button = ({ id, name, to_status: to, needs }) => {
    if (needs.length > 0) return outward(issue.url, `${name} (asks for more, in Jira)`, { class: "button" });
    const move = () => act("Moving it…", `It is in ${to} now.`, () => post(`${view.address}/transition`, { transition_id: id }, { signal: view.signal }));
    const node = element("button", { type: "button", title: `To ${to}`, click: () => whilePressed(node, move) }, name);
    return node;
  };
  return element("div", { class: "actions", role: "group", "aria-label": "Transitions" }, open.map(button));
}

function gone(view, act) {
  const again = () => act("Asking Confluence and Jira…", "Another issue is being created.", () => put(view.address, {}, { signal: view.signal }));
  const button = element("button", { type: "button", class: "primary", click: () => whilePressed(button, again) }, "Make another issue");
  return element(
    "div",
    { class: "note warn" },
    element("p", {}, "It was deleted in Jira, or is hidden from the technical user. No other is made by itself: if you want one, say so."),
    element("div", { class: "actions" }, button),
  );
}

async function attempt(view, outcome, sentence, done, work) {
  try {
    await busy(fill(outcome), sentence, work);
    announce(done);
    await view.look();
    focusHeading(view.head);
  } catch (error) {
    if (error.code === "connect_required") fill(outcome, connectRequired(view.synchronizer, { signal: view.signal, done: view.look }));
    else showProblem(outcome, error, { retry: () => attempt(view, outcome, sentence, done, work) });
  }
}
