"""Search by JQL: bounded queries only, no total, pages by token, and an index that lags behind what was written."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.simulator.jira import refusals, rows
from local.simulator.jira.call import Handler, JiraCall
from local.simulator.jira.jql import JqlError, JqlQuery, parse
from local.simulator.jira.jql_match import Matcher, NotSimulated
from local.simulator.jira.nouns import Face, Issue
from local.simulator.wire import JsonObject, Reply

UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
ROWS_AT_MOST = 5000
# More than ids and keys of an issue come in smaller pages, however many are asked for.
FULL_ROWS_AT_MOST = 100
RECONCILED_AT_MOST = 50
PROPERTIES_AT_MOST = 5
ORDERABLE = frozenset({"created", "updated", "key", "issuekey", "id", "summary", "status", "issuetype", "project"})

type Hit = tuple[Issue, Face]
type Key = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, whichever way it came. `reconcile`: ids whose newest state counts, not the indexed one."""

    jql: str
    fields: Sequence[str]
    properties: Sequence[str]
    reconcile: frozenset[str]
    size: int
    token: str | None

    @property
    def digest(self) -> str:
        """What a page token is bound to."""
        asked = [self.jql, sorted(self.fields), sorted(self.properties), sorted(self.reconcile)]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]


def get(call: JiraCall) -> Reply:
    """By query parameters."""
    query = call.query
    names = ("jql", "nextPageToken", "maxResults", "fields", "properties", "reconcileIssues", "failFast")
    call.only_simulated(*names, "fieldsByKeys")
    return _answer(
        call,
        query.one("jql") or "",
        {
            "fields": query.many("fields"),
            "properties": query.many("properties"),
            "reconcileIssues": [int(each) for each in query.many("reconcileIssues")],
            "maxResults": query.integer("maxResults"),
            "nextPageToken": query.one("nextPageToken"),
        },
    )


def post(call: JiraCall) -> Reply:
    """By a body."""
    names = ("nextPageToken", "maxResults", "fields", "properties", "reconcileIssues", "fieldsByKeys")
    body = call.fields_of_body("jql", *names)
    return _answer(call, body.get("jql") or "", body)


def count(call: JiraCall) -> Reply:
    """How many issues, about; here exactly those the index holds."""
    jql = call.fields_of_body("jql").get("jql") or ""
    return Reply.json({"count": len(_hits(call, _parsed(call, jql), frozenset()))})


def _answer(call: JiraCall, jql: str, asked: Mapping[str, Any]) -> Reply:
    question = _question(jql, asked)
    query = _parsed(call, question.jql)
    ordered = _ordered(call, query, question)
    size = question.size
    if set(question.fields) - {"id", "key"} or question.properties:
        size = min(size, FULL_ROWS_AT_MOST)
    if call.world.behaviour.short_pages and size > 1:
        size -= 1
    shown, more = ordered[:size], len(ordered) > size
    body: JsonObject = {
        "issues": [rows.issue(call, issue, face, question.fields, question.properties) for _, (issue, face) in shown],
        "isLast": not more,
    }
    if more:
        content = json.dumps({"q": question.digest, "k": shown[-1][0]}).encode()
        body["nextPageToken"] = base64.urlsafe_b64encode(content).decode()
    reply = Reply.json(body)
    reply.objects = len(shown)
    return reply


def _question(jql: str, asked: Mapping[str, Any]) -> Question:
    reconcile, properties = asked.get("reconcileIssues") or [], asked.get("properties") or []
    size = asked.get("maxResults", 50)
    if not isinstance(size, int) or not 1 <= size <= ROWS_AT_MOST:
        raise refusals.jira(400, "The max results parameter has to be between 1 and 5,000.")
    if not all(isinstance(each, int) for each in reconcile) or len(reconcile) > RECONCILED_AT_MOST:
        raise refusals.jira(400, "reconcileIssues takes at most 50 issue ids, which are numbers.")
    if len(properties) > PROPERTIES_AT_MOST:
        raise refusals.jira(400, "At most 5 properties can be asked for.")
    fields = asked.get("fields") or ["id"]
    return Question(jql, fields, properties, frozenset(map(str, reconcile)), size, asked.get("nextPageToken"))


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


def _ordered(call: JiraCall, query: JqlQuery, question: Question) -> list[tuple[Key, Hit]]:
    """What comes after the page before, newest first unless the query says otherwise.

    One order field is enough here: a second would only break ties that ids break as well.
    """
    field, descending = query.order[0] if query.order else ("id", True)
    if field not in ORDERABLE:
        raise refusals.jira(400, f"Not able to sort using field '{field}'.")

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

    last = _last_key(question)
    keyed = [(key(hit), hit) for hit in _hits(call, query, question.reconcile)]
    if last is not None:
        keyed = [pair for pair in keyed if (pair[0] < last if descending else pair[0] > last)]
    return sorted(keyed, key=lambda pair: pair[0], reverse=descending)


def _last_key(question: Question) -> Key | None:
    """Where the page before ended. A token of another question, or of nobody's, is refused."""
    if question.token is None:
        return None
    try:
        content = json.loads(base64.urlsafe_b64decode(question.token))
        asked, last = content["q"], content["k"]
    except (ValueError, KeyError, TypeError):
        raise refusals.jira(400, "The provided nextPageToken is invalid.") from None
    if asked != question.digest:
        raise refusals.jira(400, "The provided nextPageToken belongs to another search.")
    return tuple(last)


HANDLERS: dict[str, Handler] = {
    "searchAndReconsileIssuesUsingJql": get,
    "searchAndReconsileIssuesUsingJqlPost": post,
    "countIssues": count,
}
