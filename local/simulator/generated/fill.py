"""Puts generated pages on a site: spaces, a tree in each, labels, files. The same plan gives the same site."""

from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

from local.simulator.accounts import Account
from local.simulator.generated.people import people
from local.simulator.generated.plan import Plan
from local.simulator.generated.prose import Page, Prose
from local.simulator.generated.version import LazyVersion
from local.simulator.sites import Attachment, Content, Site, Space, Version

# Far above the sample's ids.
FIRST_SPACE_ID, FIRST_PAGE_ID, FIRST_FILE_ID = 15_000_000_000, 20_000_000_000, 30_000_000_000
ID_STEP = 13
# Two years that had ended before the sample's first page was written: earlier than any clock's now.
OLDEST, NEWEST = datetime(2023, 8, 1, 6, 0, tzinfo=UTC), datetime(2025, 7, 31, 18, 0, tzinfo=UTC)
DEEPEST = 6
LABELLED_SHARE, WITH_FILES_SHARE, EDITED_SHARE = 1 / 3, 1 / 10, 0.4
LABELS = ("how-to", "decision", "runbook", "meeting-notes", "draft", "reviewed", "architecture", "onboarding", "q3")
FILES = (
    ("overview.png", "image/png", b"\x89PNG\r\n\x1a\nnot much of a picture"),
    ("numbers.csv", "text/csv", b"week,count\n1,12\n2,15\n"),
    ("contract.pdf", "application/pdf", b"%PDF-1.7\n%%EOF\n"),
)


def fill(site: Site, plan: Plan) -> list[Account]:
    """Add the plan's pages to the site; who wrote them."""
    authors, prose = people(), Prose(plan.seed)
    random = Random(plan.seed)  # noqa: S311 - a made-up site, the same at every start
    for number in range(plan.spaces):
        pages = range(plan.pages * number // plan.spaces, plan.pages * (number + 1) // plan.spaces)
        _Filling(site, prose, random, authors).space(number, pages)
    return authors


class _Filling:
    """One space being filled."""

    def __init__(self, site: Site, prose: Prose, random: Random, authors: list[Account]) -> None:
        self._site, self._prose, self._random, self._authors = site, prose, random, authors

    def space(self, number: int, pages: range) -> None:
        key = f"GEN{number + 1}"
        space = Space(
            str(FIRST_SPACE_ID + number * ID_STEP),
            key,
            f"Generated {number + 1}",
            "global",
            self._author(),
            OLDEST,
            f"{len(pages)} generated pages",
            homepage_id=_page_id(pages[0]),
        )
        self._site.spaces[space.id] = space
        depths: list[int] = []
        parents: list[int] = []
        for place, page in enumerate(pages):
            parent = self._parent(depths, parents) if place else -1
            parents.append(parent)
            depths.append(depths[parent] + 1 if place else 0)
            self._page(space, pages, place, parent, page)

    def _parent(self, depths: list[int], parents: list[int]) -> int:
        """Any earlier page, older ones more often, none so deep that its children would be too deep."""
        parent = int(len(depths) * self._random.random() ** 2)
        while depths[parent] >= DEEPEST:
            parent = parents[parent]
        return parent

    def _page(self, space: Space, pages: range, place: int, parent: int, page: int) -> None:
        files = self._files() if self._random.random() < WITH_FILES_SHARE else []
        title = self._prose.title(page) if place else f"{space.name} home"
        neighbour = self._prose.title(pages[self._random.randrange(1, len(pages))]) if len(pages) > 1 else title
        written = Page(page, title, neighbour, files[0][0] if files else None, self._author())
        author, created = self._author(), self._moment(OLDEST)
        versions: list[Version] = [self._version(1, created, author, written)]
        if self._random.random() < EDITED_SHARE:
            versions.append(self._version(2, self._moment(created), self._author(), written))
        content = Content(
            _page_id(page),
            "page",
            space.id,
            _page_id(pages[parent]) if place else None,
            place,
            author,
            created,
            versions,
            labels=self._random.sample(LABELS, self._random.randint(1, 3))
            if self._random.random() < LABELLED_SHARE
            else [],
        )
        self._site.add(content)
        self._site.generated.append(content.id)
        for at, (name, media_type, body) in enumerate(files):
            self._file(content, page * len(FILES) + at, name, media_type, body)

    def _version(self, number: int, moment: datetime, author: str, page: Page) -> LazyVersion:
        return LazyVersion(number, moment, author, page.title, partial(self._prose.body, page, number))

    def _files(self) -> list[tuple[str, str, bytes]]:
        return self._random.sample(FILES, self._random.randint(1, 2))

    def _file(self, content: Content, number: int, name: str, media_type: str, body: bytes) -> None:
        file_id = f"{number:08x}-9c1d-4a5e-b6f7-{int(content.id):012x}"
        made = Attachment(
            f"att{FIRST_FILE_ID + number}",
            content.id,
            file_id,
            name,
            media_type,
            body,
            content.created_at,
            content.author_id,
        )
        self._site.attachments[made.id] = made

    def _author(self) -> str:
        return self._random.choice(self._authors).account_id

    def _moment(self, earliest: datetime) -> datetime:
        """Some millisecond between then and the end of the two years."""
        span = int((NEWEST - earliest).total_seconds() * 1000)
        return earliest + timedelta(milliseconds=self._random.randrange(span))


def _page_id(page: int) -> str:
    return str(FIRST_PAGE_ID + page * ID_STEP)
