"""What people do to pages in Confluence, for tests and for the control API: edit, move, trash, restrict and so on."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from local.simulator.sites import Content, Site, Version


class NoSuchPage(LookupError):
    """There is no content with that id on the site."""


class Editor:
    """Changes to one site's content, made while no request is being handled. Each is remembered for the snapshot."""

    def __init__(self, site: Site, lock: AbstractContextManager[object]) -> None:
        self._site, self._lock = site, lock

    def edit(
        self,
        page_id: str,
        now: datetime,
        *,
        storage: str | None = None,
        adf: str | None = None,
        title: str | None = None,
        author_id: str | None = None,
        message: str = "",
    ) -> Content:
        """A new version, by the last one's author unless said.

        A body given in one representation only leaves the other unavailable, never stale.
        """
        with self._lock:
            content = self._content(page_id)
            last = content.version
            if storage is None and adf is None:
                storage, adf = last.storage, last.adf
            # Two edits within a clock tick still have different times at Confluence's millisecond resolution.
            moment = max(now, last.created_at + timedelta(milliseconds=1))
            content.versions.append(
                Version(
                    last.number + 1,
                    moment,
                    author_id or last.author_id,
                    title or last.title,
                    storage=storage,
                    adf=adf,
                    message=message,
                )
            )
            return self._changed(content)

    def respell(self, page_id: str, storage: str) -> Content:
        """Another storage body in the newest version itself: what the server changes of its own accord."""
        with self._lock:
            content = self._content(page_id)
            content.version.storage = storage
            return self._changed(content)

    def rename(self, page_id: str, now: datetime, title: str) -> Content:
        """A new title is a new version."""
        return self.edit(page_id, now, title=title)

    def move(self, page_id: str, parent_id: str | None, space_key: str | None = None) -> Content:
        """Another place in the tree, maybe in another space, with all that is below. No new version."""
        with self._lock:
            content = self._content(page_id)
            if parent_id is not None:
                parent = self._content(parent_id)
                if parent is content or content in self._site.ancestors(parent):
                    raise ValueError("a page cannot move below itself")
                space_id = parent.space_id
            else:
                space = self._site.space_by_key(space_key) if space_key else self._site.spaces[content.space_id]
                if space is None:
                    raise NoSuchPage(space_key)
                space_id = space.id
            self._site.place(content, parent_id)
            below = [content]
            while below:
                each = below.pop()
                each.space_id = space_id
                self._changed(each)
                below.extend(self._site.children(each.id))
            return content

    def trash(self, page_id: str) -> Content:
        """To the trash; children stay where they are, as orphans of a page that is no longer shown."""
        return self._status(page_id, "trashed")

    def archive(self, page_id: str) -> Content:
        """Archived: still readable, out of the tree's way."""
        return self._status(page_id, "archived")

    def restore(self, page_id: str) -> Content:
        """Back from the trash or the archive."""
        return self._status(page_id, "current")

    def purge(self, page_id: str) -> None:
        """Gone for ever."""
        with self._lock:
            self._content(page_id)
            self._site.purge(page_id)
            self._site.changed.add(page_id)

    def restrict(self, page_id: str, account_ids: Iterable[str] | None) -> Content:
        """Only these accounts may read it and what is below it; None opens it again. No new version."""
        with self._lock:
            content = self._content(page_id)
            content.readers = None if account_ids is None else frozenset(account_ids)
            return self._changed(content)

    def lock(self, page_id: str, account_ids: Iterable[str] | None) -> Content:
        """Only these accounts may change it; None takes the update restriction off. No new version."""
        with self._lock:
            content = self._content(page_id)
            content.editors = None if account_ids is None else frozenset(account_ids)
            return self._changed(content)

    def label(self, page_id: str, labels: Iterable[str], now: datetime | None = None) -> Content:
        """Exactly these labels. No new version. Search lags behind `now`; without it, it knows at once."""
        with self._lock:
            content = self._content(page_id)
            if now is not None:
                content.relabelled.append((now, content.labels))
            content.labels = list(dict.fromkeys(labels))
            return self._changed(content)

    def create(
        self,
        page_id: str,
        space_key: str,
        title: str,
        now: datetime,
        author_id: str,
        *,
        storage: str,
        parent_id: str | None,
    ) -> Content:
        """A new page, under the space's homepage unless a parent is given."""
        with self._lock:
            space = self._site.space_by_key(space_key)
            if space is None:
                raise NoSuchPage(space_key)
            version = Version(1, now, author_id, title, storage=storage)
            place = parent_id or space.homepage_id or None
            position = max((child.position for child in self._site.children(place or "")), default=0) + 1
            content = Content(page_id, "page", space.id, place, position, author_id, now, [version])
            return self._changed(self._site.add(content))

    def _status(self, page_id: str, status: str) -> Content:
        with self._lock:
            content = self._content(page_id)
            match status:
                case "trashed" | "archived" | "current":
                    content.status = status
            return self._changed(content)

    def _content(self, page_id: str) -> Content:
        if page_id not in self._site.content:
            raise NoSuchPage(page_id)
        return self._site.content[page_id]

    def _changed(self, content: Content) -> Content:
        self._site.changed.add(content.id)
        return content
