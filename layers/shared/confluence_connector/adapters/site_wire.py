"""What Confluence sends in bulk, as far as we read it, and the nouns it becomes. Private to the site reader.

Sources: Atlassian's OpenAPI documents; v2 `/pages`, `/spaces`, `/pages/{id}/attachments` and `/users-bulk`, v1
`/content/search` with labels, ancestors and attachments expanded. As in `confluence_wire`, what is missing or misshapen
is an error of Atlassian's. Whole lists are checked at once: that is what makes it cheap.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from confluence_connector.adapters.confluence_wire import Id, Links, Text, Wire, address
from confluence_connector.domain.connections import Site
from confluence_connector.domain.corpus import Ancestor, CorpusAttachment, PageDetails
from confluence_connector.domain.identifiers import PageId, SpaceId
from confluence_connector.errors import UpstreamProtocolError
from confluence_connector.limits import DETAILS_BYTES
from confluence_connector.ports.site_reading import Branch, ListedPage, ListedSpace, PageStatus, Person

type AccountId = Annotated[str, Field(pattern=r'^[!"$-~]{1,128}$')]
"""Printable ASCII without "#": an account id becomes a part of keys of ours."""
type AttachmentId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]

OWN_PREFIX = "my"
"""Of labels that only their maker sees."""
LABEL_BYTES, ATTACHMENT_BYTES = 4, 64
"""What DynamoDB adds to the texts of one, in an item."""


class _Space(Wire):
    id: Id
    key: Annotated[Text, Field(min_length=1)]
    name: Text
    type: str
    status: str


class _Node(Wire):
    id: Id
    status: str
    type: str
    depth: int


class _Version(Wire):
    number: Annotated[int, Field(ge=1)]
    created_at: Annotated[AwareDatetime, Field(alias="createdAt", strict=False)]
    author_id: Annotated[AccountId | None, Field(alias="authorId")] = None


class _Storage(Wire):
    value: Text


class _Body(Wire):
    storage: _Storage | None = None


class _Page(Wire):
    id: Id
    status: PageStatus
    title: Text
    space_id: Annotated[Id, Field(alias="spaceId")]
    parent_id: Annotated[Id | None, Field(alias="parentId")] = None
    created_at: Annotated[AwareDatetime, Field(alias="createdAt", strict=False)]
    version: _Version
    links: Annotated[Links, Field(alias="_links")]
    body: _Body | None = None


class _Label(Wire):
    prefix: str
    name: Text


class _Labels(Wire):
    results: list[_Label]


class _Metadata(Wire):
    labels: _Labels | list[_Label]


class _Ancestor(Wire):
    id: Id
    title: Text


class _Extensions(Wire):
    media_type: Annotated[Text, Field(alias="mediaType")]
    size: Annotated[int, Field(alias="fileSize", ge=0)]


class _FileOfPage(Wire):
    id: AttachmentId
    title: Text
    extensions: _Extensions

    @property
    def media_type(self) -> str:
        return self.extensions.media_type

    @property
    def size(self) -> int:
        return self.extensions.size


class _ListLinks(Wire):
    next: str | None = None


class _FilesOfPage(Wire):
    results: list[_FileOfPage]
    limit: int | None = None
    links: Annotated[_ListLinks, Field(alias="_links")]


class _Children(Wire):
    attachment: _FilesOfPage


class Found(Wire):
    """A page as search knows it."""

    id: Id
    metadata: _Metadata
    ancestors: list[_Ancestor]
    children: _Children

    @property
    def files(self) -> int:
        """How many attachments came with it."""
        return len(self.children.attachment.results)

    @property
    def may_lack_files(self) -> bool:
        """A full list does not say whether it is whole."""
        came = self.children.attachment
        return came.links.next is not None or (came.limit is not None and self.files >= came.limit)


class _Match(Wire):
    id: Id
    type: str


class _File(Wire):
    id: AttachmentId
    title: Text
    media_type: Annotated[Text, Field(alias="mediaType")]
    size: Annotated[int, Field(alias="fileSize", ge=0)]


class _User(Wire):
    account_id: Annotated[AccountId, Field(alias="accountId")]
    status: Annotated[Literal["active", "inactive", "closed", "unknown"], Field(alias="accountStatus")]
    name: Annotated[Text | None, Field(alias="displayName")] = None


class _Users(Wire):
    results: list[_User]


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _checked[Kind](kind: type[Kind], value: object) -> Kind:
    known: Any = kind
    try:
        found: Kind = _adapter(known).validate_python(value)
    except ValidationError:
        raise UpstreamProtocolError from None  # the validation error would quote the page
    return found


def spaces(rows: Sequence[Mapping[str, Any]]) -> list[ListedSpace]:
    found = _checked(list[_Space], rows)
    return [ListedSpace(SpaceId(row.id), row.key, row.name, row.type, row.status) for row in found]


def pages(rows: Sequence[Mapping[str, Any]], site: Site, *, bodies: bool) -> list[ListedPage]:
    """`bodies`: each row must have one."""
    return [_page(row, site, bodies=bodies) for row in _checked(list[_Page], rows)]


def _page(row: _Page, site: Site, *, bodies: bool) -> ListedPage:
    storage = row.body.storage if row.body is not None else None
    if bodies and storage is None:
        raise UpstreamProtocolError
    return ListedPage(
        id=PageId(row.id),
        space_id=SpaceId(row.space_id),
        title=row.title,
        url=address(site, row.links.webui),
        version=row.version.number,
        updated_at=row.version.created_at,
        parent_id=PageId(row.parent_id) if row.parent_id is not None else None,
        author_id=row.version.author_id,
        status=row.status,
        created_at=row.created_at,
        body=storage.value if storage is not None else None,
    )


def found(rows: Sequence[Mapping[str, Any]]) -> list[Found]:
    return _checked(list[Found], rows)


def matches(rows: Sequence[Mapping[str, Any]]) -> list[PageId]:
    """The pages among what a query found."""
    return [PageId(row.id) for row in _checked(list[_Match], rows) if row.type == "page"]


def details(row: Found, site: Site, files: Sequence[Mapping[str, Any]] | None) -> PageDetails:
    """`files`: v2's rows of all its attachments, where those that came with it may not be all.

    In an order that does not depend on Atlassian's, so that the same page is the same bytes, and as far in it as
    DETAILS_BYTES reach: labels first.
    """
    room = DETAILS_BYTES
    labels: list[str] = []
    for name in sorted(_label_names(row)):
        room -= len(name.encode()) + LABEL_BYTES
        if room >= 0:
            labels.append(name)
    attachments: list[CorpusAttachment] = []
    for file in sorted(_attachments(row, site, files), key=lambda file: (file.name, file.id)):
        room -= len(f"{file.id}{file.name}{file.media_type}{file.url}".encode()) + ATTACHMENT_BYTES
        if room >= 0:
            attachments.append(file)
    ancestors = tuple(Ancestor(PageId(each.id), each.title) for each in row.ancestors)
    return PageDetails(tuple(labels), ancestors, tuple(attachments))


def _label_names(row: Found) -> set[str]:
    said = row.metadata.labels
    labels = said.results if isinstance(said, _Labels) else said
    return {label.name for label in labels if label.prefix != OWN_PREFIX}


def _attachments(row: Found, site: Site, files: Sequence[Mapping[str, Any]] | None) -> Iterator[CorpusAttachment]:
    """With the addresses that people use (api-facts §4); the API's own links come in forms that change."""
    for file in row.children.attachment.results if files is None else _checked(list[_File], files):
        url = address(site, f"/download/attachments/{row.id}/{quote(file.title, safe='')}")
        yield CorpusAttachment(file.id, file.title, file.media_type, file.size, url)


def branch(rows: Sequence[Mapping[str, Any]], depth: int, cursor: str | None) -> Branch:
    """Below something, `depth` levels were asked for: what lies at the last of them may have more below."""
    nodes = _checked(list[_Node], rows)
    current = [node for node in nodes if node.status == "current"]
    pages = [PageId(node.id) for node in current if node.type == "page"]
    deeper = [PageId(node.id) for node in current if node.depth == depth and node.type in {"page", "folder"}]
    return Branch(pages, deeper, cursor)


def people(value: Mapping[str, Any]) -> list[Person]:
    """A closed account has no name to keep, whatever it says in its place (A12)."""
    return [
        Person(user.account_id, user.name if user.status != "closed" and user.name else None)
        for user in _checked(_Users, value).results
    ]
