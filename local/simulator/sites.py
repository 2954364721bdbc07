"""The sites and what is on them: spaces, pages, blog posts, folders, attachments, and who may see what."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from local.simulator.accounts import Account
from local.simulator.catalogue import Catalogue, Changes
from local.simulator.files import Files

type ContentType = Literal["page", "blogpost", "folder"]
type Status = Literal["current", "archived", "trashed", "draft"]
type CommentKind = Literal["footer", "inline"]


@dataclass(slots=True)
class Version:
    """One version of a page. A body that is None is a representation the server cannot give."""

    number: int
    created_at: datetime
    author_id: str
    title: str
    storage: str | None = field(default=None, repr=False)
    adf: str | None = field(default=None, repr=False)
    message: str = ""


@dataclass(slots=True)
class Property:
    """A content property: any JSON under a key."""

    id: str
    key: str
    value: Any
    number: int
    created_at: datetime
    author_id: str


@dataclass(slots=True)
class Content:
    """A page, blog post or folder. `readers`, if set, are the only account ids that see it and what is below it.

    `editors`, if set, are the only ones that may change it; an update restriction covers the page alone.
    `relabelled`: the labels as they were before each change, and when that was; search lags behind.
    """

    id: str
    type: ContentType
    space_id: str
    parent_id: str | None
    position: int
    author_id: str
    created_at: datetime
    versions: list[Version]
    status: Status = "current"
    labels: list[str] = field(default_factory=list)
    readers: frozenset[str] | None = None
    editors: frozenset[str] | None = None
    properties: list[Property] = field(default_factory=list)
    relabelled: list[tuple[datetime, list[str]]] = field(default_factory=list, repr=False)

    @property
    def version(self) -> Version:
        """The newest version."""
        return self.versions[-1]

    @property
    def title(self) -> str:
        """The newest title."""
        return self.versions[-1].title

    def indexed_labels(self, now: datetime, delay_seconds: int) -> list[str]:
        """The labels as search knows them, which lags behind a change by the delay."""
        for changed_at, before in self.relabelled:
            if 0 <= (now - changed_at).total_seconds() < delay_seconds:
                return before
        return self.labels

    @property
    def modified_at(self) -> datetime:
        """When the newest version was made."""
        return self.versions[-1].created_at


@dataclass(slots=True)
class Attachment:
    """A file on a page, as its newest version is. `id` begins with `att`; `file_id` is what ADF names."""

    id: str
    content_id: str
    file_id: str
    filename: str
    media_type: str
    body: bytes = field(repr=False)
    created_at: datetime
    author_id: str
    comment: str = ""
    number: int = 1
    status: Literal["current", "trashed"] = "current"
    changed_at: datetime | None = None

    @property
    def modified_at(self) -> datetime:
        """When the newest version was put there."""
        return self.changed_at or self.created_at


@dataclass(slots=True)
class Comment:
    """A comment on a page or blog post, or a reply to one. `marker` and `selection` are an inline comment's place."""

    id: str
    kind: CommentKind
    content_id: str
    parent_id: str | None
    versions: list[Version]
    marker: str = ""
    selection: str = ""
    resolution: Literal["open", "reopened", "resolved"] = "open"

    @property
    def version(self) -> Version:
        """The newest version."""
        return self.versions[-1]


@dataclass(frozen=True, slots=True)
class LongTask:
    """Something the server does in its own time."""

    id: str
    name: str
    begun_at: datetime


@dataclass(slots=True)
class Space:
    """A space. Its homepage is the root of the page tree."""

    id: str
    key: str
    name: str
    type: str
    author_id: str
    created_at: datetime
    description: str = ""
    status: Literal["current", "archived"] = "current"
    homepage_id: str = ""
    labels: list[str] = field(default_factory=list)
    readers: frozenset[str] | None = None


class Site:
    """One Confluence site. The sets `changed…` are the ids of what differs from what it began as.

    Whoever changes content adds its id to `changed`: that is also how the orders in `catalogue` hear of it.
    `generated`: ids of the generator's pages, ascending.
    """

    def __init__(self, cloud_id: str, name: str, url: str) -> None:
        self.cloud_id, self.name, self.url = cloud_id, name, url
        self.spaces: dict[str, Space] = {}
        self.content: dict[str, Content] = {}
        self.attachments: Files[Attachment] = Files()
        self.catalogue: Catalogue[Content] = Catalogue(self.content)
        self.changed = Changes(self.catalogue.touch)
        self.comments: dict[str, Comment] = {}
        self.tasks: dict[str, LongTask] = {}
        self.changed_attachments: set[str] = set()
        self.changed_spaces: set[str] = set()
        self.generated: list[str] = []
        self.last_id = 0
        self._children: dict[str | None, list[str]] = {}

    def add(self, content: Content) -> Content:
        """Put content on the site."""
        self.last_id = max(self.last_id, int(content.id))
        self.content[content.id] = content
        self._children.setdefault(content.parent_id, []).append(content.id)
        self.catalogue.touch(content.id)
        return content

    def new_id(self) -> str:
        """An id that nothing on the site has or ever had."""
        attachments = (int(each.removeprefix("att")) for each in self.attachments)
        self.last_id = max(self.last_id, *attachments, 0) + 1
        return str(self.last_id)

    def replace(self, content: Content) -> None:
        """Put content in the place of what has its id, or simply put it."""
        earlier = self.content.get(content.id)
        if earlier is not None:
            self._children[earlier.parent_id].remove(content.id)
        self.add(content)

    def place(self, content: Content, parent_id: str | None) -> None:
        """Hang content under another parent."""
        self._children[content.parent_id].remove(content.id)
        content.parent_id = parent_id
        self._children.setdefault(parent_id, []).append(content.id)
        self.catalogue.touch(content.id)

    def purge(self, content_id: str) -> None:
        """Remove content for ever; its children move up to its parent, as when a page is deleted."""
        content = self.content[content_id]
        for child in list(self._children.get(content_id, [])):
            self.place(self.content[child], content.parent_id)
        self._children[content.parent_id].remove(content_id)
        del self.content[content_id]
        self.catalogue.touch(content_id)

    def children(self, content_id: str) -> list[Content]:
        """Direct children of any status, in tree order."""
        found = (self.content[child] for child in self._children.get(content_id, []))
        return sorted(found, key=lambda child: (child.position, int(child.id)))

    def siblings(self, content: Content) -> list[Content]:
        """Content with the same parent, itself too; at the top level, of the same space and type."""
        if content.parent_id is not None:
            return self.children(content.parent_id)
        top = (self.content[each] for each in self._children.get(None, []))
        found = (each for each in top if (each.space_id, each.type) == (content.space_id, content.type))
        return sorted(found, key=lambda each: (each.position, int(each.id)))

    def ancestors(self, content: Content) -> list[Content]:
        """Top-level first."""
        found: list[Content] = []
        parent = content.parent_id
        while parent is not None and parent in self.content:
            found.append(self.content[parent])
            parent = self.content[parent].parent_id
        return found[::-1]

    def sees_space(self, account: Account, space: Space) -> bool:
        """Whether the account may view the space."""
        return space.readers is None or account.account_id in space.readers

    def sees(self, account: Account, content: Content) -> bool:
        """Whether the account may read the content: the space, it and all above it must be open to the account."""
        if not self.sees_space(account, self.spaces[content.space_id]):
            return False
        if not self.catalogue.restricts(content.space_id):
            return True
        chain = (content, *self.ancestors(content))
        return all(each.readers is None or account.account_id in each.readers for each in chain)

    def may_edit(self, account: Account, content: Content) -> bool:
        """Whether the account may change the content: to read it, and no update restriction against it."""
        allowed = content.editors is None or account.account_id in content.editors
        return allowed and self.sees(account, content)

    def visible(self, account: Account, kind: ContentType) -> Iterator[Content]:
        """All content of one type that the account may read."""
        return (each for each in self.content.values() if each.type == kind and self.sees(account, each))

    def find(self, account: Account, content_id: str, kinds: Iterable[ContentType]) -> Content | None:
        """Content by id, if it exists, is of one of the types and is open to the account."""
        content = self.content.get(content_id)
        return content if content and content.type in kinds and self.sees(account, content) else None

    def space_by_key(self, key: str) -> Space | None:
        """A space by key; keys ignore case."""
        return next((space for space in self.spaces.values() if space.key.casefold() == key.casefold()), None)
