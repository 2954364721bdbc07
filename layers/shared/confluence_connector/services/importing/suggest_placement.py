"""What to call a feature and where to put it, from the PRD page's actual content (C3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.people import Principal
from confluence_connector.domain.placement import FolderScore, Outline, folders_for, name_of
from confluence_connector.ports import Deadline
from confluence_connector.ports.documents import Features
from confluence_connector.services.importing.asking_confluence import ConfluenceAsker
from confluence_connector.services.reading.convert_page import convert


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`folders`: existing ones that fit, best first."""

    name: str
    folders: Sequence[FolderScore]


@dataclass(frozen=True, slots=True)
class PlacementSuggester:
    asker: ConfluenceAsker
    features: Features

    def suggest(self, person: Principal, connection_id: str, page_id: PageId, deadline: Deadline) -> Suggestion:
        """The same page and folders give the same suggestion. Raises PageNotFound, and as `asking` does."""
        with self.asker.asking(person, connection_id, deadline) as asked:
            page = asked.confluence.page(page_id)
            markdown, _ = convert(page, asked.site.url)
        outline = Outline.of(markdown)
        name = name_of(outline, page.ref.title)
        return Suggestion(name, folders_for(name, outline, self.features.by_folder(person.workspace)))
