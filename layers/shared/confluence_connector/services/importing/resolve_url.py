"""A pasted URL to the page it names (B4). The URL is parsed; what is asked of Confluence is built from ids and keys."""

from dataclasses import dataclass

from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.page_urls import Address, ById, ByTitle, HomeOf, parse
from confluence_connector.domain.pages import PageRef
from confluence_connector.domain.people import Principal
from confluence_connector.errors import PageNotFound
from confluence_connector.ports import Deadline
from confluence_connector.ports.atlassian import Confluence
from confluence_connector.services.importing.asking_confluence import ConfluenceAsker


@dataclass(frozen=True, slots=True)
class UrlResolver:
    asker: ConfluenceAsker

    def resolve(self, person: Principal, connection_id: str, url: str, deadline: Deadline) -> PageRef:
        """The page, current or archived.

        Raises UnsupportedPageUrl and OtherSite without having asked anybody, PageNotFound, and as `asking` does.
        """
        with self.asker.asking(person, connection_id, deadline) as asked:
            page_id = page_at(parse(url, asked.site), asked.confluence)
            if page_id is None:
                raise PageNotFound
            return asked.confluence.page_ref(page_id)


def page_at(address: Address, confluence: Confluence) -> PageId | None:
    """The id of the page there. None: there is none. An address without an id takes questions at Confluence."""
    match address:
        case ById(page_id):
            return page_id
        case ByTitle(space_key, title):
            return confluence.find(space_key, title)
        case HomeOf(space_key):
            space = confluence.space(space_key)
            return space.homepage_id if space else None
