"""Which issues a parsed JQL query finds. What a query names and is not there is an error, not an empty answer."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from local.simulator.jira.call import JiraCall
from local.simulator.jira.fields import PRIORITIES, RESOLUTIONS
from local.simulator.jira.jql import Clause, Empty, Function, Joined, JqlError, Not, Tree, Value
from local.simulator.jira.nouns import Face, Issue, Project

NEGATIONS = {"!=": "=", "not in": "in", "is not": "is", "!~": "~"}
EQUALITIES = frozenset({"=", "in", "is"})
DATE_FORMS = ("%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y-%m-%d")
OFFSET = re.compile(r"([+-]?)(\d+)([mhdw])")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
SAME = {"issuekey": "key", "issue": "key", "type": "issuetype", "createddate": "created", "updateddate": "updated"}
DOCUMENTED = frozenset(
    {"comment", "component", "description", "due", "duedate", "filter", "fixversion", "level", "resolved", "sprint"}
    | {"text", "votes", "voter", "watcher", "worklogdate", "environment", "attachments", "lastviewed", "category"}
)
DATES = frozenset({"created", "updated"})
WORD = re.compile(r"\w+")


class NotSimulated(Exception):
    """Documented JQL that the simulator does not know."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """Tests issues against a query for one call."""

    call: JiraCall

    def finds(self, tree: Tree, issue: Issue, face: Face) -> bool:
        """Whether the query finds this issue in the state search knows. Raises JqlError, NotSimulated."""
        match tree:
            case Not(inner):
                return not self.finds(inner, issue, face)
            case Joined(word, parts):
                # All parts are read even so: a mistake in the last is an error, not luck.
                found = [self.finds(part, issue, face) for part in parts]
                return all(found) if word == "and" else any(found)
            case Clause(field, operator, values) if operator in NEGATIONS:
                positive = Clause(field, NEGATIONS[operator], values)
                return not self._clause(positive, issue, face) and not (
                    # "Is not this" is said of what there is: an empty field is not found by it.
                    operator in {"!=", "not in"} and self._is_empty(field, issue, face)
                )
            case Clause():
                return self._clause(tree, issue, face)

    def check(self, tree: Tree) -> None:
        """Read the query even where there is no issue to hold against it."""
        match tree:
            case Not(inner):
                self.check(inner)
            case Joined(_, parts):
                for part in parts:
                    self.check(part)
            case Clause(field, operator, values):
                positive = NEGATIONS.get(operator, operator)
                field = SAME.get(field, field)
                if field in DATES:
                    _compare(positive, self.call.now, self._moment(values[0]))
                elif field == "summary":
                    _text(values[0], field, positive)
                else:
                    self._wanted(field, positive, values)

    def _clause(self, clause: Clause, issue: Issue, face: Face) -> bool:
        field = SAME.get(clause.field, clause.field)
        if field in DATES:
            moment = issue.created_at if field == "created" else face.at
            return _compare(clause.operator, moment, self._moment(clause.values[0]))
        if field == "summary":
            words = {word.casefold() for word in WORD.findall(face.summary)}
            asked = WORD.findall(_text(clause.values[0], field, clause.operator))
            return all(word.casefold() in words for word in asked)
        actual = self._actual(field, issue, face)
        wanted = self._wanted(field, clause.operator, clause.values)
        return bool(actual & wanted) or (None in wanted and not actual)

    def _is_empty(self, field: str, issue: Issue, face: Face) -> bool:
        field = SAME.get(field, field)
        return field not in DATES and not self._actual(field, issue, face)

    def _actual(self, field: str, issue: Issue, face: Face) -> set[str | None]:
        """What the issue has, as ids in lower case."""
        readers: dict[str, Callable[[], set[str | None]]] = {
            "project": lambda: {issue.project_id},
            "key": lambda: {issue.id},
            "id": lambda: {issue.id},
            "issuetype": lambda: {issue.type_id},
            "status": lambda: {face.status_id},
            "statuscategory": lambda: {self._category(issue, face)},
            "labels": lambda: {label.casefold() for label in face.labels},
            "creator": lambda: {issue.creator_id},
            "reporter": lambda: {issue.creator_id},
            "assignee": lambda: {(face.values.get("assignee") or {}).get("accountId")} - {None},
            "parent": lambda: {face.parent_id} - {None},
            "resolution": lambda: {(face.values.get("resolution") or {}).get("id")} - {None},
            "priority": lambda: {(face.values.get("priority") or {}).get("id")} - {None},
        }
        return readers[field]()

    def _category(self, issue: Issue, face: Face) -> str:
        statuses = self.call.site.type_of(issue).workflow.statuses
        return next(each.category for each in statuses if each.id == face.status_id)

    def _wanted(self, field: str, operator: str, values: tuple[Value, ...]) -> set[str | None]:
        """What a clause names, as ids; None for EMPTY."""
        readers = self._readers()
        if field not in readers:
            if field in DOCUMENTED or field.startswith("cf["):
                raise NotSimulated(f"the JQL field {field}")
            raise JqlError(f"Field '{field}' does not exist or you do not have permission to view it.")
        if operator not in EQUALITIES:
            raise JqlError(f"The operator '{operator}' is not supported by the '{field}' field.")
        found: set[str | None] = set()
        for value in values:
            match value:
                case Empty():
                    found.add(None)
                case Function("currentuser") if field in {"creator", "reporter", "assignee"}:
                    found.add(self.call.account.account_id)
                case Function(name):
                    raise NotSimulated(f"the JQL function {name}() for {field}")
                case str():
                    ids = readers[field](value)
                    if not ids:
                        raise JqlError(f"The value '{value}' does not exist for the field '{field}'.")
                    found |= ids
        return found

    def _readers(self) -> dict[str, Callable[[str], set[str]]]:
        """From a value as written to the ids it may mean; none for one that is not there."""
        return {
            "project": self._projects,
            "key": self._issues,
            "id": self._issues,
            "parent": self._issues,
            "issuetype": lambda value: {
                each.id for one in self._seen() for each in one.types if _is(value, each.id, each.name)
            },
            "status": lambda value: {
                each.id
                for one in self._seen()
                for kind in one.types
                for each in kind.workflow.statuses
                if _is(value, each.id, each.name)
            },
            "statuscategory": lambda value: {
                category
                for category, names in {
                    "new": ("2", "new", "to do"),
                    "indeterminate": ("4", "indeterminate", "in progress"),
                    "done": ("3", "done"),
                }.items()
                if value.casefold() in names
            },
            "labels": lambda value: {value.casefold()},
            "creator": lambda value: {value},
            "reporter": lambda value: {value},
            "assignee": lambda value: {value},
            "resolution": lambda value: {each["id"] for each in RESOLUTIONS if _is(value, each["id"], each["name"])},
            "priority": lambda value: {each["id"] for each in PRIORITIES if _is(value, each["id"], each["name"])},
        }

    def _seen(self) -> list[Project]:
        return [each for each in self.call.site.projects.values() if self.call.can("BROWSE_PROJECTS", each)]

    def _projects(self, value: str) -> set[str]:
        return {each.id for each in self._seen() if _is(value, each.id, each.key, each.name)}

    def _issues(self, value: str) -> set[str]:
        issue = self.call.site.issue(value)
        return {issue.id} if issue and self.call.may("BROWSE_PROJECTS", issue) else set()

    def _moment(self, value: Value) -> datetime:
        """An offset from now, or a date in the zone of the person searching."""
        if isinstance(value, Function) and value.name == "now" and not value.arguments:
            return self.call.now
        if not isinstance(value, str):
            raise NotSimulated("this value for a date")
        if offset := OFFSET.fullmatch(value):
            size = int(offset[2]) * UNITS[offset[3]]
            return self.call.now + (-size if offset[1] == "-" else size)
        for form in DATE_FORMS:
            try:
                return datetime.strptime(value, form).replace(tzinfo=ZoneInfo(self.call.account.zone))
            except ValueError:
                continue
        raise JqlError(f"Date value '{value}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm' and '-60m'.")


def _is(value: str, *names: str) -> bool:
    return value.casefold() in {name.casefold() for name in names}


def _text(value: Value, field: str, operator: str) -> str:
    if operator != "~":
        raise JqlError(f"The operator '{operator}' is not supported by the '{field}' field.")
    if not isinstance(value, str) or not WORD.search(value):
        raise JqlError(f"The field '{field}' cannot be searched for this text.")
    if set(value) & set('*?~"'):
        raise NotSimulated("wildcards, fuzzy words and phrases in JQL")
    return value


def _compare(operator: str, actual: datetime, wanted: datetime) -> bool:
    comparisons = {
        "=": actual == wanted,
        ">": actual > wanted,
        ">=": actual >= wanted,
        "<": actual < wanted,
        "<=": actual <= wanted,
    }
    if operator not in comparisons:
        raise JqlError(f"The operator '{operator}' is not supported by date fields.")
    return comparisons[operator]
