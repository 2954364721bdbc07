"""What Confluence says of pages, spaces, files and search results, as far as tools read it.

Unknown members are ignored; a missing or misshapen one is an error of Atlassian's, never an empty title. Text that
people wrote comes out as one visible line.
"""

import re
from html import unescape
from typing import Annotated, Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from confluence_connector.content.hidden import visible
from confluence_connector.errors import UpstreamProtocolError

SPACE_IN_LINK: Final = re.compile(r"/spaces/([^/]+)")
HIGHLIGHT: Final = re.compile(r"@@@(?:end)?hl@@@")
LONGEST_CURSOR: Final = 4096

type Id = Annotated[str, Field(pattern=r"^[0-9]{1,19}$")]
type FileId = Annotated[str, Field(pattern=r"^(?:att)?[0-9]{1,19}$")]
type AccountId = Annotated[str, Field(pattern=r"^[A-Za-z0-9:_-]{1,128}$")]
type Line = Annotated[str, AfterValidator(visible)]
type Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:+/-]{1,100}$")]


class Row(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class _Links(Row):
    webui: str = ""


class _Version(Row):
    number: Annotated[int, Field(ge=1)]
    created_at: Annotated[AwareDatetime, Field(alias="createdAt")]
    author_id: Annotated[AccountId | None, Field(alias="authorId")] = None


class _Storage(Row):
    value: str


class _Body(Row):
    storage: _Storage | None = None


class ContentRow(Row):
    """A page or a blog post. `title` is as Confluence has it: it is sent back when the page is written."""

    id: Id
    status: Word
    title: str
    space_id: Annotated[Id, Field(alias="spaceId")]
    version: _Version
    body: _Body | None = None
    links: Annotated[_Links, Field(alias="_links")] = _Links()

    @property
    def space_key(self) -> str:
        """As its link tells it; v2 names no key (api-facts §3.3). Empty where the link is of an older form."""
        named = SPACE_IN_LINK.match(self.links.webui)
        return unquote(named[1]) if named else ""


class NewRow(Row):
    """What was made or changed."""

    id: str
    version: _Version | None = None


class SpaceRow(Row):
    id: Id
    key: Annotated[str, Field(pattern=r"^~?[A-Za-z0-9._:@-]{1,255}$")]
    name: Line
    type: Word
    homepage_id: Annotated[Id | None, Field(alias="homepageId")] = None


class ChildRow(Row):
    id: Id
    title: Line
    type: Word
    status: Word


class FileRow(Row):
    id: FileId
    title: Line
    status: Word
    media_type: Annotated[Line | None, Field(alias="mediaType")] = None
    size_bytes: Annotated[int | None, Field(alias="fileSize", ge=0)] = None
    comment: Line | None = None
    version: _Version | None = None


class _HitContent(Row):
    id: str
    type: Word
    title: Line
    links: Annotated[_Links, Field(alias="_links")] = _Links()


class HitRow(Row):
    """A search result; `content` is None for spaces and people."""

    content: _HitContent | None = None
    excerpt: str = ""
    last_modified: Annotated[AwareDatetime | None, Field(alias="lastModified")] = None

    @property
    def words(self) -> str:
        return visible(unescape(HIGHLIGHT.sub("", self.excerpt)))


class _ListLinks(Row):
    next: str | None = None


class _List(Row):
    results: list[dict[str, Any]]
    links: Annotated[_ListLinks, Field(alias="_links")] = _ListLinks()


def checked[Kind: Row](kind: type[Kind], value: object) -> Kind:
    """Raises UpstreamProtocolError."""
    try:
        return kind.model_validate(value)
    except ValidationError:
        raise UpstreamProtocolError().of_search() from None  # the validation error would quote the page


def listed[Kind: Row](kind: type[Kind], value: object) -> tuple[list[Kind], str | None]:
    """A list's rows, and the cursor of the next ones. Of the link to them nothing else is used (fault case D8)."""
    found = checked(_List, value)
    given = parse_qs(urlsplit(found.links.next).query).get("cursor", []) if found.links.next else []
    cursor = given[0] if len(given) == 1 and len(given[0]) <= LONGEST_CURSOR else None
    return [checked(kind, row) for row in found.results], cursor
