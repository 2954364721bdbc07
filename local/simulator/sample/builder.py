"""Puts written pages on a site: ids, dates, versions and authors follow from the order of writing alone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import cycle

from local.simulator.accounts import ACCOUNTS
from local.simulator.sample.blocks import Block, Node, adf, storage
from local.simulator.sites import Attachment, Content, ContentType, Site, Space, Version

EPOCH = datetime(2025, 9, 1, 8, 0, tzinfo=UTC)
ID_STEP = 32_771


@dataclass(frozen=True)
class Written:
    """A page as written. `raw` and `nodes` are bodies by hand instead of blocks. Rendered once, used by every copy."""

    title: str
    blocks: Sequence[Block] = ()
    labels: Sequence[str] = ()
    raw: str | None = None
    nodes: Sequence[Node] | None = None
    children: "Sequence[Written]" = field(default=())

    @cached_property
    def storage(self) -> str:
        """The body in storage format."""
        return storage(self.blocks) if self.raw is None else self.raw

    @cached_property
    def adf(self) -> str | None:
        """The body as ADF; None for a page written by hand in storage format."""
        if self.nodes is not None:
            return json.dumps({"version": 1, "type": "doc", "content": list(self.nodes)}, ensure_ascii=False)
        return adf(self.blocks) if self.blocks else None


class SiteBuilder:
    """Writes a site page by page. Content ids begin at `first_id`, so sites may be made to share some."""

    def __init__(self, site: Site, first_id: int) -> None:
        self.site = site
        self._next_id = first_id
        self._authors = cycle([ACCOUNTS[name].account_id for name in ("alice", "ada", "grace")])
        self._moment = EPOCH

    def space(self, key: str, name: str, kind: str, description: str, homepage: Written) -> Space:
        """A space and its homepage, with the pages below."""
        space = Space(self._id(), key, name, kind, next(self._authors), self._tick(), description)
        self.site.spaces[space.id] = space
        space.homepage_id = self.page(space, homepage, None, 0).id
        return space

    def page(self, space: Space, written: Written, parent_id: str | None, position: int) -> Content:
        """A page and, after it, its children."""
        content = self._content(space, "page", written, parent_id, position)
        for number, child in enumerate(written.children):
            self.page(space, child, content.id, number)
        return content

    def folder(self, space: Space, title: str, parent_id: str, position: int, inside: Sequence[Written]) -> Content:
        """A folder with pages in it."""
        content = self._content(space, "folder", Written(title), parent_id, position)
        for number, child in enumerate(inside):
            self.page(space, child, content.id, number)
        return content

    def blog_post(self, space: Space, written: Written) -> Content:
        """A blog post; it has no parent."""
        return self._content(space, "blogpost", written, None, 0)

    def attachment(
        self, content: Content, filename: str, media_type: str, body: bytes, comment: str = ""
    ) -> Attachment:
        """A file on a page."""
        number = self._id()
        file_id = f"{int(number):08x}-5a17-4e0b-8f3d-{int(content.id):012x}"
        made = Attachment(
            f"att{number}", content.id, file_id, filename, media_type, body, self._tick(), content.author_id, comment
        )
        self.site.attachments[made.id] = made
        return made

    def _content(
        self, space: Space, kind: ContentType, written: Written, parent_id: str | None, position: int
    ) -> Content:
        author, created = next(self._authors), self._tick()
        versions = [Version(1, created, author, written.title, storage=written.storage, adf=written.adf)]
        return self.site.add(
            Content(
                self._id(), kind, space.id, parent_id, position, author, created, versions, labels=list(written.labels)
            )
        )

    def _id(self) -> str:
        self._next_id += ID_STEP
        return str(self._next_id)

    def _tick(self) -> datetime:
        """A working rhythm: a few hours between pages."""
        self._moment += timedelta(hours=7, minutes=13, milliseconds=137)
        return self._moment
