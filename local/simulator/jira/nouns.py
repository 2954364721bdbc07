"""What a Jira site is made of: projects with issue types, workflows and a permission scheme each, and their issues."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from local.simulator.wire import JsonObject

type Category = Literal["new", "indeterminate", "done"]
# Who holds a permission: these account ids; None is everybody with Jira on the site.
type Holders = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Status:
    """A step of a workflow."""

    id: str
    name: str
    category: Category


@dataclass(frozen=True, slots=True)
class Transition:
    """A way to `to`. `sources`: the statuses it begins from, none for any; `needs`: the permission its condition asks.

    `screen`: the fields its screen shows, each with whether it must be filled.
    """

    id: str
    name: str
    to: Status
    sources: frozenset[str] = frozenset()
    needs: str | None = None
    screen: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Workflow:
    """Statuses (the first is where issues begin) and the transitions between them."""

    statuses: tuple[Status, ...]
    transitions: tuple[Transition, ...]


@dataclass(frozen=True, slots=True)
class IssueType:
    """A kind of issue; `fields` names what its create screen shows, each with whether it must be filled."""

    id: str
    name: str
    workflow: Workflow
    fields: tuple[tuple[str, bool], ...]
    hierarchy_level: int = 0
    description: str = ""

    @property
    def subtask(self) -> bool:
        """Whether it exists below a parent only."""
        return self.hierarchy_level < 0


@dataclass(slots=True)
class Project:
    """A project. `holders` is its permission scheme: a permission not in it is nobody's. `team_managed`: next-gen."""

    id: str
    key: str
    name: str
    types: tuple[IssueType, ...]
    lead_id: str
    holders: dict[str, Holders]
    team_managed: bool = False
    description: str = ""
    issues_ever: int = 0

    def type(self, type_id: str) -> IssueType | None:
        """An issue type by id."""
        return next((each for each in self.types if each.id == type_id), None)


@dataclass(frozen=True, slots=True)
class Face:
    """What search knows of an issue from `at` on. `values`: the other fields, as the API gives them."""

    at: datetime
    status_id: str
    summary: str
    description: JsonObject | None = field(default=None, repr=False)
    labels: tuple[str, ...] = ()
    parent_id: str | None = None
    values: JsonObject = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class RemoteLink:
    """A link to something outside Jira. What the last write left out is None."""

    id: int
    global_id: str | None
    object: JsonObject
    application: JsonObject | None = None
    relationship: str | None = None


@dataclass(slots=True)
class Issue:
    """An issue. `faces` are its states, oldest first: search sees an earlier one than a reader does."""

    id: str
    key: str
    project_id: str
    type_id: str
    creator_id: str
    created_at: datetime
    faces: list[Face]
    properties: dict[str, Any] = field(default_factory=dict, repr=False)
    links: list[RemoteLink] = field(default_factory=list)

    @property
    def face(self) -> Face:
        """The newest state."""
        return self.faces[-1]

    def indexed(self, now: datetime, delay_seconds: int) -> Face | None:
        """The newest state that search has taken up; None while even the first is too new."""
        # A state may be dated a millisecond ahead of a clock that stands still.
        seen = max(now, self.face.at) if delay_seconds == 0 else now
        taken_up = (face for face in reversed(self.faces) if (seen - face.at).total_seconds() >= delay_seconds)
        return next(taken_up, None)

    def turn(self, now: datetime, **changes: Any) -> None:
        """A new state. Two within a clock tick still have different times at Jira's millisecond resolution."""
        moment = max(now, self.face.at + timedelta(milliseconds=1))
        self.faces.append(replace(self.face, at=moment, **changes))


class JiraSite:
    """Jira on one site. Ids are unique within one site only."""

    def __init__(
        self, cloud_id: str, url: str, projects: tuple[Project, ...], holders: dict[str, Holders], members: set[str]
    ) -> None:
        self.cloud_id, self.url = cloud_id, url
        self.members = members  # the account ids that have Jira here
        self.projects = {project.id: project for project in projects}
        self.issues: dict[str, Issue] = {}
        self.holders = holders  # of the global permissions
        self.ids_used = 10_000

    def new_id(self) -> str:
        """An id nothing on the site has had."""
        self.ids_used += 1
        return str(self.ids_used)

    def project(self, id_or_key: str) -> Project | None:
        """A project by id or key."""
        by_key = (each for each in self.projects.values() if each.key.casefold() == id_or_key.casefold())
        return self.projects.get(id_or_key) or next(by_key, None)

    def issue(self, id_or_key: str) -> Issue | None:
        """An issue by id, or by key whatever its case."""
        key = id_or_key.upper()
        by_key = (each for each in self.issues.values() if each.key == key)
        return self.issues.get(id_or_key) or next(by_key, None)

    def type_of(self, issue: Issue) -> IssueType:
        """The issue's type."""
        return next(each for each in self.projects[issue.project_id].types if each.id == issue.type_id)

    def add(self, project: Project, type_id: str, creator_id: str, face: Face) -> Issue:
        """A new issue with the project's next key; numbers of deleted issues do not come again."""
        project.issues_ever += 1
        key = f"{project.key}-{project.issues_ever}"
        issue = Issue(self.new_id(), key, project.id, type_id, creator_id, face.at, [face])
        self.issues[issue.id] = issue
        return issue
