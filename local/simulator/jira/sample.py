"""Jira on the sample sites: projects with two different workflows, and one project nobody but its lead sees."""

from datetime import UTC, datetime
from itertools import cycle

from local.simulator.accounts import ACCOUNTS, ACME, GLOBEX
from local.simulator.jira.fields import DEFAULT_PRIORITY
from local.simulator.jira.nouns import Face, Holders, IssueType, JiraSite, Project, Status, Transition, Workflow

EPOCH = datetime(2025, 9, 1, 8, 0, tzinfo=UTC)

TO_DO, IN_PROGRESS, DONE = (
    Status("10000", "To Do", "new"),
    Status("10001", "In Progress", "indeterminate"),
    Status("10002", "Done", "done"),
)
# Every step from everywhere, as team boards begin.
BOARD = Workflow(
    (TO_DO, IN_PROGRESS, DONE),
    (
        Transition("11", "To Do", TO_DO),
        Transition("21", "In Progress", IN_PROGRESS),
        Transition("31", "Done", DONE),
    ),
)
OPEN, REVIEW, APPROVED, REJECTED = (
    Status("10100", "Open", "new"),
    Status("10101", "In Review", "indeterminate"),
    Status("10102", "Approved", "done"),
    Status("10103", "Rejected", "done"),
)
# One step at a time; approval is for those who may resolve, and asks for a resolution.
REVIEWED = Workflow(
    (OPEN, REVIEW, APPROVED, REJECTED),
    (
        Transition("4", "Start review", REVIEW, frozenset({OPEN.id})),
        Transition("5", "Approve", APPROVED, frozenset({REVIEW.id}), "RESOLVE_ISSUES", (("resolution", True),)),
        Transition("6", "Reject", REJECTED, frozenset({REVIEW.id}), "RESOLVE_ISSUES"),
        Transition("7", "Send back", OPEN, frozenset({REVIEW.id})),
        Transition("8", "Reopen", OPEN, frozenset({APPROVED.id, REJECTED.id})),
    ),
)

BASIC = (
    ("summary", True),
    ("description", False),
    ("labels", False),
    ("parent", False),
    ("priority", False),
    ("assignee", False),
    ("duedate", False),
    ("customfield_10052", False),
)
BUG_FIELDS = (*BASIC, ("customfield_10051", False), ("customfield_10050", True))

EVERYBODY: Holders = None
WORKING = (
    "BROWSE_PROJECTS",
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "ASSIGN_ISSUES",
    "ADD_COMMENTS",
    "ASSIGNABLE_USER",
    "LINK_ISSUES",
    "TRANSITION_ISSUES",
)
LEADING = ("ADMINISTER_PROJECTS", "DELETE_ISSUES", "RESOLVE_ISSUES")


def _types(first_id: int, workflow: Workflow) -> tuple[IssueType, ...]:
    """Epic, task, bug and sub-task; bugs cannot be without a severity."""
    return (
        IssueType(str(first_id), "Epic", workflow, BASIC, 1, "A big piece of work."),
        IssueType(str(first_id + 1), "Task", workflow, BASIC, 0, "A small, distinct piece of work."),
        IssueType(str(first_id + 2), "Bug", workflow, BUG_FIELDS, 0, "A problem or error."),
        IssueType(str(first_id + 3), "Sub-task", workflow, BASIC, -1, "A part of a bigger piece of work."),
    )


def _scheme(workers: Holders, leads: Holders) -> dict[str, Holders]:
    return {**dict.fromkeys(WORKING, workers), **dict.fromkeys(LEADING, leads)}


def _id(name: str) -> str:
    return ACCOUNTS[name].account_id


def _only(*names: str) -> Holders:
    return frozenset(map(_id, names))


def _members(cloud_id: str) -> set[str]:
    return {account.account_id for account in ACCOUNTS.values() if account.has(cloud_id, "jira")}


def _with_issues(site: JiraSite, *summaries: str) -> None:
    """Tasks by ada, dealt to the projects in turn."""
    for project, summary in zip(cycle(site.projects.values()), summaries, strict=False):
        task = project.types[1]
        first = task.workflow.statuses[0].id
        face = Face(EPOCH, first, summary, labels=("sample",), values={"priority": dict(DEFAULT_PRIORITY)})
        site.add(project, task.id, _id("ada"), face)


def acme() -> JiraSite:
    """A fresh copy. `WEB`: all may do everything. `PLAT`: reviewed; grace only looks. `SEC`: ada alone."""
    web = _scheme(EVERYBODY, _only("alice"))
    platform = _scheme(_only("alice", "ada"), _only("alice")) | {"BROWSE_PROJECTS": EVERYBODY}
    security = _scheme(_only("ada"), _only("ada"))
    site = JiraSite(
        ACME,
        "https://acme.atlassian.net",
        (
            Project("10001", "WEB", "Web shop", _types(10_001, BOARD), _id("alice"), web),
            Project("10002", "PLAT", "Platform", _types(10_011, REVIEWED), _id("ada"), platform, description="On call"),
            Project("10003", "SEC", "Security", _types(10_021, BOARD), _id("ada"), security),
        ),
        {"ADMINISTER": _only("alice"), "USER_PICKER": EVERYBODY},
        _members(ACME),
    )
    _with_issues(
        site,
        "Saved carts are lost at midnight",
        "Rotate the signing keys",
        "A door is open",
        "Carts lose postcodes",
    )
    return site


def globex() -> JiraSite:
    """A fresh copy; its ids are acme's ids too. Nobody has Jira here until the control API says so."""
    site = JiraSite(
        GLOBEX,
        "https://globex.atlassian.net",
        (
            Project(
                "10001",
                "OPS",
                "Operations",
                _types(10_001, REVIEWED),
                _id("alice"),
                _scheme(EVERYBODY, EVERYBODY),
                team_managed=True,
            ),
        ),
        {"ADMINISTER": _only("ada"), "USER_PICKER": EVERYBODY},
        _members(GLOBEX),
    )
    _with_issues(site, "Count the cold store")
    return site


def sample_jira() -> dict[str, JiraSite]:
    """All sites with Jira, by cloud id."""
    return {site.cloud_id: site for site in (acme(), globex())}
