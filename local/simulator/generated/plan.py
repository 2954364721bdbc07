"""How much to generate: `pages[:spaces[:seed]]`."""

import re
from dataclasses import dataclass

FORM = re.compile(r"(\d{1,6})(?::(\d{1,2}))?(?::(\d{1,9}))?")
PAGES_PER_SPACE = 500
SPACES_AT_LEAST, SPACES_AT_MOST = 2, 60


@dataclass(frozen=True, slots=True)
class Plan:
    """`pages` over `spaces`, each space's home page included; another `seed`, another site."""

    pages: int
    spaces: int
    seed: int = 0

    @classmethod
    def parse(cls, text: str) -> "Plan":
        """From the variable's text. Raises ValueError. Unless said, a space for each 500 pages, 2 to 60 of them."""
        found = FORM.fullmatch(text)
        if found is None:
            raise ValueError(f"SIMULATOR_GENERATE={text!r}: pages[:spaces[:seed]] it must be")
        pages = int(found[1])
        usual = min(SPACES_AT_MOST, max(SPACES_AT_LEAST, pages // PAGES_PER_SPACE))
        spaces = usual if found[2] is None else int(found[2])
        if not 0 < spaces <= min(pages, SPACES_AT_MOST):
            raise ValueError(f"SIMULATOR_GENERATE={text!r}: 1 to {SPACES_AT_MOST} spaces, and a page for each at least")
        return cls(pages, spaces, int(found[3] or 0))
