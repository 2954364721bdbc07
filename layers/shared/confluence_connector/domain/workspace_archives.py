"""A workspace's archive while it grows, part by part over many turns: how far it is."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Archive:
    """`length` bytes of it exist: `parts` uploaded ones, and behind them a rest, kept by the number of the `step` that
    left it there. A step that is done again after a crash leaves what the first time would have.

    `available_until`: once it is whole, it can be downloaded until then.
    """

    upload_id: str
    parts: int = 0
    length: int = 0
    entries: int = 0
    step: int = 0
    available_until: datetime | None = None
