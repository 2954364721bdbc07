"""Who wrote a page: names by account id, kept with the corpus so that each person is asked for once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from confluence_connector.limits import SYNC_ROWS
from confluence_connector.ports.corpus import CorpusIndex
from confluence_connector.services.syncing.sync_turn import Turn


class Names(Protocol):
    def of(self, turn: Turn, account_ids: Iterable[str | None]) -> Mapping[str, str | None]:
        """None: closed, hidden or unknown (A12)."""


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The `Names` that the corpus has. Asks nobody."""

    index: CorpusIndex

    def of(self, turn: Turn, account_ids: Iterable[str | None]) -> Mapping[str, str | None]:
        return self.index.authors(turn.scope, sorted({account_id for account_id in account_ids if account_id}))


@dataclass(frozen=True, slots=True)
class NameAuthors:
    """The `Names` of everybody: who is not known yet is asked for."""

    index: CorpusIndex

    def of(self, turn: Turn, account_ids: Iterable[str | None]) -> Mapping[str, str | None]:
        wanted = sorted({account_id for account_id in account_ids if account_id})
        if not wanted:
            return {}
        names = dict(self.index.authors(turn.scope, wanted))
        unknown = [account_id for account_id in wanted if account_id not in names]
        if unknown:
            met: dict[str, str | None] = dict.fromkeys(unknown)
            for start in range(0, len(unknown), SYNC_ROWS):
                people = turn.site.people(unknown[start : start + SYNC_ROWS])
                met |= {person.account_id: person.name for person in people}
            self.index.put_authors(turn.scope, met)
            names |= met
        return names
