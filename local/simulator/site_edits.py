"""What happens to whole spaces, and to generated pages by the hundred; pages one by one are `edits`."""

from collections.abc import Callable, Iterable
from datetime import datetime
from random import Random

from local.simulator.edits import Editor, NoSuchPage
from local.simulator.sites import Content, Space


class SiteEditor(Editor):
    """Changes to one site: its pages, its spaces, its generated pages. Each is remembered for the snapshot."""

    # ── spaces ────────────────────────────────────────────────────────────────────────────────────────────────
    def remove_space(self, key: str) -> Space:
        """The space and all that is in it are gone for ever."""
        with self._lock:
            space = self._space(key)
            inside = [each.id for each in self._site.content.values() if each.space_id == space.id]
            # Those made last first: what is below a page is mostly younger than it.
            for content_id in reversed(inside):
                self._site.purge(content_id)
                self._site.changed.add(content_id)
            del self._site.spaces[space.id]
            return self._changed_space(space)

    def archive_space(self, key: str) -> Space:
        """Archived: its pages keep their status and can be read; search leaves them out."""
        return self._space_status(key, archived=True)

    def restore_space(self, key: str) -> Space:
        """Back from the archive."""
        return self._space_status(key, archived=False)

    def restrict_space(self, key: str, account_ids: Iterable[str] | None) -> Space:
        """Only these accounts may view the space and what is in it; None opens it to all again."""
        with self._lock:
            space = self._space(key)
            space.readers = None if account_ids is None else frozenset(account_ids)
            return self._changed_space(space)

    # ── generated pages ───────────────────────────────────────────────────────────────────────────────────────
    def touch_generated(self, count: int, now: datetime, seed: int = 0) -> list[str]:
        """A new version of `count` current generated pages, chosen by the seed; their ids, ascending."""

        def touch(content: Content) -> object:
            text = f"{content.version.storage}<p>Touched after version {content.version.number}.</p>"
            return self.edit(content.id, now, storage=text)

        return self._each_generated(count, seed, touch)

    def trash_generated(self, count: int, seed: int = 0) -> list[str]:
        """`count` current generated pages to the trash, chosen by the seed; their ids, ascending."""
        return self._each_generated(count, seed, lambda content: self.trash(content.id))

    def _each_generated(self, count: int, seed: int, deed: Callable[[Content], object]) -> list[str]:
        """Home pages are left alone: a space keeps its home."""
        with self._lock:
            site = self._site
            homes = {space.homepage_id for space in site.spaces.values()}
            left = (site.content[each] for each in site.generated if each in site.content and each not in homes)
            current = [content for content in left if content.status == "current"]
            if not 0 <= count <= len(current):
                raise ValueError(f"there are {len(current)} current generated pages")
            chosen = Random(seed).sample(current, count)  # noqa: S311 - the same choice at every run
            for content in chosen:
                deed(content)
            return sorted((content.id for content in chosen), key=int)

    # ── the rest ──────────────────────────────────────────────────────────────────────────────────────────────
    def _space_status(self, key: str, *, archived: bool) -> Space:
        with self._lock:
            space = self._space(key)
            space.status = "archived" if archived else "current"
            return self._changed_space(space)

    def _space(self, key: str) -> Space:
        space = self._site.space_by_key(key)
        if space is None:
            raise NoSuchPage(key)
        return space

    def _changed_space(self, space: Space) -> Space:
        self._site.changed_spaces.add(space.id)
        return space
