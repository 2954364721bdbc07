"""Hostile calls at the gate: each is refused, or is judged as exactly what would be sent (issue "Agents", F5)."""

import itertools
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confluence_connector.domain.agents.classify import Classified, Query, classify, classify_again
from confluence_connector.domain.agents.effects import GROUPS
from confluence_connector.domain.agents.gate import decide
from confluence_connector.domain.agents.operations import operations
from confluence_connector.domain.agents.policies import Policy
from confluence_connector.domain.agents.profiles import PROFILES
from confluence_connector.errors import UnknownOperation
from tests import gating

API, REST = "/wiki/api/v2", "/wiki/rest/api"
OPEN = Policy(*(gating.EVERYTHING for _ in GROUPS))
FORBIDDING = {
    name: policy for name, policy in PROFILES.items() if name != "full_access"
} | {"nothing": Policy()}  # fmt: skip

TARGETS: Final = (
    ("DELETE", f"{REST}/space/DOCS"),
    ("DELETE", f"{API}/pages/4711"),
    ("GET", f"{API}/pages/4711"),
    ("PUT", f"{API}/pages/4711"),
    ("DELETE", f"{REST}/content/4711/pageTree"),
    ("GET", f"{REST}/search"),
)
CHARACTERS: Final = (
    "%00", "\x00", "%0a", "\n", "%0d%0a", "\r\n", "\t", " ", "%20", "%09", ";", "%3b", ";a=b", ";jsessionid=1", "\\",
    "%5c", "%255c", "%2f", "%252f", "%25", "%2500", "%", "%2", "%zz", "%u002f", "?", "%3f", "?purge=true",
    "%3Fpurge%3Dtrue", "#", "%23", "#x", ".", "%2e", "..", "%2e%2e", ".json", "...", "&", "=", "+", ",", "*", "'",
    '"', "<", "|", "^", "`", "{id}", "[1]", "\u200b", "%E2%80%8B", "\u202e", "\u00ad", "%c0%ae", "%c0%af", "%ff", "é",
    "%C3%A9", "\ufeff", "\ud800", "／", "．", "∕", "@evil", ":80",
)  # fmt: skip
DETOURS: Final = (
    "/../", "/./", "/%2e%2e/", "/.%2e/", "/%2E%2E/", "/%252e%252e/", "/..;/", "/..%2f", "/..%5c", "/%2e/", "//",
    "/%2f/", "/%2F%2F/", "/\\..\\", "/;/", "/.;/", "/%20/", "/\u2025/", "/％2e％2e/", "/%c0%ae%c0%ae/",
)  # fmt: skip
ELSEWHERE: Final = (
    "https://api.atlassian.com{}", "//evil.example{}", "/ex/confluence/4d5e{}", "/wiki{}", "/wiki/..{}", "/./{}",
    "/{}", "@evil.example{}", " {}", "{} ", "\t{}", "?{}", "#{}", "http:{}", "file://{}", "/wiki/api/v2/..{}",
    "\ufeff{}", "/rest/api/../..{}", "/%2e%2e{}", "\\{}", "/\\evil.example{}",
)  # fmt: skip
IDS: Final = (
    "0x1267", "4.711e3", "-4711", "+4711", "4711.0", "４７１１", "4711,4712", "4711%2C4712", "*", "null", "true",
    "4" * 20, "att", "att4711x", "", " 4711", "4711 ", "4711/..", "4711%2F..%2F1", "{4711}", "$4711", "4711'--",
    "٤٧١١", "4711\u0660", "content-4711", "~4711", "4711@x", "trash", "current", "bulk", "archive", "search", "_all",
    "%34%37%31%31%00",
)  # fmt: skip
METHODS: Final = (
    "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PURGE", "MOVE", "COPY", "PROPFIND", "", " GET", "GET ", "GET\n",
    "DELETE\x00", "GET DELETE", "GET,DELETE", "ＤＥＬＥＴＥ", "DEL\u0130TE", "po\u017ft", "get\u200b", "X", "_method",
)  # fmt: skip
QUERIES: Final[tuple[dict[str, object], ...]] = (
    {"_method": "DELETE"}, {"_METHOD": "delete"}, {"X-HTTP-Method-Override": "DELETE"}, {"x-http-method": "DELETE"},
    {"X-Method-Override": "DELETE"}, {"method_override": "DELETE"}, {"httpMethod": "DELETE"}, {"purge": True},
    {"purge": "true"}, {"Purge": "true"}, {"purge;x": "true"}, {"purge\x00": "true"}, {"purge": ["false", "true"]},
    {"draft": ["false", "true"]}, {"os_authType": "basic"}, {"X-Atlassian-Token": "no-check"}, {"": "x"},
    {"&purge": "true"}, {"draft&purge": "true"}, {"draft": "x\r\nX-HTTP-Method-Override: DELETE"},
    {"redirect": "//evil.example"}, {"draft": "true&purge=true"}, {"draft": "true#"},
)  # fmt: skip


def hostile_paths() -> Iterator[tuple[str, str]]:
    for method, path in TARGETS:
        head, _, tail = path.rpartition("/")
        for odd in CHARACTERS:
            yield method, path + odd
            yield method, f"{head}/{odd}{tail}"
        for detour in DETOURS:
            yield method, head + detour + tail
            yield method, f"{path}{detour}x/{detour}"
        yield from ((method, place.format(path)) for place in ELSEWHERE)
        yield from ((method, f"{API}/{kind}/{odd}") for odd in IDS for kind in ("pages", "spaces", "attachments"))
        yield from ((method, each) for each in (path.upper(), path.title(), path.replace("wiki", "Wiki"), path[1:]))
    for before, after in itertools.product(
        (f"{API}/pages/1", f"{REST}/search"), (f"{REST}/space/DOCS", f"{API}/spaces/1")
    ):
        for way in (
            "/../../../..",
            "/..%2f..%2f..%2f..",
            "/%2e%2e/%2e%2e/%2e%2e/%2e%2e",
            "/..;/..;/..;/..;",
            "\\..\\..",
        ):
            yield "DELETE", before + way + after.removeprefix("/wiki")
            yield "GET", before + way + after


HOSTILE: Final = tuple(dict.fromkeys(hostile_paths()))


def lenient(path: str) -> str:
    """The path as a careless server reads it: decoded until nothing is left, folded, cut, its dots followed."""
    while unquote(path) != path:
        path = unquote(path)
    path = re.split(r"[?#\x00]", path.replace("\\", "/"))[0]
    parts: list[str] = []
    for part in (each.partition(";")[0].strip() for each in path.split("/")):
        if part == "..":
            parts = parts[:-1]
        elif part not in {"", "."}:
            parts.append(part)
    return "/" + "/".join(parts)


def attempt(method: str, path: str, query: Query | None = None, body: object = None) -> Classified | None:
    try:
        return classify(method, path, query, body)
    except UnknownOperation:
        return None


def is_what_would_be_sent(classified: Classified, method: str) -> None:
    """One reading only: every server, strict or careless, takes the request for the operation that was judged."""
    sent, operation = classified.request, classified.operation
    assert sent.method == operation.method == method.upper()
    assert gating.template(operation).fullmatch(sent.path)
    assert lenient(sent.path) == sent.path
    assert sent.path.isascii()
    assert not re.search(r"\.\.|//|[%;\\?#\s]", sent.path)
    others = [
        each for each in operations()
        if each.method == sent.method and gating.template(each).fullmatch(sent.path) and "{" not in each.path
    ]  # fmt: skip
    assert all(each is operation for each in others)
    assert classify_again(sent).effect == classified.effect


def test_there_are_enough_hostile_calls() -> None:
    assert len(HOSTILE) >= 200


@pytest.mark.parametrize("target", TARGETS, ids=" ".join)
def test_the_targets_themselves_are_operations(target: tuple[str, str]) -> None:
    assert attempt(*target) is not None


@pytest.mark.parametrize(("method", "path"), HOSTILE)
def test_a_hostile_path_is_refused_or_judged_as_what_is_sent(method: str, path: str) -> None:
    classified = attempt(method, path)
    if classified is not None:
        is_what_would_be_sent(classified, method)
        reached = lenient(path)
        assert reached == classified.request.path, "a careless server would have done something else"
        if re.fullmatch(r"/wiki/(?:rest/api/space|api/v2/spaces)/[^/]+", reached) and method == "DELETE":
            assert classified.effect.action == "blocked"
        for name, policy in FORBIDDING.items():
            if method != "GET" and name != "documentation_manager":
                assert decide(classified.effect, policy).outcome == "refused"
            if method == "DELETE":
                assert decide(classified.effect, policy).outcome == "refused"


def test_what_is_not_refused_is_a_short_list() -> None:
    """Odd space keys, on a call that is blocked whatever the key; lists asked for with a slash at the end."""
    passed = {f"{method} {path}": each.effect.action for method, path in HOSTILE if (each := attempt(method, path))}
    assert passed == {
        "DELETE /wiki/rest/api/space/DOCS.json": "blocked",
        "DELETE /wiki/rest/api/space/DOCS@evil": "blocked",
        "DELETE /wiki/rest/api/space/DOCS:80": "blocked",
        "GET /wiki/api/v2/pages/": "read",
        "GET /wiki/api/v2/spaces/": "read",
        "GET /wiki/api/v2/attachments/": "read",
    }


def test_a_path_without_end_is_not_read() -> None:
    longest = "%61" * 255
    relation = f"{REST}/relation/{{}}/from/user/{{}}/to/user/{{}}"
    assert attempt("GET", relation.format(longest, longest, "me")) is not None
    assert attempt("GET", relation.format(longest, longest, longest)) is None


def test_a_refusal_echoes_nothing() -> None:
    for path in (f"{API}/pages/canary/x", f"{API}/canary", "/canary", f"{API}/pages/1;canary"):
        with pytest.raises(UnknownOperation) as refused:
            classify("GET", path, {"canary": "canary"}, {"canary": 1})
        assert "canary" not in str(refused.value)
        assert (refused.value.status, refused.value.code) == (403, "unknown_operation")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("target", TARGETS)
def test_a_method_that_is_none_of_four_is_refused(method: str, target: tuple[str, str]) -> None:
    assert attempt(method, target[1]) is None


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("target", TARGETS[1:4])
def test_a_query_cannot_turn_one_operation_into_another(query: Query, target: tuple[str, str]) -> None:
    classified = attempt(*target, query)
    assert classified is None or classified.effect.action == "blocked"
    assert classified is None or decide(classified.effect, OPEN).outcome == "refused"


SEGMENTS: Final = st.sampled_from([
    "wiki", "api", "rest", "v2", "pages", "spaces", "space", "content", "search", "attachments", "label", "child", "..",
    ".", "", "%2e%2e", "%2F", "4711", "att4711", "DOCS", "%34711", ";x", "trash", "user", "watch", "property", "a%20b",
])  # fmt: skip
PATHS: Final = st.one_of(
    st.text(max_size=80),
    st.lists(SEGMENTS, max_size=9).map(lambda parts: "/" + "/".join(parts)),
    st.builds(
        lambda head, parts: head + "/".join(parts),
        st.sampled_from([f"{API}/", f"{REST}/"]),
        st.lists(SEGMENTS, max_size=6),
    ),
    st.builds(
        lambda operation, tail: gating.path_of(operation) + tail, st.sampled_from(operations()), st.text(max_size=6)
    ),
)


@settings(max_examples=3000, deadline=None)
@given(st.sampled_from(["GET", "POST", "PUT", "DELETE", "delete", "Patch"]), PATHS)
def test_any_path_is_refused_or_is_its_operation_and_nothing_else(method: str, path: str) -> None:
    classified = attempt(method, path)
    if classified is not None:
        is_what_would_be_sent(classified, method)
        assert unquote(path).removesuffix("/") == classified.request.path
