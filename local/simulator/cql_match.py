"""Which content a parsed CQL query finds: word matching, minute dates in the searcher's zone, index lag."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

from local.simulator.accounts import Account
from local.simulator.cql import Clause, CqlError, Function, Joined, Not, Tree, Value
from local.simulator.sites import Content, Site, Version

TYPES = (
    "space",
    "user",
    "page",
    "blogpost",
    "comment",
    "attachment",
    "database",
    "whiteboard",
    "slide",
    "embed",
    "folder",
)
DOCUMENTED = frozenset({"container", "favourite", "macro", "mention", "owner", "pagestatus", "subtype", "watcher"})
DATE_FORMS = ("%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y-%m-%d")
OFFSET = re.compile(r"(-?)(\d+)([mhdwy])")
UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365),
}
TAGS = re.compile(r"<!\[CDATA\[|\]\]>|<[^>]*>")
WORD = re.compile(r"[\w*?]+")
PHRASE = re.compile(r'"([^"]*)"')


class NotSimulated(Exception):
    """Documented CQL that the simulator does not know."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """Tests content against a query for one searching account at one moment."""

    site: Site
    account: Account
    now: datetime
    index_delay_seconds: int
    _wanted: dict[int, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    def indexed(self, content: Content) -> Version | None:
        """The newest version that the index has taken up; None while even the first is too new."""
        for version in reversed(content.versions):
            age = (self.now - version.created_at).total_seconds()
            if not 0 <= age < self.index_delay_seconds:
                return version
        return None

    def finds(self, tree: Tree, content: Content, version: Version) -> bool:
        """Whether the query finds this content. Raises CqlError, NotSimulated."""
        match tree:
            case Not(inner):
                return not self.finds(inner, content, version)
            case Joined("and", left, right):
                # Both sides are read even so: a mistake in the second is an error, not luck.
                return all([self.finds(left, content, version), self.finds(right, content, version)])
            case Joined(_, left, right):
                return any([self.finds(left, content, version), self.finds(right, content, version)])
            case Clause():
                return self._clause(tree, content, version)

    def _clause(self, clause: Clause, content: Content, version: Version) -> bool:
        space = self.site.spaces[content.space_id]
        texts: dict[str, Callable[[], set[str]]] = {
            "space": lambda: {space.key.casefold()},
            "space.key": lambda: {space.key.casefold()},
            "space.type": lambda: {space.type},
            "type": lambda: {content.type},
            "id": lambda: {content.id},
            "content": lambda: {content.id},
            "label": lambda: {each.casefold() for each in content.indexed_labels(self.now, self.index_delay_seconds)},
            "parent": lambda: {content.parent_id or ""},
            "ancestor": lambda: {each.id for each in self.site.ancestors(content)},
            "creator": lambda: {content.author_id},
            "contributor": lambda: {each.author_id for each in content.versions},
        }
        moments = {"created": content.created_at, "lastmodified": version.created_at}
        if clause.field in {"title", "text"}:
            return _text_matches(clause, version.title, lambda: plain_text(version))
        if clause.field == "space.title":
            return _text_matches(Clause("title", clause.operator, clause.values), space.name, str)
        if clause.field in moments:
            return self._date_matches(clause, moments[clause.field])
        if clause.field in texts:
            return self._equals(clause, texts[clause.field]())
        if clause.field in DOCUMENTED:
            raise NotSimulated(f"the CQL field {clause.field}")
        raise CqlError(f"No field exists with the name: '{clause.field}'")

    def _equals(self, clause: Clause, actual: set[str]) -> bool:
        wanted = self._values(clause)
        if clause.field == "type" and (unknown := wanted - set(TYPES)):
            raise CqlError(
                f"The type {', '.join(sorted(unknown))} is not supported. Supported types are: {','.join(TYPES)}"
            )
        match clause.operator:
            case "=" | "in":
                return bool(wanted & actual)
            case "!=" | "not in":
                return not wanted & actual
        raise CqlError(f"The field '{clause.field}' does not support the operator '{clause.operator}'")

    def named(self, tree: Tree, *fields: str) -> frozenset[str] | None:
        """Values one of which a field must have for content to be found; None if the query does not say."""
        match tree:
            case Joined("and", left, right):
                return self.named(right, *fields) if (found := self.named(left, *fields)) is None else found
            case Clause(field, "=" | "in") if field in fields:
                return self._values(tree)
        return None

    def _values(self, clause: Clause) -> frozenset[str]:
        """The clause's values, worked out once a query and not once a page."""
        known = self._wanted.get(id(clause))
        if known is None:
            known = self._wanted[id(clause)] = frozenset(self._text(value) for value in clause.values)
        return known

    def _text(self, value: Value) -> str:
        match value:
            case Function("currentuser"):
                return self.account.account_id
            case Function(name):
                raise NotSimulated(f"the CQL function {name}()")
            case _:
                return value.casefold()

    def _date_matches(self, clause: Clause, actual: datetime) -> bool:
        wanted = self._moment(clause.values[0])
        seen = actual.astimezone(UTC).replace(second=0, microsecond=0)
        comparisons: dict[str, bool] = {
            "=": seen == wanted,
            "!=": seen != wanted,
            ">": seen > wanted,
            ">=": seen >= wanted,
            "<": seen < wanted,
            "<=": seen <= wanted,
        }
        if clause.operator not in comparisons:
            raise CqlError(f"The field '{clause.field}' does not support the operator '{clause.operator}'")
        return comparisons[clause.operator]

    def _moment(self, value: Value) -> datetime:
        """To the minute; written dates are in the zone of the person searching."""
        if isinstance(value, Function):
            offset = OFFSET.fullmatch(value.argument or "0m")
            if value.name != "now":
                raise NotSimulated(f"the CQL function {value.name}()")
            if offset is None:
                raise CqlError(f"Could not parse the increment {value.argument}")
            size = int(offset[2]) * UNITS[offset[3]]
            return (self.now + (-size if offset[1] else size)).replace(second=0, microsecond=0)
        for form in DATE_FORMS:
            try:
                local = datetime.strptime(value, form).replace(tzinfo=ZoneInfo(self.account.zone))
            except ValueError:
                continue
            return local.astimezone(UTC)
        raise CqlError(f"Could not parse the date {value}")


def plain_text(version: Version) -> str:
    """What the index holds of a body."""
    return unescape(TAGS.sub(" ", version.storage or ""))


def _text_matches(clause: Clause, title: str, body: Callable[[], str]) -> bool:
    values = [value for value in clause.values if isinstance(value, str)]
    if not values or not all(values):
        raise CqlError(f"The value for '{clause.field}' must not be empty")
    exact = clause.field == "title" and clause.operator in {"=", "!=", "in", "not in"}
    if exact:
        found = title.casefold() in {value.casefold() for value in values}
    elif clause.operator in {"~", "!~"}:
        found = _words_match(values[0], title if clause.field == "title" else f"{title} {body()}")
    else:
        raise CqlError(f"The field '{clause.field}' does not support the operator '{clause.operator}'")
    return found != clause.operator.startswith(("!", "not"))


def _words_match(wanted: str, text: str) -> bool:
    """Whole words in any order, all of them; phrases in inner quotes; wildcards inside or at the end of a word."""
    if wanted.endswith("~"):
        raise NotSimulated("fuzzy matching")
    if wanted.lstrip().startswith(("*", "?")):
        raise CqlError(f"Could not parse cql : '*' or '?' not allowed as first character: {wanted}")
    words = [_stem(word) for word in WORD.findall(text.casefold())]
    running = f" {' '.join(words)} "
    for phrase in PHRASE.findall(wanted):
        if f" {' '.join(_stem(word) for word in WORD.findall(phrase.casefold()))} " not in running:
            return False
    loose = [_stem(word) for word in WORD.findall(PHRASE.sub(" ", wanted).casefold())]
    return all(any(_word_matches(word, each) for each in words) for word in loose)


def _word_matches(pattern: str, word: str) -> bool:
    if "*" not in pattern and "?" not in pattern:
        return pattern == word
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), word) is not None


def _stem(word: str) -> str:
    """Plurals only: enough that a client cannot take word matching for substring matching."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word  # noqa: PLR2004
