"""The page that a tool is about: found by its id or by a URL, read with its body, told as text."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from confluence_connector.content import Loss
from confluence_connector.content.hidden import visible, without_invisible
from confluence_connector.domain.connections import Site
from confluence_connector.domain.identifiers import PAGE, PageId
from confluence_connector.domain.page_urls import Address, ById, ByTitle, HomeOf, parse
from confluence_connector.errors import ConnectorError, PageNotFound, UpstreamProtocolError
from confluence_connector.services.agents.tools.desk import V2, Desk
from confluence_connector.services.agents.tools.rows import ContentRow, SpaceRow, checked, listed
from confluence_connector.services.agents.tools.untrusted import PageText, source_of
from confluence_connector.services.reading.convert_page import WrittenUrls

type Kind = Literal["page", "blogpost"]

COLLECTIONS: Final[dict[Kind, str]] = {"page": f"{V2}/pages", "blogpost": f"{V2}/blogposts"}
IRREPLACEABLE: Final = ("macro ", "extension ", "malformed body")


@dataclass(frozen=True, slots=True)
class Content:
    """A page or a blog post, current or archived."""

    kind: Kind
    row: ContentRow
    site: Site

    @property
    def path(self) -> str:
        return f"{COLLECTIONS[self.kind]}/{self.row.id}"

    @property
    def source(self) -> str:
        return source_of(self.site, self.row.id)

    @property
    def storage(self) -> str:
        """Raises UpstreamProtocolError where it was not asked for, or not given."""
        if self.row.body is None or self.row.body.storage is None:
            raise UpstreamProtocolError().of_search()
        return self.row.body.storage.value

    @property
    def attachments_url(self) -> str:
        """What the addresses of its files begin with."""
        return f"{self.site.url}/wiki/download/attachments/{self.row.id}/"


class _Names(WrittenUrls):
    """A file is told by its bare name: nothing loads it, and in Markdown that is written back it is the file again."""

    def attachment_url(self, filename: str, page_title: str | None) -> str | None:  # noqa: ARG002  the port's signature
        return None


def page_id_of(desk: Desk, named: str) -> PageId:
    """Raises PageNotFound, UnsupportedPageUrl, OtherSite, and as `Desk` does."""
    named = named.strip()
    if PAGE.fullmatch(named):
        return PageId(named)
    site = desk.site()
    try:
        address = parse(named, site)
    except ConnectorError as error:
        desk.refuse(error)
    found = _at(desk, address)
    if found is None:
        raise PageNotFound
    return found


def _at(desk: Desk, address: Address) -> PageId | None:
    match address:
        case ById(page_id):
            return page_id
        case HomeOf(key):
            space = space_of(desk, key)
            return PageId(space.homepage_id) if space and space.homepage_id else None
        case ByTitle(key, title):
            space = space_of(desk, key)
            found = desk.look(f"{V2}/spaces/{space.id}/pages", {"title": title}) if space else None
            rows = listed(ContentRow, found.value)[0] if found else []
            best = sorted(rows, key=lambda row: row.status != "current")
            return PageId(best[0].id) if best else None


def space_of(desk: Desk, key: str) -> SpaceRow | None:
    """A space by its key, which ignores case."""
    found = desk.look(f"{V2}/spaces", {"keys": key, "limit": 2})
    rows = listed(SpaceRow, found.value)[0] if found else []
    return next((row for row in rows if row.key.casefold() == key.casefold()), None)


def content_of(desk: Desk, named: str, *, body: bool) -> Content:
    """A page, or the blog post of that id: ids do not tell which. Trashed, missing and hidden are PageNotFound."""
    page_id = page_id_of(desk, named)
    query = {"body-format": "storage"} if body else None
    kinds: tuple[Kind, Kind] = ("page", "blogpost")
    for kind in kinds:
        found = desk.look(f"{COLLECTIONS[kind]}/{page_id}", query)
        if found is not None:
            row = checked(ContentRow, found.value)
            if row.status not in {"current", "archived"}:
                break
            return Content(kind, row, found.site)
    raise PageNotFound


@dataclass(frozen=True, slots=True, repr=False)
class Reading:
    """Storage as text. `hidden`: pieces that nobody sees on the page, removed."""

    markdown: str
    losses: tuple[Loss, ...]

    @property
    def hidden(self) -> int:
        return sum(loss.count for loss in self.losses if loss.kind == "hidden")

    @property
    def told(self) -> list[dict[str, Any]]:
        """What is worth telling: hidden pieces are counted, and a file's bare name is what it should be."""
        return as_facts(
            loss for loss in self.losses if loss.kind != "hidden" and not loss.name.startswith("attachment:")
        )

    @property
    def irreplaceable(self) -> list[dict[str, Any]]:
        """What cannot come back with the text: macros, and people who are mentioned."""
        return as_facts(
            loss
            for loss in self.losses
            if loss.kind in {"dropped", "dynamic"} or loss.name.startswith(IRREPLACEABLE) or loss.name == "mention"
        )


def as_facts(losses: Iterable[Loss]) -> list[dict[str, Any]]:
    return [{"kind": loss.kind, "name": loss.name, "count": loss.count} for loss in losses]


def as_markdown(content: Content, storage: str) -> Reading:
    """Raises ContentUnreadable."""
    from confluence_connector.content import to_markdown  # noqa: PLC0415 — most tools need no converter

    names = _Names(content.site.url, content.row.space_key, PageId(content.row.id))
    conversion = to_markdown(storage, names=names, base_url=content.site.url, inert=True)
    return Reading(conversion.markdown, conversion.losses)


def page_text(
    desk: Desk, content: Content, text: str, *, hidden: int = 0, about: dict[str, Any], said: dict[str, Any]
) -> PageText:
    """`about` and `said` beside what is said of every page."""
    row = content.row
    facts = {
        "source": content.source,
        "page_id": row.id,
        "kind": content.kind,
        "page_status": row.status,
        "version": row.version.number,
        "author_id": row.version.author_id,
        "updated_at": row.version.created_at.isoformat(),
        "retrieved_at": desk.now().isoformat(),
        "hidden_text_removed": hidden + without_invisible(row.title)[1],
    }
    return PageText(facts | about, visible(row.title), said, text)
