/** Every refusal as the member sees it: title, detail, remedy, request id, and what can be done about it here. */
import { ApiError } from "../api/api.js";
import { session } from "../api/session.js";
import { element, outward, webAddress } from "./element.js";

const WAIT_AND_RETRY = new Set([
  "rate_limited",
  "too_many_requests",
  "confluence_unavailable",
  "jira_unavailable",
  "no_issue_yet",
  "upstream_protocol_error",
  "service_unavailable",
  "token_refresh_in_progress",
  "in_progress",
  "internal_error",
  "unreachable",
  "unclear_answer",
]);
const MEND_CONNECTION = {
  connection_not_found: "Open connections",
  reconnect_required: "Reconnect",
  scopes_missing: "Reconnect",
  site_not_chosen: "Choose the site",
  confirmation_required: "Open connections",
};
const LOOK_IN_CONFLUENCE = new Set(["page_gone", "page_forbidden", "linked_read_only", "content_unreadable"]);

/**
 * Shows `error` in `place`, replacing what is there. Rethrows what is not an answer of the API.
 *
 * `retry`: what to run again. `viewUrl`: the page in Confluence. `actions`: further elements, first in line.
 */
export function showProblem(place, error, options = {}) {
  if (error.name === "AbortError") return;
  if (!(error instanceof ApiError)) throw error;
  place.replaceChildren(problemNotice(error.problem, options));
}

export function problemNotice(problem, { retry = null, viewUrl = null, actions = [] } = {}) {
  return element(
    "section",
    { class: "problem", role: "alert", "data-code": problem.code },
    element("h2", {}, problem.title),
    element("p", {}, problem.detail),
    problem.remedy && element("p", { class: "remedy" }, problem.remedy),
    particulars(problem),
    element("div", { class: "actions" }, actions, ownActions(problem, retry, viewUrl)),
    problem.request_id && element("p", { class: "request" }, "Request id ", element("code", {}, problem.request_id)),
  );
}

function particulars(problem) {
  const lines = [
    ...(problem.missing_scopes ?? []).map((scope) => element("code", {}, scope)),
    problem.status_word && element("code", {}, problem.status_word),
    ...(problem.missing_permissions ?? []).map((name) => element("code", {}, name)),
    ...(problem.fields ?? []).map((item) => (typeof item === "string" ? element("code", {}, item) : `${item.field}: ${item.problem}`)),
  ].filter(Boolean);
  return lines.length > 0 && element("ul", {}, lines.map((line) => element("li", {}, line)));
}

function ownActions(problem, retry, viewUrl) {
  const page = webAddress(problem.view_url) ?? webAddress(viewUrl);
  return [
    problem.code === "unauthenticated" &&
      element("button", { type: "button", class: "primary", click: () => session.signOut() }, "Sign in again"),
    problem.code in MEND_CONNECTION &&
      element("a", { class: "button", href: "#/connections" }, MEND_CONNECTION[problem.code]),
    WAIT_AND_RETRY.has(problem.code) && retry && retryButton(problem.retry_after, retry),
    LOOK_IN_CONFLUENCE.has(problem.code) && page && outward(page, "Open in Confluence", { class: "button" }),
    webAddress(problem.download_url) && outward(problem.download_url, "Download the answer", { class: "button" }),
  ];
}

/** "Try again", which counts down first where the API said how long to wait. */
function retryButton(waitSeconds, retry) {
  const button = element("button", { type: "button", click: () => !button.disabled && retry() }, "Try again");
  let left = Math.min(Math.ceil(Number(waitSeconds) || 0), 3600);
  const tick = () => {
    button.disabled = left > 0;
    button.textContent = left > 0 ? `Try again in ${left} s` : "Try again";
    if (left > 0) setTimeout(tick, 1000);
    left -= 1;
  };
  tick();
  return button;
}
