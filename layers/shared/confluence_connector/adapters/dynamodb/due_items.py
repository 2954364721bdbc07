"""Items that an index says are due, each read again: one that nobody can read any more keeps no other waiting."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from confluence_connector.adapters.dynamodb.codec import untyped
from confluence_connector.ports import Telemetry


def readable[Noun](
    found: Iterable[dict[str, Any]], read: Callable[[str, str], Noun | None], telemetry: Telemetry
) -> Iterator[Noun]:
    """What `read(pk, sk)` finds. An item that is no noun of ours is told, by its key, which holds ids only."""
    for key in [untyped(item) for item in found]:
        try:
            noun = read(key["pk"], key["sk"])
        except ValueError:  # pydantic's ValidationError is one, and so is what `codec` raises
            telemetry.warn("item_unreadable", item=key["sk"])
            telemetry.count("ItemUnreadable")
            continue
        if noun is not None:
            yield noun


def moment(at: datetime) -> str:
    """As the index sorts it: of fixed width, so that text order is time order."""
    return at.isoformat(timespec="microseconds")
