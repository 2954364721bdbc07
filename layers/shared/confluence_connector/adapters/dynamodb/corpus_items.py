"""How a corpus lies in its table: one partition, and what is in it by the beginning of its sort key.

PAGE#<id, 19 digits>             a page; `title_pk`, `title_sk` put it into the index `by_title`
SPACE#<id>                       a space as last listed
AUTHOR#<account id>              a name, or that there is none to keep; since when, and when it was reported
MISSING#<run>#<id, 19 digits>    a suspect
CHANGES#<number, 12 digits>#<piece>   a batch of changes, compressed; almost always one piece
"""

import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter

from confluence_connector.adapters.dynamodb import keys
from confluence_connector.adapters.dynamodb.codec import to_item, typed, untyped
from confluence_connector.domain.corpus import Author, Change, CorpusPage, CoveredSpace, Missing
from confluence_connector.domain.identifiers import RunId
from confluence_connector.limits import CHANGES_KEPT_DAYS, ITEM_BYTES, MISSING_KEPT_DAYS
from confluence_connector.ports.corpus import CorpusScope

PAGE: Final = "PAGE"
SPACE: Final = "SPACE"
AUTHOR: Final = "AUTHOR"
MISSING: Final = "MISSING"
CHANGES: Final = "CHANGES"
LAST_PAGE: Final = 10**19 - 1
LAST_NUMBER: Final = 10**12 - 1
TITLE_BYTES: Final = 200
"""Of a title in the index; a page's position in the list travels in cursors, which are to stay short."""
UNIT: Final = "\x1f"
"""Between a title and an id: below every character that people type, so "A" comes before "A b"."""


def partition(scope: CorpusScope) -> str:
    return keys.corpus_partition(scope.workspace, scope.connection_id, scope.corpus_id)


def page_key(scope: CorpusScope, page_id: int) -> keys.Key:
    return keys.Key(partition(scope), keys.entry(PAGE, f"{page_id:019}"))


def page_item(scope: CorpusScope, page: CorpusPage) -> dict[str, Any]:
    key = page_key(scope, int(page.id))
    return to_item(page, pk=key.pk, sk=key.sk, title_pk=key.pk, title_sk=title_position(page))


def title_position(page: CorpusPage) -> str:
    """Text order is title order; the rest tells equal titles apart, and the space."""
    title = page.title.casefold().encode()[:TITLE_BYTES].decode(errors="ignore")
    return UNIT.join((title, f"{int(page.id):019}", page.space_key))


def may_match(position: str, space_key: str | None, title_part: str | None) -> bool:
    """Whether a page at that position may be one that is looked for; a cut title may be anything's."""
    title, _, space = position.rsplit(UNIT, 2)
    was_cut = len(title.encode()) > TITLE_BYTES - 4  # by up to three bytes of its last letter
    in_title = title_part is None or title_part.casefold() in title or was_cut
    return in_title and space_key in {None, space}


def space_key(scope: CorpusScope, space: CoveredSpace) -> keys.Key:
    return keys.Key(partition(scope), keys.entry(SPACE, space.id))


def space_item(scope: CorpusScope, space: CoveredSpace) -> dict[str, Any]:
    key = space_key(scope, space)
    return to_item(space, pk=key.pk, sk=key.sk)


def author_key(scope: CorpusScope, account_id: str) -> keys.Key:
    return keys.Key(partition(scope), keys.entry(AUTHOR, account_id))


def author_item(scope: CorpusScope, author: Author) -> dict[str, Any]:
    key = author_key(scope, author.account_id)
    return to_item(author, pk=key.pk, sk=key.sk)


def missing_prefix(run_id: RunId) -> str:
    return keys.entry(MISSING, run_id) + keys.SEPARATOR


def missing_key(scope: CorpusScope, missing: Missing) -> keys.Key:
    return keys.Key(partition(scope), keys.entry(MISSING, missing.run_id, f"{int(missing.id):019}"))


def missing_item(scope: CorpusScope, missing: Missing, now: datetime) -> dict[str, Any]:
    key = missing_key(scope, missing)
    expires_at = int((now + timedelta(days=MISSING_KEPT_DAYS)).timestamp())
    return to_item(missing, pk=key.pk, sk=key.sk, expires_at=expires_at)


def changes_position(number: int) -> str:
    """Where a number's pieces begin; they lie between it and the next number's."""
    return keys.entry(CHANGES, f"{number:012}")


def changes_items(scope: CorpusScope, number: int, changes: Sequence[Change], now: datetime) -> list[dict[str, Any]]:
    """Each piece says how many there are, so that one left over from a longer batch is not taken for a part."""
    blob = zlib.compress(_changes().dump_json(tuple(changes)))
    pieces = [blob[start : start + ITEM_BYTES] for start in range(0, len(blob), ITEM_BYTES)]
    common = {
        "pk": partition(scope),
        "number": number,
        "pieces": len(pieces),
        "expires_at": int((now + timedelta(days=CHANGES_KEPT_DAYS)).timestamp()),
    }
    return [
        typed(common | {"sk": f"{changes_position(number)}{keys.SEPARATOR}{index:02}", "blob": piece})
        for index, piece in enumerate(pieces)
    ]


def changes_of(pieces: Iterable[dict[str, Any]]) -> Sequence[Change]:
    """One batch, from its pieces in order. Raises ValueError for what we did not write."""
    found = [untyped(item) for item in pieces]
    try:
        text = zlib.decompress(b"".join(piece["blob"] for piece in found[: found[0]["pieces"]]))
    except zlib.error:
        raise ValueError("not a batch of changes") from None
    return _changes().validate_json(text)


@cache
def _changes() -> TypeAdapter[tuple[Change, ...]]:
    return TypeAdapter(tuple[Change, ...])
