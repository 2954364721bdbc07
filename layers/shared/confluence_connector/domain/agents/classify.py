"""From what an agent asks for to one operation of Confluence, and to the only request that may be sent for it (F5).

    method, path, query, body ─► plain? ─► one operation ─► its effect, as query and body change it ─► the gate
                                                └─► the request to send: rebuilt, never passed on

Threat: an agent writes the path. Whatever Atlassian's gateway reads differently than we do (a second decoding, `..`,
`//`, `;parameters`, backslashes, look-alike letters, another method in a header) would be judged as one thing and done
as another. So nothing is repaired or guessed: a path is segments of plain ASCII, each decoded exactly once; it must be
one operation's path; and the path sent is built from that operation's template and its checked parameters. Query
parameters that the operation does not document are refused, for each could change what it does.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from confluence_connector.domain.agents.effects import Effect
from confluence_connector.domain.agents.operations import BodyKind, Operation, Rule, find
from confluence_connector.errors import UnknownOperation

METHODS: Final = frozenset({"GET", "POST", "PUT", "DELETE"})
LONGEST_PATH: Final = 2048
LONGEST_VALUE: Final = 8192
MOST_VALUES: Final = 500
LARGEST: Final = 2**63 - 1
UNSENDABLE: Final = frozenset({"Cc", "Cs"})  # Unicode's categories of control characters and lone surrogates
PATH: Final = re.compile(r"/wiki(?:/(?:[A-Za-z0-9._~:@-]|%[0-9A-Fa-f]{2})+)+/?")
SEGMENT: Final = re.compile(r"[A-Za-z0-9._~:@-]*[A-Za-z0-9_~:@-]")
"""A decoded segment: no escape, no slash, and no dot at its end, so neither `.` nor `..`."""
VALUE: Final = re.compile(r"[A-Za-z0-9_., -]+")
WORD: Final = re.compile(r"[a-z0-9_]+")
OVERRIDES: Final = frozenset({
    "_method", "method_override", "x_http_method", "x_http_method_override", "x_method_override",
})  # fmt: skip
OVERRIDDEN: Final = "Another method than the one that is judged must not be named anywhere."

type Scalar = str | int | bool
type Query = Mapping[str, Scalar | list[Scalar]]
type Body = object  # as JSON gives it: a dict, a list, a string, a number, a boolean or None


@dataclass(frozen=True, slots=True)
class Request:
    """What may be sent to Confluence, below the site's base address: no host, no escapes in the path.

    `query` has its names in the documents' order, a repeated one several times. `body_kind` `form`: Confluence wants
    multipart (attachments); `body` is then whatever the caller makes the form from.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: Body
    body_kind: BodyKind


@dataclass(frozen=True, slots=True)
class Classified:
    """`effect` is what the gate decides on; `request` is exactly what was judged, and all that may be sent."""

    operation: Operation
    effect: Effect
    request: Request


def classify(method: str, path: str, query: Query | None = None, body: Body = None) -> Classified:
    """Which operation this is and what it would do. Raises UnknownOperation (403) for all that is not plainly one.

    A blocked operation is recognised by its path alone, and its request is empty: it is not to be sent. Classifying a
    request's own parts again gives the same request.
    """
    verb = method.upper() if method.isascii() else ""
    if verb not in METHODS:
        raise UnknownOperation("Only GET, POST, PUT and DELETE are methods of Confluence's API.")
    found = find(verb, segments_of(path))
    if found is None:
        raise UnknownOperation
    operation, params = found
    rebuilt = re.sub(r"{([^}]+)}", lambda name: params[name[1]], operation.path)
    if operation.effect.action == "blocked":
        return Classified(operation, operation.effect, Request(verb, rebuilt, (), None, "none"))
    pairs = _pairs(operation, query or {})
    content = _checked(operation, body)
    effect = operation.effect
    for rule in operation.rules:
        effect = _under(rule, effect, params, pairs, content)
    return Classified(operation, effect, Request(verb, rebuilt, pairs, content, operation.body))


def classify_again(request: Request) -> Classified:
    """The same judgement of a request that has waited, by today's table. Raises UnknownOperation as `classify` does."""
    query: dict[str, list[Scalar]] = {}
    for name, value in request.query:
        query.setdefault(name, []).append(value)
    return classify(request.method, request.path, query, request.body)


def refuse_method_override(names: Iterable[str]) -> None:
    """For the names of headers: raises UnknownOperation if one tells a server to take another method."""
    if any(name.strip().casefold().replace("-", "_") in OVERRIDES for name in names):
        raise UnknownOperation(OVERRIDDEN)


def segments_of(path: str) -> list[str]:
    """A path's segments, each decoded once; one slash at the end is let go. Raises UnknownOperation."""
    if len(path) > LONGEST_PATH or PATH.fullmatch(path) is None:
        raise UnknownOperation(
            "The path must begin with /wiki/api/v2/ or /wiki/rest/api/ and be plain: no host, query, empty segment or "
            "character that needs guessing."
        )
    segments = [unquote_to_bytes(segment).decode("latin-1") for segment in path.removesuffix("/").split("/")[1:]]
    if not all(SEGMENT.fullmatch(segment) for segment in segments):
        raise UnknownOperation("A segment of the path is not plain: letters, digits and -._~:@ make one.")
    return segments


def _pairs(operation: Operation, query: Query) -> tuple[tuple[str, str], ...]:
    """The query to send: documented names, once each unless they may be repeated, values as text."""
    if not query.keys() <= operation.query.keys():
        raise UnknownOperation("The query has a parameter that this operation does not document.")
    pairs: list[tuple[str, str]] = []
    for name, repeatable in operation.query.items():
        if name in query:
            given = query[name]
            values = given if isinstance(given, list) else [given]
            if not repeatable and len(values) != 1:
                raise UnknownOperation("The query has a list where this operation takes one value.")
            pairs += [(name, _text(value)) for value in values]
    if len(pairs) > MOST_VALUES:
        raise UnknownOperation("The query has more values than any operation takes.")
    return tuple(pairs)


def _text(value: object) -> str:
    """A value of the query as it is sent. JSON knows booleans and numbers, a query string only text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) <= LARGEST:
        return str(value)
    if (
        isinstance(value, str)
        and len(value) <= LONGEST_VALUE
        and UNSENDABLE.isdisjoint(map(unicodedata.category, value))
    ):
        return value
    raise UnknownOperation("Values of the query are text without control characters, whole numbers or booleans.")


def _checked(operation: Operation, body: Body) -> Body:
    """The body to send. Nothing, `{}` and `[]` are the same where none is taken."""
    if operation.body == "none":
        if body not in (None, {}, []):
            raise UnknownOperation("This operation takes no body.")
        return None
    if isinstance(body, dict):
        refuse_method_override(str(name) for name in body)
    elif body is not None and (operation.rules or not isinstance(body, list)):
        raise UnknownOperation("The body must be a JSON object, as this operation documents it.")
    return body


def _under(
    rule: Rule, effect: Effect, params: Mapping[str, str], pairs: Iterable[tuple[str, str]], body: Body
) -> Effect:
    """The effect under one rule. Members of the body are found whatever their case, as lenient readers find them; one
    that is null says nothing.
    """
    values: list[object]
    if rule.place == "path":
        values = [params[rule.name]]
    elif rule.place == "query":
        values = [value for name, value in pairs if name == rule.name]
    else:
        members = body if isinstance(body, dict) else {}
        named = [value for name, value in members.items() if str(name).casefold() == rule.name.casefold()]
        values = [value for value in named if value is not None]
    for value in values:
        for word in _words(value) or ("",):
            effect = rule.words.get(word, rule.otherwise).of(effect)
    return effect


def _words(value: object) -> list[str]:
    """`content.body,space` is three words, a boolean one, a list none. Text that is not plainly words is refused."""
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if not isinstance(value, str) or not value:
        return []
    if VALUE.fullmatch(value) is None:
        raise UnknownOperation("A value that decides what this operation does is not plain.")
    return WORD.findall(value.lower())
