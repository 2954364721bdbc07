"""When a page leaves the corpus: only on evidence (E4, fault case K9). Pure.

A walk that does not meet a page proves nothing: it may have been moved while the walk went on, or the account may have
lost its sight for a moment. So each missing page is asked for by its id, together with a witness that the walk did
meet; and where too much is missing at once, nothing is removed until a person says that it really went.
"""

from typing import Final, Literal

from confluence_connector.domain.corpus import CoveredSpace, Departure, Missing
from confluence_connector.domain.runs import Checkpoint

REMOVALS_PAUSED: Final = "removals_paused"
"""A failure's code: the walk missed too much to believe it."""
SHARE: Final = 0.3
NUMBER: Final = 20


def is_too_much(walk: Checkpoint) -> bool:
    """The volume guard: more than 30 % and more than 20 pages vanished, or nothing at all was met."""
    met_nothing = walk.known > 0 and walk.suspects == walk.known
    return met_nothing or (walk.suspects > NUMBER and walk.suspects > SHARE * walk.known)


def fate(
    missing: Missing,
    status: Literal["current", "archived", "trashed"] | None,
    now_in: CoveredSpace | None,
    was_in: CoveredSpace | None,
) -> Departure | None:
    """Why the page leaves; None: it stays. `status` None: Confluence does not show it to the account.

    `now_in`: the space that Confluence says it is in; `was_in`: the one that the corpus has it in. None: the account
    sees no such space.

        current, in a covered space          stays
        current, in the space it was in      space_left   the space is not covered any more
        current, in another space            moved_out
        archived, trashed                    archived, trashed
        not shown, its space not either      space_left
        not shown                            gone
    """
    match status:
        case "archived" | "trashed":
            return status
        case "current":
            if now_in is not None and now_in.covered:
                return None
            return "moved_out" if now_in is not None and now_in.id != missing.space_id else "space_left"
        case None:
            return "space_left" if was_in is None else "gone"
