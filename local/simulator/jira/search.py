"""Search by JQL: bounded queries only, no total, pages by token, and an index that lags behind what was written."""

import base64
import hashlib
import json

from local.simulator.jira import refusals, rows
from local.simulator.jira.bodies import CountBody, SearchBody, checked, read
from local.simulator.jira.call import Handler, JiraCall
from local.simulator.jira.jql import JqlError, JqlQuery, parse
from local.simulator.jira.jql_match import Matcher, NotSimulated
from local.simulator.jira.nouns import Face, Issue
from local.simulator.wire import JsonObject, Reply

UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
# More than ids and keys of an issue come in smaller pages, however many are asked for.
FULL_ROWS_AT_MOST = 100
ORDERABLE = frozenset({"created", "updated", "key", "issuekey", "id", "summary", "status", "issuetype", "project"})

type Hit = tuple[Issue, Face]
type Key = tuple[str | int, ...]


def get(call: JiraCall) -> Reply:
    """By query parameters."""
    query = call.query
    call.only_simulated(
        "jql", "nextPageToken", "maxResults", "fields", "properties", "reconcileIssues", "failFast", "fieldsByKeys"
    )
    asked: JsonObject = {
        "jql": query.one("jql") or "",
        "fields": query.many("fields"),
        "properties": query.many("properties"),
        "reconcileIssues": [int(each) for each in query.many("reconcileIssues")],
        "maxResults": query.integer("maxResults"),
        "nextPageToken": query.one("nextPageToken"),
    }
    return _answer(call, checked(call, SearchBody, asked))


def post(call: JiraCall) -> Reply:
    """By a body."""
    return _answer(call, read(call, SearchBody))


def count(call: JiraCall) -> Reply:
    """How many issues, about; here exactly those the index holds."""
    return Reply.json({"count": len(_hits(call, _parsed(call, read(call, CountBody).jql), frozenset()))})


def _answer(call: JiraCall, asked: SearchBody) -> Reply:
    fields, size = asked.fields or ["id"], asked.max_results
    ordered = _ordered(call, _parsed(call, asked.jql), asked)
    if set(fields) - {"id", "key"} or asked.properties:
        size = min(size, FULL_ROWS_AT_MOST)
    if call.world.behaviour.short_pages and size > 1:
        size -= 1
    shown, more = ordered[:size], len(ordered) > size
    body: JsonObject = {
        "issues": [rows.issue(call, issue, face, fields, asked.properties) for _, (issue, face) in shown],
        "isLast": not more,
    }
    if more:
        content = json.dumps({"q": _digest(asked), "k": shown[-1][0]}).encode()
        body["nextPageToken"] = base64.urlsafe_b64encode(content).decode()
    reply = Reply.json(body)
    reply.objects = len(shown)
    return reply


def _digest(asked: SearchBody) -> str:
    """What a page token is bound to: all but how much, and from where."""
    question = asked.model_dump_json(exclude={"max_results", "next_page_token"})
    return hashlib.sha256(question.encode()).hexdigest()[:16]


def _parsed(call: JiraCall, jql: str) -> JqlQuery:
    try:
        query = parse(jql)
        if query.tree is not None:
            Matcher(call).check(query.tree)
            return query
    except JqlError as problem:
        raise refusals.jira(400, str(problem)) from None
    except NotSimulated as missing:
        raise call.not_simulated(str(missing)) from None
    raise refusals.jira(400, UNBOUNDED)


def _hits(call: JiraCall, query: JqlQuery, reconcile: frozenset[str]) -> list[Hit]:
    """Issues the caller may browse, each in the state that search knows."""
    matcher, delay = Matcher(call), call.world.behaviour.index_delay_seconds
    found: list[Hit] = []
    for issue in call.site.issues.values():
        face = issue.face if issue.id in reconcile else issue.indexed(call.now, delay)
        if face is None or not call.may("BROWSE_PROJECTS", issue) or query.tree is None:
            continue
        if matcher.finds(query.tree, issue, face):
            found.append((issue, face))
    return found


def _ordered(call: JiraCall, query: JqlQuery, asked: SearchBody) -> list[tuple[Key, Hit]]:
    """What comes after the page before, newest first unless the query says otherwise.

    One order field is enough here: a second would only break ties that ids break as well.
    """
    if unknown := [name for name, _ in query.order if name not in ORDERABLE]:
        raise refusals.jira(400, f"Not able to sort using field '{unknown[0]}'.")
    field, descending = query.order[0] if query.order else ("id", True)

    def key(hit: Hit) -> Key:
        issue, face = hit
        project = call.site.projects[issue.project_id]
        number: Key = (project.key, int(issue.key.rpartition("-")[2]))
        fields: dict[str, Key] = {
            "id": (),
            "created": (issue.created_at.isoformat(),),
            "updated": (face.at.isoformat(),),
            "key": number,
            "issuekey": number,
            "summary": (face.summary.casefold(),),
            "status": (face.status_id,),
            "issuetype": (issue.type_id,),
            "project": (project.key,),
        }
        return (*fields[field], int(issue.id))

    last = _last_key(asked)
    keyed = [(key(hit), hit) for hit in _hits(call, query, frozenset(map(str, asked.reconcile_issues)))]
    if last is not None:
        keyed = [pair for pair in keyed if (pair[0] < last if descending else pair[0] > last)]
    return sorted(keyed, key=lambda pair: pair[0], reverse=descending)


def _last_key(asked: SearchBody) -> Key | None:
    """Where the page before ended. A token of another question, or of nobody's, is refused."""
    if asked.next_page_token is None:
        return None
    try:
        content = json.loads(base64.urlsafe_b64decode(asked.next_page_token))
        digest, last = content["q"], content["k"]
    except (ValueError, KeyError, TypeError):
        raise refusals.jira(400, "The provided nextPageToken is invalid.") from None
    if digest != _digest(asked):
        raise refusals.jira(400, "The provided nextPageToken belongs to another search.")
    return tuple(last)


HANDLERS: dict[str, Handler] = {
    "searchAndReconsileIssuesUsingJql": get,
    "searchAndReconsileIssuesUsingJqlPost": post,
    "countIssues": count,
}
