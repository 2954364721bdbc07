"""Walking Confluence's cursor lists.

Threat: `_links.next` is text from outside that a naive client requests with the bearer attached. Nothing of it is
requested here: it must point back at the very list we asked, and only its opaque cursor is taken over (D8). A walk that
repeats itself or does not end is stopped (D9).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from confluence_connector.adapters.atlassian_calls import Api, SiteCalls
from confluence_connector.adapters.confluence_wire import rows_and_next
from confluence_connector.domain.rate_limits import Spent
from confluence_connector.errors import UpstreamProtocolError
from confluence_connector.limits import ATLASSIAN_LIST_PAGES, ATLASSIAN_LIST_ROWS

CURSOR_LENGTH: Final = 4096


@dataclass(frozen=True, slots=True)
class Batch:
    """One answer's rows; `cursor` leads on, None: these were the last."""

    rows: Sequence[dict[str, Any]]
    cursor: str | None


def batches(
    calls: SiteCalls,
    path: str,
    query: Mapping[str, str],
    cursor: str | None = None,
    *,
    api: Api = Api.V2,
    divisible: bool = False,
) -> Iterator[Batch] | None:
    """A list's answers, each asked for when it is wanted; None: what the list hangs on is missing or hidden.

    As many rows an answer as Confluence gives, unless `query` says its own `limit`. `divisible`: the caller would ask
    for less after a 504.
    """
    asked = {"limit": str(ATLASSIAN_LIST_ROWS), **query}

    def ask(cursor: str | None) -> dict[str, Any] | None:
        return calls.get(path, asked if cursor is None else {**asked, "cursor": cursor}, api=api, divisible=divisible)

    first = ask(cursor)
    if first is None:
        return None
    return _following(ask, first, lambda link: cursor_of(link, path, api), calls.spent)


def walk(
    calls: SiteCalls, path: str, query: Mapping[str, str], *, api: Api = Api.V2
) -> Iterator[dict[str, Any]] | None:
    """Every row of a list; None as in `batches`."""
    found = batches(calls, path, query, api=api)
    return None if found is None else (row for batch in found for row in batch.rows)


def _following(
    ask: Callable[[str], dict[str, Any] | None], first: Mapping[str, Any], cursor_in: Callable[[str], str], spent: Spent
) -> Iterator[Batch]:
    seen: set[str] = set()
    answer: Mapping[str, Any] | None = first
    while answer is not None:
        rows, following = rows_and_next(answer)
        spent.returned(objects=len(rows))
        if following is None:  # short and even empty pages occur half-way: only this is the end
            yield Batch(rows, None)
            return
        cursor = cursor_in(following)
        if cursor in seen or len(seen) >= ATLASSIAN_LIST_PAGES:
            raise UpstreamProtocolError
        seen.add(cursor)
        yield Batch(rows, cursor)
        answer = ask(cursor)
    raise UpstreamProtocolError  # the list vanished half-way: half a list is not an answer


def cursor_of(link: str, path: str, api: Api = Api.V2) -> str:
    """The cursor in a `next` link of the list at `path`. Raises UpstreamProtocolError for a link to anywhere else.

    v1's links are relative to the context and so lack its `/wiki` (api-facts §3.8).
    """
    try:
        parts = urlsplit(link)
        cursors = parse_qs(parts.query, strict_parsing=True, max_num_fields=50).get("cursor", [])
    except ValueError:
        raise UpstreamProtocolError from None
    whole = f"{api}{path}"
    own = {whole, whole.removeprefix("/wiki")} if api is Api.V1 else {whole}
    elsewhere = parts.scheme or parts.netloc or parts.fragment or parts.path not in own
    if elsewhere or len(cursors) != 1 or not 0 < len(cursors[0]) <= CURSOR_LENGTH:
        raise UpstreamProtocolError
    return cursors[0]
