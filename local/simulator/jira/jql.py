"""Jira's query language, as far as finding issues needs it: text → a tree of clauses.

    query = any ["order by" field [asc | desc] ("," …)*]
    any   = all ("or" all)*            all = one ("and" one)*            `and` binds tighter, unlike in CQL
    one   = ("not" | "!") one | "(" any ")" | field operator value

Source: Atlassian "Advanced searching using JQL"; quoting is where it differs most from CQL.
"""

import re
from dataclasses import dataclass
from typing import Literal

TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<operator>!=|>=|<=|!~|[=~<>(),!&|])
      | (?P<word>(?:[^\s"'=~<>!(),&|\\]|\\.)+)
    )""",
    re.VERBOSE,
)
# Characters that must be quoted wherever they stand (reserved by JQL).
RESERVED = frozenset("?;@#^{}[]*%$`+")
OPERATORS = frozenset({"=", "!=", "~", "!~", ">", ">=", "<", "<="})
WORDS = {"and": "and", "&": "and", "&&": "and", "or": "or", "|": "or", "||": "or"}
KEYWORDS = frozenset({"and", "or", "not", "in", "is", "was", "changed", "order", "by", "empty", "null"})
ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class JqlError(ValueError):
    """The query cannot be understood, or names what is not there; the text is what the server says."""


@dataclass(frozen=True, slots=True)
class Function:
    """A value computed at search time, such as `currentUser()`."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Empty:
    """`EMPTY` or `NULL`."""


type Value = str | Function | Empty


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
    """Tests joined by `and` or `or`."""

    word: Literal["and", "or"]
    parts: tuple["Tree", ...]


type Tree = Clause | Not | Joined


@dataclass(frozen=True, slots=True)
class JqlQuery:
    """A parsed query: what to find (None: everything, an unbounded query) and in which order (field, descending)."""

    tree: Tree | None
    order: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str

    def says(self, *words: str) -> bool:
        return self.kind != "string" and self.text.lower() in words

    @property
    def value(self) -> str:
        """Without quotes and escapes."""
        inner = self.text[1:-1] if self.kind == "string" else self.text
        return re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), inner)


def parse(text: str) -> JqlQuery:
    """Raises JqlError."""
    reader = _Reader(_tokens(text))
    tree = None if not reader.more() or reader.peek().says("order") else reader.any()
    order = reader.order()
    if reader.more():
        raise JqlError(f"Error in the JQL Query: expecting 'and', 'or' or the end, found '{reader.peek().text}'.")
    return JqlQuery(tree, order)


def _tokens(text: str) -> list[_Token]:
    found, position = list[_Token](), 0
    while text[position:].strip():
        match = TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise JqlError(f"Error in the JQL Query: a quoted string is not finished, at character {position}.")
        token = _Token(match.lastgroup, match[match.lastgroup])
        if token.kind == "word" and RESERVED & set(re.sub(r"\\.", "", token.text)):
            raise JqlError(f"Error in the JQL Query: '{token.text}' holds a reserved character; quote it.")
        found.append(token)
        position = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._at = tokens, 0

    def more(self) -> bool:
        return self._at < len(self._tokens)

    def any(self) -> Tree:
        parts = [self._all()]
        while self._joined_by("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Joined("or", tuple(parts))

    def _all(self) -> Tree:
        parts = [self._one()]
        while self._joined_by("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))

    def _joined_by(self, word: str) -> bool:
        if not self.more() or self.peek().kind == "string" or WORDS.get(self.peek().text.lower()) != word:
            return False
        doubled = self._take().text in {"&", "|"} and self.more() and self.peek().says("&", "|")
        if doubled:
            self._take()
        return True

    def order(self) -> tuple[tuple[str, bool], ...]:
        if not (self.more() and self.peek().says("order")):
            return ()
        self._take()
        self._expect("by")
        fields = [self._ordered_field()]
        while self.more() and self.peek().says(","):
            self._take()
            fields.append(self._ordered_field())
        return tuple(fields)

    def _ordered_field(self) -> tuple[str, bool]:
        field = self._take().value.lower()
        descending = self.more() and self.peek().says("desc")
        if self.more() and self.peek().says("asc", "desc"):
            self._take()
        return field, descending

    def _one(self) -> Tree:
        if self.peek().says("not", "!"):
            self._take()
            return Not(self._one())
        if self.peek().says("("):
            self._take()
            tree = self.any()
            self._expect(")")
            return tree
        return self._clause()

    def _clause(self) -> Clause:
        field = self._take()
        if field.kind == "operator" or field.says(*KEYWORDS):
            raise JqlError(f"Error in the JQL Query: '{field.text}' is not a field; quote it.")
        operator = self._operator()
        if operator in {"in", "not in"}:
            return Clause(field.value.lower(), operator, self._list())
        value = self._value()
        if operator in {"is", "is not"} and not isinstance(value, Empty):
            raise JqlError(f"Error in the JQL Query: '{operator}' takes EMPTY only.")
        return Clause(field.value.lower(), operator, (value,))

    def _operator(self) -> str:
        token = self._take()
        if token.says("in"):
            return "in"
        if token.says("not"):
            self._expect("in")
            return "not in"
        if token.says("is"):
            if self.peek().says("not"):
                self._take()
                return "is not"
            return "is"
        if token.text not in OPERATORS:
            raise JqlError(f"Error in the JQL Query: expecting an operator, found '{token.text}'.")
        return token.text

    def _list(self) -> tuple[Value, ...]:
        """Values in brackets, or one function that stands for many."""
        if not self.peek().says("("):
            value = self._value()
            if not isinstance(value, Function):
                raise JqlError("Error in the JQL Query: expecting '(' after 'in'.")
            return (value,)
        self._take()
        values = [self._value()]
        while self.peek().says(","):
            self._take()
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> Value:
        token = self._take()
        if token.says("empty", "null"):
            return Empty()
        if token.kind == "operator" or token.says(*KEYWORDS):
            raise JqlError(f"Error in the JQL Query: expecting a value, found '{token.text}'; quote it.")
        if token.kind == "word" and self.more() and self.peek().says("("):
            self._take()
            arguments: list[str] = []
            while not self.peek().says(")"):
                arguments.append(self._take().value)
                if self.peek().says(","):
                    self._take()
            self._expect(")")
            return Function(token.text.lower(), tuple(arguments))
        return token.value

    def peek(self) -> _Token:
        if not self.more():
            raise JqlError("Error in the JQL Query: the query ends too early.")
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self.peek()
        self._at += 1
        return token

    def _expect(self, word: str) -> None:
        found = self._take()
        if not found.says(word):
            raise JqlError(f"Error in the JQL Query: expecting '{word}', found '{found.text}'.")
