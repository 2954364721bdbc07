"""What Confluence v2 sends, as far as we read it, and the nouns it becomes. Source: Atlassian's OpenAPI v2 document.

Private to the Confluence adapter. Unknown members are ignored; a missing or misshapen one is an error of Atlassian's
(`UpstreamProtocolError`), never an empty title.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from urllib.parse import unquote

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from confluence_connector.domain.connections import Site
from confluence_connector.domain.identifiers import PageId, SpaceId
from confluence_connector.domain.pages import Page, PageRef, Space, TreeNode
from confluence_connector.errors import PageGone, UpstreamProtocolError

SPACE_IN_LINK: Final = re.compile(r"/spaces/([^/]+)")


def mended(value: object) -> object:
    """JSON may spell half of a surrogate pair, which no UTF-8 text can hold (fault case E7)."""
    if not isinstance(value, str):
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


type Id = Annotated[str, Field(pattern=r"^[0-9]{1,19}$")]
type Text = Annotated[str, BeforeValidator(mended)]


class Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, hide_input_in_errors=True)


class Links(Wire):
    webui: Annotated[str, Field(pattern=r"^/[^/]")]


class _Version(Wire):
    number: Annotated[int, Field(ge=1)]
    created_at: Annotated[AwareDatetime, Field(alias="createdAt", strict=False)]


class _Body(Wire):
    value: Text


class _Bodies(Wire):
    storage: _Body | None = None


class _SpaceRow(Wire):
    id: Id
    key: Annotated[Text, Field(min_length=1)]
    name: Text
    type: str
    homepage_id: Annotated[Id | None, Field(alias="homepageId")] = None
    links: Annotated[Links, Field(alias="_links")]


class _PageRow(Wire):
    id: Id
    status: str
    title: Text
    space_id: Annotated[Id, Field(alias="spaceId")]
    parent_id: Annotated[Id | None, Field(alias="parentId")] = None
    version: _Version
    links: Annotated[Links, Field(alias="_links")]
    body: _Bodies | None = None


class _ChildRow(Wire):
    id: Id
    status: str
    title: Text
    type: str


class _ListLinks(Wire):
    next: str | None = None


class _List(Wire):
    results: list[dict[str, Any]]
    links: Annotated[_ListLinks, Field(alias="_links")] = _ListLinks()


def checked[Row: BaseModel](kind: type[Row], value: object) -> Row:
    try:
        return kind.model_validate(value)
    except ValidationError:
        raise UpstreamProtocolError from None  # the validation error would quote the page


def rows_and_next(value: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    """A list's rows and its link to the next ones."""
    found = checked(_List, value)
    return found.results, found.links.next


def space(value: Mapping[str, Any], site: Site) -> Space:
    row = checked(_SpaceRow, value)
    return Space(
        id=SpaceId(row.id),
        key=row.key,
        name=row.name,
        type=row.type,
        url=address(site, row.links.webui),
        homepage_id=PageId(row.homepage_id) if row.homepage_id else None,
    )


def page_ref(value: Mapping[str, Any], site: Site, space_key: str) -> PageRef:
    """A current or archived page. Raises PageGone for a trashed one, which v2 still answers with 200."""
    return _ref(checked(_PageRow, value), site, space_key)


def page(value: Mapping[str, Any], site: Site, space_key: str) -> Page:
    """The same with its body, which stands in the same answer as its version (fault case I5)."""
    row = checked(_PageRow, value)
    ref = _ref(row, site, space_key)
    if row.body is None or row.body.storage is None:
        raise UpstreamProtocolError
    return Page(ref, row.body.storage.value)


def place_of(value: Mapping[str, Any]) -> tuple[SpaceId, str | None]:
    """A page's space: its id, and its key where the page's own link tells it. v2 names no key (api-facts §3.3)."""
    row = checked(_PageRow, value)
    named = SPACE_IN_LINK.match(row.links.webui)
    return SpaceId(row.space_id), unquote(named[1]) if named else None


def child(value: Mapping[str, Any]) -> TreeNode | None:
    """A node of the tree; None for one that is archived or otherwise out of it."""
    row = checked(_ChildRow, value)
    if row.status != "current":
        return None
    return TreeNode(PageId(row.id), row.title, row.type, has_text=row.type == "page")


def address(site: Site, webui: str) -> str:
    """Where people open it. The API's links lack `/wiki`; the host is the site's, whatever the answer says."""
    return f"{site.url}/wiki{webui}"


def _ref(row: _PageRow, site: Site, space_key: str) -> PageRef:
    status: dict[str, Literal["current", "archived"]] = {"current": "current", "archived": "archived"}
    if row.status not in status:
        raise PageGone
    return PageRef(
        id=PageId(row.id),
        title=row.title,
        url=address(site, row.links.webui),
        space_key=space_key,
        parent_id=PageId(row.parent_id) if row.parent_id else None,
        version=row.version.number,
        updated_at=row.version.created_at,
        status=status[row.status],
    )
