"""Confluence's query language, as far as finding pages needs it: text → a tree of clauses.

    query  = test (("and" | "or") test)*  ["order by" field [asc | desc] ("," …)*]       left to right, no precedence
    test   = "not" test | "(" query ")" | field operator value

Source: Atlassian "Advanced searching using CQL" (api-facts, CQL grammar).
"""

import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<operator>!=|>=|<=|!~|[=~<>(),])
      | (?P<word>[^\s"=~<>!(),]+)
    )""",
    re.VERBOSE,
)
OPERATORS = frozenset({"=", "!=", "~", "!~", ">", ">=", "<", "<="})


class CqlError(ValueError):
    """The query cannot be understood; the text is what the server says."""


@dataclass(frozen=True, slots=True)
class Function:
    """A value computed at search time, such as `now("-4w")`."""

    name: str
    argument: str


type Value = str | Function


@dataclass(frozen=True, slots=True)
class Clause:
    """`field operator values`; more than one value only for `in` and `not in`."""

    field: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Negation."""

    inner: "Tree"


@dataclass(frozen=True, slots=True)
class Joined:
    """Two tests joined by `and` or `or`."""

    word: str
    left: "Tree"
    right: "Tree"


type Tree = Clause | Not | Joined


@dataclass(frozen=True, slots=True)
class CqlQuery:
    """A parsed query: what to find and in which order (field, descending)."""

    tree: Tree
    order: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str

    def says(self, *words: str) -> bool:
        return self.kind != "string" and self.text.lower() in words


def parse(text: str) -> CqlQuery:
    """Raises CqlError."""
    reader = _Reader(_tokens(text))
    tree = reader.joined()
    order = reader.order()
    if reader.more():
        raise CqlError(f"Could not parse cql : {text}")
    first = tree
    while isinstance(first, Joined):
        first = first.left
    if isinstance(first, Not) or (isinstance(first, Clause) and first.operator in {"!=", "!~", "not in"}):
        raise CqlError("The first clause cannot be negative")
    return CqlQuery(tree, order)


def _tokens(text: str) -> list[_Token]:
    found, position = list[_Token](), 0
    while text[position:].strip():
        match = TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise CqlError(f"Could not parse cql : {text}")
        found.append(_Token(match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return found


def unquoted(text: str) -> str:
    """A quoted value without its quotes; a backslash shields the next character."""
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._at = tokens, 0

    def more(self) -> bool:
        return self._at < len(self._tokens)

    def joined(self) -> Tree:
        tree = self._test()
        while self.more() and self._peek().says("and", "or"):
            word = self._take().text.lower()
            tree = Joined(word, tree, self._test())
        return tree

    def order(self) -> tuple[tuple[str, bool], ...]:
        if not (self.more() and self._peek().says("order")):
            return ()
        self._take()
        self._expect("by")
        fields = [self._ordered_field()]
        while self.more() and self._peek().says(","):
            self._take()
            fields.append(self._ordered_field())
        return tuple(fields)

    def _ordered_field(self) -> tuple[str, bool]:
        field = self._take().text.lower()
        descending = self.more() and self._peek().says("desc")
        if self.more() and self._peek().says("asc", "desc"):
            self._take()
        return field, descending

    def _test(self) -> Tree:
        if self._peek().says("not"):
            self._take()
            return Not(self._test())
        if self._peek().says("("):
            self._take()
            tree = self.joined()
            self._expect(")")
            return tree
        return self._clause()

    def _clause(self) -> Clause:
        field = self._take()
        if field.kind != "word":
            raise CqlError(f"Expected a field, found {field.text}")
        operator = self._take()
        if operator.says("in"):
            return Clause(field.text.lower(), "in", self._list())
        if operator.says("not"):
            self._expect("in")
            return Clause(field.text.lower(), "not in", self._list())
        if operator.text not in OPERATORS:
            raise CqlError(f"Expected an operator, found {operator.text}")
        return Clause(field.text.lower(), operator.text, (self._value(),))

    def _list(self) -> tuple[Value, ...]:
        self._expect("(")
        values = [self._value()]
        while self._peek().says(","):
            self._take()
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> Value:
        token = self._take()
        if token.kind == "operator":
            raise CqlError(f"Expected a value, found {token.text}")
        if token.kind == "word" and self.more() and self._peek().says("("):
            self._take()
            argument = "" if self._peek().says(")") else unquoted(self._take().text)
            self._expect(")")
            return Function(token.text.lower(), argument)
        # Text fields look inside the quotes themselves, for phrases: `"\"exact phrase\""`.
        return unquoted(token.text)

    def _peek(self) -> _Token:
        if not self.more():
            raise CqlError("The query ends too early")
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token

    def _expect(self, word: str) -> None:
        if not self._take().says(word):
            raise CqlError(f"Expected {word}")
