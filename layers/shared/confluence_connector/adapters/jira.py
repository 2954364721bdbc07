"""Jira Cloud v3 with one connection's grant: the `Jira` port.

Ids that enter a path are digits and keys are of a key's form, checked here again (D4). A key in JQL is quoted all the
same: `AND`, `OR` and `EMPTY` are lawful keys, and words of the language (fault case M5).

Points: an object for each project, issue type, field and issue that an answer lists, an identity for each permission
and for the account itself (api-facts §5).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx

from confluence_connector.adapters import jira_wire as wire
from confluence_connector.adapters.atlassian_http import AtlassianHttp
from confluence_connector.adapters.confluence_wire import Wire
from confluence_connector.adapters.jira_calls import (
    NOT_UNDERSTOOD,
    JiraCalls,
    NotAQuestion,
    outcome_unknown,
    says_itself,
)
from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import PAGE, CloudId, IssueId
from confluence_connector.domain.rate_limits import Spent
from confluence_connector.errors import (
    IssueGone,
    JiraForbidden,
    JiraRefused,
    JiraUnavailable,
    UpstreamProtocolError,
)
from confluence_connector.limits import ATLASSIAN_LIST_PAGES
from confluence_connector.ports import Deadline
from confluence_connector.ports.atlassian import AccessTokens
from confluence_connector.ports.jira import Draft, EditableField, IssueNow, IssueRef, IssueType, Project, Transition

PROJECT_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,254}", re.ASCII)
PROJECTS_AT_ONCE: Final = 100
META_AT_ONCE: Final = 200
FOUND_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class JiraSitesOverHttp:
    """The `JiraSites` port."""

    http: AtlassianHttp
    tokens: AccessTokens

    def of(self, connection: Connection, cloud_id: CloudId, deadline: Deadline) -> "JiraOverHttp":
        return JiraOverHttp(JiraCalls(self.http, self.tokens, connection, cloud_id, deadline))


@dataclass(frozen=True, slots=True)
class JiraOverHttp:
    """The `Jira` port."""

    calls: JiraCalls

    @property
    def spent(self) -> Spent:
        return self.calls.spent

    # ── choosing ────────────────────────────────────────────────────────────────────────────────────────────────────

    def projects(self, query: str, *, limit: int, start: int = 0) -> Sequence[Project]:
        asked = {"action": "create", "orderBy": "name", **({"query": query} if query else {})}
        found: list[Project] = []
        for _ in range(ATLASSIAN_LIST_PAGES):
            size = min(limit - len(found), PROJECTS_AT_ONCE)
            here = {"startAt": str(start + len(found)), "maxResults": str(size)}
            answer = self.calls.get("/project/search", asked | here)
            if answer is None:  # documented for a list without a row
                return found
            listed = wire.checked(wire.Projects, answer)
            self.spent.returned(objects=len(listed.values))
            found += listed.nouns()
            if listed.is_last or len(found) >= limit:
                return found[:limit]
            if not listed.values:
                break
        raise UpstreamProtocolError(NOT_UNDERSTOOD)  # a list that does not end (D9)

    def project(self, key: str) -> Project | None:
        if not PROJECT_KEY.fullmatch(key):
            return None
        found = self.calls.get(f"/project/{key}", {})
        if found is None:
            return None
        self.spent.returned(objects=1)
        return wire.one_project(found)

    def issue_types(self, project_key: str) -> Sequence[IssueType]:
        if not PROJECT_KEY.fullmatch(project_key):
            return []
        path = f"/issue/createmeta/{project_key}/issuetypes"
        found: list[IssueType] = []
        for each in self._every(path, wire.Page[wire.Type]) or ():
            fields = self._every(f"{path}/{each.id}", wire.Page[wire.CreateField])
            if fields is not None:  # None: it is gone meanwhile
                found.append(wire.issue_type(each, fields))
        return found

    # ── rights ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def permissions(self, project_key: str, names: Sequence[str]) -> frozenset[str]:
        if not PROJECT_KEY.fullmatch(project_key):
            return frozenset()
        found = self.calls.get("/mypermissions", {"permissions": ",".join(names), "projectKey": project_key})
        if found is None:
            return frozenset()
        self.spent.returned(identities=len(names))
        held = wire.checked(wire.Permissions, found).permissions
        if not held.keys() >= set(names):
            raise UpstreamProtocolError(NOT_UNDERSTOOD)
        return frozenset(name for name in names if held[name].held)

    def has_access(self) -> bool:
        """False after Jira's own 403 to `/myself`, asked again with a grant that Confluence has just accepted.

        What Jira answers to an account without Jira is documented nowhere (api-facts §7 has the shape of its refusals
        alone). Assumed: 403 with Jira's own `errorMessages`. Every other refusal might be about the token, the app, the
        site or the network, and is raised: at worst somebody without Jira is refused, and never helped to more.
        """
        if self._lets_me_in():
            return True
        if not self.calls.confluence_takes_the_token():
            raise JiraForbidden
        return self._lets_me_in()

    def _lets_me_in(self) -> bool:
        answer = self.calls.knows_me()
        if answer.status == httpx.codes.OK:
            self.spent.returned(identities=1)
            return True
        if answer.status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise JiraUnavailable
        if answer.status == httpx.codes.FORBIDDEN and says_itself(answer):
            return False
        raise JiraForbidden

    # ── an engine's ─────────────────────────────────────────────────────────────────────────────────────────────────

    def create(self, draft: Draft) -> IssueRef:
        try:
            answer = self.calls.change("POST", "/issue", wire.draft(draft))
        except IssueGone:  # what it names is not there
            raise JiraRefused(fields=[]) from None
        try:
            return wire.created(answer.json())
        except UpstreamProtocolError:
            raise outcome_unknown() from None  # it was made, and does not say which it is

    def created_lately(
        self, project_key: str, minutes: int, *, by_anyone: bool = False
    ) -> Iterator[tuple[IssueRef, str]]:
        """Raises JiraForbidden also for a project that is out of sight: JQL may not name it."""
        asked: dict[str, Any] = {
            "jql": created_lately_jql(project_key, minutes, by_anyone=by_anyone),
            "fields": ["created"],
            "properties": [wire.MARKER],
            "maxResults": FOUND_AT_ONCE,
        }
        seen = set[str]()
        while True:
            try:
                found = wire.checked(wire.Found, self.calls.ask("/search/jql", asked))
            except NotAQuestion:
                raise JiraForbidden from None
            self.spent.returned(objects=len(found.issues))
            yield from found.marked()
            if found.following is None:
                return
            if found.following in seen or len(seen) >= ATLASSIAN_LIST_PAGES:
                raise UpstreamProtocolError(NOT_UNDERSTOOD)
            seen.add(found.following)
            asked["nextPageToken"] = found.following

    def issues(self, ids: Sequence[IssueId]) -> Mapping[IssueId, IssueNow]:
        if not ids:
            return {}
        wanted = {_digits(each): each for each in ids}
        asked = {"issueIdsOrKeys": list(wanted), "fields": list(wire.ISSUE_FIELDS)}
        answer = wire.checked(wire.Issues, self.calls.ask("/issue/bulkfetch", asked))
        self.spent.returned(objects=len(answer.issues))
        found = {wanted[each.id]: wire.issue_now(each) for each in answer.issues if each.id in wanted}
        if (
            answer.errors
        ):  # what Jira could not read just now is absent, too: whatever is missing is asked for by itself
            for each in [each for each in ids if each not in found]:
                if (issue := self.issue(each)) is not None:
                    found[each] = issue
        return found

    def rename(self, issue_id: IssueId, summary: str) -> None:
        self.edit(issue_id, {"summary": summary})

    def link_page(self, issue_id: IssueId, *, global_id: str, url: str, title: str) -> None:
        link = wire.remote_link(global_id, url, title)
        self.calls.change("POST", f"/issue/{_digits(issue_id)}/remotelink", link, repeatable=True)

    # ── people's ────────────────────────────────────────────────────────────────────────────────────────────────────

    def issue(self, issue_id: IssueId) -> IssueNow | None:
        found = self._read(issue_id, wire.ISSUE_FIELDS)
        return None if found is None else wire.one_issue(found)

    def fields(self, issue_id: IssueId) -> Sequence[EditableField]:
        offered = wire.checked(wire.EditFields, self._of(issue_id, "/editmeta", {})).settable()
        if not offered:
            return []
        found = self._read(issue_id, list(offered))
        if found is None:
            raise IssueGone
        values = wire.checked(wire.Values, found).fields
        return [wire.editable(name, each, values.get(name)) for name, each in offered.items()]

    def edit(self, issue_id: IssueId, fields: Mapping[str, Any]) -> None:
        self.calls.change("PUT", f"/issue/{_digits(issue_id)}", {"fields": dict(fields)})

    def transitions(self, issue_id: IssueId) -> Sequence[Transition]:
        found = self._of(issue_id, "/transitions", {"expand": "transitions.fields"})
        return wire.checked(wire.Transitions, found).nouns()

    def transition(self, issue_id: IssueId, transition_id: str) -> None:
        wanted = {"transition": {"id": transition_id}}
        self.calls.change("POST", f"/issue/{_digits(issue_id)}/transitions", wanted)

    # ── what they share ─────────────────────────────────────────────────────────────────────────────────────────────

    def _read(self, issue_id: IssueId, fields: Sequence[str]) -> dict[str, Any] | None:
        found = self.calls.get(f"/issue/{_digits(issue_id)}", {"fields": ",".join(fields)})
        if found is not None:
            self.spent.returned(objects=1)
        return found

    def _of(self, issue_id: IssueId, part: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Something of an issue. Raises IssueGone."""
        found = self.calls.get(f"/issue/{_digits(issue_id)}{part}", query)
        if found is None:
            raise IssueGone
        return found

    def _every[Row: Wire](self, path: str, kind: type[wire.Page[Row]]) -> list[Row] | None:
        """Every row of create metadata; None: what it is about is missing or hidden. Raises JiraForbidden.

        400 is documented without a reason; the question itself is always lawful, so the account may not ask it.
        """
        rows: list[Row] = []
        for _ in range(ATLASSIAN_LIST_PAGES):
            try:
                found = self.calls.get(path, {"startAt": str(len(rows)), "maxResults": str(META_AT_ONCE)})
            except NotAQuestion:
                raise JiraForbidden from None
            if found is None:
                return None
            page = wire.checked(kind, found)
            self.spent.returned(objects=len(page.rows))
            rows += page.rows
            if len(rows) >= page.total:
                return rows
            if not page.rows:
                break
        raise UpstreamProtocolError(NOT_UNDERSTOOD)


def created_lately_jql(project_key: str, minutes: int, *, by_anyone: bool = False) -> str:
    """Raises ValueError for what is no key."""
    if not PROJECT_KEY.fullmatch(project_key):
        raise ValueError("not a key of a Jira project")
    creator = "" if by_anyone else "creator = currentUser() AND "
    return f'project = "{project_key}" AND {creator}created >= -{minutes}m'


def _digits(issue_id: IssueId) -> str:
    """An id that enters a path, checked once more where it does (D4)."""
    if not PAGE.fullmatch(issue_id):
        raise ValueError("not an id of Jira")
    return issue_id
