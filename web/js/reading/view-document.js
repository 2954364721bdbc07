/** One document: where it comes from, how fresh it is, its text; a copy can be edited, a link refreshed. */
import { call, get, getAll, path, post } from "../api/api.js";
import { mayUse } from "../connecting/rights.js";
import { announce } from "../elements/announce.js";
import { busy, whilePressed } from "../elements/busy.js";
import { element, fill, outward } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";
import { setTitle, viewHead } from "../elements/view-head.js";
import { openEditor } from "./copy-editor.js";
import { lossReport } from "./losses.js";
import { fragmentOf } from "./safe-html.js";

const ROLES = { prd: "PRD", trd: "TRD" };
const UNTITLED = { prd: "Product requirements", trd: "Technical requirements" };
const ORPHANED = new Set(["connection_not_found", "reconnect_required"]);

export async function show(place, { id, signal }) {
  try {
    const about = await busy(place, "Reading the document…", () => get(path`/documents/${id}`, { signal }));
    const view = { about, signal, banner: element("div", {}), body: element("div", {}), after: element("div", {}) };
    setTitle(titleOf(about));
    fill(place, head(about), view.banner, view.body, view.after);
    drawBanner(view, null);
    await load(view);
  } catch (error) {
    showProblem(place, error, { retry: () => show(fill(place), { id, signal }) });
  }
}

const titleOf = ({ role, source }) => source?.title ?? UNTITLED[role];

function head(about) {
  const feature = path`#/features/${about.feature_id}`;
  return viewHead(titleOf(about), { trail: [["Features", "#/features"], ["Feature", feature], [ROLES[about.role] ?? about.role]] });
}

const readHtml = ({ about, signal }) => get(path`/documents/${about.id}/content`, { query: { format: "html" }, signal });

/** Shows the text as HTML; `read` is how: a read (the cache may answer) or a refresh (Confluence answers). */
async function load(view, read = () => readHtml(view)) {
  const { about, body } = view;
  const sentence = about.mode === "link" ? "Reading the page…" : "Reading the text…";
  try {
    const content = await busy(fill(body), sentence, read);
    drawContent(view, content);
    drawBanner(view, content);
    return true;
  } catch (error) {
    drawBanner(view, null);
    const retry = () => load(view, read);
    showProblem(body, error, { retry, viewUrl: about.source?.url, actions: takeOver(view, error) });
    return false;
  }
}

function drawContent({ about, body, after }, content) {
  const text = fragmentOf(content.content);
  const empty = element("p", { class: "soft" }, about.editable ? "Nothing is written here yet." : "The page is empty in Confluence.");
  fill(body, element("article", { class: "card page" }, element("div", { class: "prose" }, text.textContent.trim() ? text : empty)));
  fill(after, lossReport(content.losses ?? []));
}

function drawBanner(view, content) {
  const { about, banner } = view;
  fill(banner, about.mode === "link" ? linkBanner(view, content) : copyBanner(view, content));
}

function linkBanner(view, content) {
  const { about } = view;
  const synced = content?.last_synced ?? about.last_synced;
  const press = () => whilePressed(refresh, () => refreshNow(view));
  const refresh = element("button", { type: "button", click: press }, "Refresh from source");
  return element(
    "section",
    { class: "banner", "aria-label": "Source" },
    element(
      "div",
      {},
      element("p", {}, element("strong", {}, about.label ?? "Source of truth: Confluence"), " ", stateTag(about)),
      element(
        "p",
        { class: "soft" },
        "Last synced ",
        synced ? element("time-ago", { datetime: synced }) : "never",
        content && ` · ${freshness(content)} · version ${content.version}`,
      ),
    ),
    element("div", { class: "actions" }, outward(about.source.url, "View in Confluence", { class: "button" }), refresh),
  );
}

const STATES = {
  connection_lost: ["Connection lost", "bad"],
  source_archived: ["Archived in Confluence", "warn"],
  other_site: ["On another site", "warn"],
};

function stateTag({ state }) {
  const [words, tone] = STATES[state] ?? [];
  return words && element("span", { class: `tag ${tone}` }, words);
}

function freshness({ freshness: kind, age_seconds: age }) {
  if (kind === "live") return "live from Confluence";
  return age < 60 ? "cached less than a minute ago" : `cached ${Math.floor(age / 60)} min ago`;
}

async function refreshNow(view, connectionId = null) {
  const { about, signal } = view;
  const body = connectionId ? { connection_id: connectionId } : {};
  const done = await load(view, async () => {
    // A refresh answers Markdown. Its HTML comes from the cache that it has just filled, and is as live as that.
    const fresh = await post(path`/documents/${about.id}/refresh`, body, { signal });
    const shown = await readHtml(view);
    return shown.last_synced === fresh.last_synced ? { ...shown, freshness: fresh.freshness } : shown;
  });
  if (done) announce("Refreshed from Confluence.");
}

/** Where the importer's connection is dead, a member may read the page on with their own; never without asking. */
function takeOver(view, error) {
  if (!ORPHANED.has(error.code)) return [];
  const outcome = element("div", {});
  const press = () => whilePressed(button, () => refreshWithOwn(view, outcome));
  const button = element("button", { type: "button", click: press }, "Refresh with my own connection");
  return [button, outcome];
}

async function refreshWithOwn(view, outcome) {
  try {
    const items = await busy(outcome, "Looking for your connection…", () => getAll("/connections", { signal: view.signal }));
    const own = items.find((item) => mayUse(item) && item.site?.cloud_id === view.about.source.cloud_id);
    if (own) await refreshNow(view, own.id);
    else fill(outcome, element("p", {}, "You have no connection to that site yet. ", element("a", { href: "#/connections" }, "Connect it first"), "."));
  } catch (error) {
    showProblem(outcome, error);
  }
}

/** The editor takes the text's place, so it waits for the text: what is still being read would be put over it. */
function copyBanner(view, content) {
  const { about } = view;
  const press = () => whilePressed(edit, () => editNow(view));
  const edit = element("button", { type: "button", class: "primary", click: press }, "Edit");
  const { source } = about;
  return element(
    "section",
    { class: "banner copy", "aria-label": "Source" },
    element(
      "div",
      {},
      element("p", {}, element("strong", {}, source ? "Copy, editable here" : "Written here")),
      source &&
        element(
          "p",
          { class: "soft" },
          `From “${source.title}”, version ${source.version}. Later changes in Confluence do not reach it.`,
        ),
    ),
    element("div", { class: "actions" }, source && outward(source.url, "View in Confluence", { class: "button" }), content && edit),
  );
}

async function editNow(view) {
  const { about, body, banner, after, signal } = view;
  try {
    const read = () => call("GET", path`/documents/${about.id}/content`, { query: { format: "markdown" }, signal });
    const { data, etag } = await busy(fill(body), "Opening the editor…", read);
    fill(banner);
    fill(after);
    await openEditor(body, { id: about.id, markdown: data.content, etag, signal });
    drawBanner(view, null);
    await load(view);
  } catch (error) {
    showProblem(body, error, { retry: () => editNow(view) });
  }
}
