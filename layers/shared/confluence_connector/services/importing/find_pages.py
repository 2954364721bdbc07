"""Finding pages: spaces as you type, titles within a space by any part of them, the page tree (B1–B3)."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.pages import PageRef, Space, TreeNode
from confluence_connector.domain.people import Principal
from confluence_connector.errors import NotFound
from confluence_connector.ports import Deadline
from confluence_connector.services.importing.asking_confluence import Asked, ConfluenceAsker
from confluence_connector.services.importing.title_index import TitleIndex


@dataclass(frozen=True, slots=True)
class PageFinder:
    """Every method takes a connection that the person may use, and raises as `ConfluenceAsker.asking` does."""

    asker: ConfluenceAsker
    index: TitleIndex

    def spaces(self, person: Principal, connection_id: str, part: str, deadline: Deadline) -> Sequence[Space]:
        """Current spaces whose name or key contains `part`, by name."""
        wanted = folded(part.strip())
        with self.asker.asking(person, connection_id, deadline) as asked:
            spaces = self.index.spaces(asked)
        found = (space for space in spaces if wanted in folded(space.name) or wanted in folded(space.key))
        return sorted(found, key=lambda space: (folded(space.name), space.id))

    def pages(
        self, person: Principal, connection_id: str, space_key: str, part: str, deadline: Deadline
    ) -> Sequence[PageRef]:
        """Current pages of a space whose title contains `part`, in title order (B2).

        `part` is literal text; case does not count, as Unicode folds it. Raises NotFound if there is no such space.
        """
        wanted = folded(part.strip())
        with self.asker.asking(person, connection_id, deadline) as asked:
            pages = self.index.pages(asked, self._space(asked, space_key), deadline)
        return sorted(
            (page for page in pages if wanted in folded(page.title)), key=lambda page: (folded(page.title), page.id)
        )

    def children(
        self, person: Principal, connection_id: str, page_id: PageId, deadline: Deadline
    ) -> Sequence[TreeNode]:
        """What hangs directly below a page or a folder, in tree order. Raises PageNotFound."""
        with self.asker.asking(person, connection_id, deadline) as asked:
            return list(asked.confluence.children(page_id))

    def _space(self, asked: Asked, key: str) -> Space:
        listed = (space for space in self.index.spaces(asked) if folded(space.key) == folded(key))
        space = next(listed, None) or asked.confluence.space(key)  # an archived space is not listed
        if space is None:
            raise NotFound(
                "Confluence has no such space, or the connected account may not see it.",
                remedy="Pick one of GET /connections/{id}/spaces.",
            )
        return space


def folded(text: str) -> str:
    """For comparing without case: Unicode case folding, and one form for letters with their accents."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
