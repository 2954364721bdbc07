"""One connection's Jira site, with one account's rights (api-facts §7)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import CloudId, IssueId
from confluence_connector.domain.rate_limits import Spent
from confluence_connector.ports import Deadline


@dataclass(frozen=True, slots=True)
class Project:
    id: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class IssueType:
    """`required`: ids of fields that must be given and have no default, beyond those that we give."""

    id: str
    name: str
    subtask: bool
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IssueRef:
    id: IssueId
    key: str


@dataclass(frozen=True, slots=True)
class Draft:
    """An issue to be made. `summary`: one line of at most 255 UTF-16 units (`domain.issue_texts`). No repr.

    `described`: its description says where the page is.
    """

    project_id: str
    issue_type: str
    summary: str
    page_url: str
    marker: str
    described: bool = True

    def __repr__(self) -> str:
        return f"Draft({self.marker})"


@dataclass(frozen=True, slots=True)
class IssueNow:
    """An issue as it is. `summary` is somebody's text: no repr."""

    ref: IssueRef
    summary: str
    status: str
    project_id: str

    def __repr__(self) -> str:
        return f"IssueNow({self.ref.id})"


@dataclass(frozen=True, slots=True)
class Transition:
    """`needs`: ids of fields that its screen demands."""

    id: str
    name: str
    to_status: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EditableField:
    """`type`: Jira's, or "document" for what takes one (ADF). `value` and `options` as Jira writes them: no repr."""

    id: str
    name: str
    type: str
    required: bool
    value: Any
    options: tuple[Any, ...] | None

    def __repr__(self) -> str:
        return f"EditableField({self.id})"


class Jira(Protocol):
    """Raises JiraUnavailable, RateLimited, JiraForbidden (the account may not, or has no Jira there), ScopesMissing,
    UpstreamProtocolError, and what the vault says. What changes something is never sent twice: where its answer was
    lost, WriteOutcomeUnknown; where Jira refused it, JiraRefused with the fields that it named.
    """

    @property
    def spent(self) -> Spent: ...

    # ── choosing ────────────────────────────────────────────────────────────────────────────────────────────────────

    def projects(self, query: str, *, limit: int, start: int = 0) -> Sequence[Project]:
        """Those whose key or name has the query in it, where the account may create issues, by name; without the first
        `start` of them.
        """

    def project(self, key: str) -> Project | None:
        """None: missing, or hidden."""

    def issue_types(self, project_key: str) -> Sequence[IssueType]:
        """What the account may create there, with the fields that each demands; none: the project is missing.

        JiraForbidden: it sees the project, and may create nothing there.
        """

    # ── rights ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def permissions(self, project_key: str, names: Sequence[str]) -> frozenset[str]:
        """Which of these the account has in the project; none where it cannot see it."""

    def has_access(self) -> bool:
        """Whether the account may use Jira on this site. False only on Jira's own definite word; what might be an
        outage, a grant that does not reach the site or a limit is raised.
        """

    # ── an engine's ─────────────────────────────────────────────────────────────────────────────────────────────────

    def create(self, draft: Draft) -> IssueRef:
        """With the marker as a property, in one request."""

    def created_lately(
        self, project_key: str, minutes: int, *, by_anyone: bool = False
    ) -> Iterator[tuple[IssueRef, str]]:
        """This account's issues of the last so many minutes that carry a marker of ours, with it, as the search index
        has them: it is late. `by_anyone`: other accounts' issues, too."""

    def issues(self, ids: Sequence[IssueId]) -> Mapping[IssueId, IssueNow]:
        """Those of at most 100 that the account sees."""

    def rename(self, issue_id: IssueId, summary: str) -> None:
        """Raises EditConflict, IssueGone."""

    def link_page(self, issue_id: IssueId, *, global_id: str, url: str, title: str) -> None:
        """The remote link, whole: made, or replaced under its global id. The one change that may be sent twice, so that
        a lost answer is JiraUnavailable. Raises IssueGone.
        """

    # ── people's ────────────────────────────────────────────────────────────────────────────────────────────────────

    def issue(self, issue_id: IssueId) -> IssueNow | None: ...

    def fields(self, issue_id: IssueId) -> Sequence[EditableField]:
        """What the account may edit of it, with the present values. Raises IssueGone."""

    def edit(self, issue_id: IssueId, fields: Mapping[str, Any]) -> None:
        """Raises EditConflict, IssueGone."""

    def transitions(self, issue_id: IssueId) -> Sequence[Transition]:
        """Those open to the account now; none without the permission. Raises IssueGone."""

    def transition(self, issue_id: IssueId, transition_id: str) -> None:
        """Raises EditConflict, IssueGone."""


class JiraSites(Protocol):
    def of(self, connection: Connection, cloud_id: CloudId, deadline: Deadline) -> Jira: ...
