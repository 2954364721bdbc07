"""Readers over DynamoDB in process and a Confluence that tests hold in their hands."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from confluence_connector.adapters.copy_texts import CopyTexts
from confluence_connector.adapters.dynamodb.connections import DynamoConnections
from confluence_connector.adapters.dynamodb.documents import DynamoDocuments
from confluence_connector.adapters.dynamodb.snapshots import DynamoSnapshots
from confluence_connector.adapters.dynamodb.text_cache import DynamoTextCache
from confluence_connector.domain.connections import Connection
from confluence_connector.domain.documents import Document
from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.pages import Page, PageRef
from confluence_connector.domain.readings import Reading
from confluence_connector.errors import PageGone
from confluence_connector.ports import Deadline
from confluence_connector.services.reading.convert_page import cache_entry
from confluence_connector.services.reading.fetch_linked import LinkedFetch
from confluence_connector.services.reading.read_document import DocumentReader
from tests.aws import Aws
from tests.conftest import MovableClock
from tests.crowd_clock import CrowdClock
from tests.reading import SITE, a_connection, a_link, store_connection, store_document
from tests.telling import Told


@dataclass
class TimeLeft:
    """The `Deadline` port by a movable clock."""

    clock: MovableClock | CrowdClock
    until: datetime

    def remaining_seconds(self) -> float:
        return (self.until - self.clock()).total_seconds()


@dataclass
class FakeSite:
    """One site's pages by id, for every connection; `fetches` counts. `during` runs while a page is on its way."""

    clock: MovableClock | CrowdClock
    pages: dict[str, Page] = field(default_factory=dict)
    failing: Exception | None = None
    fetches: int = 0
    through: list[str] = field(default_factory=list)
    during: Callable[[], None] = lambda: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def write(
        self, page_id: str, body: str, *, version: int = 1, title: str = "Checkout", archived: bool = False
    ) -> None:
        ref = PageRef(
            id=PageId(page_id),
            title=title,
            url=f"{SITE.url}/wiki/spaces/PROD/pages/{page_id}/{title}",
            space_key="PROD",
            parent_id=None,
            version=version,
            updated_at=self.clock(),
            status="archived" if archived else "current",
        )
        self.pages[page_id] = Page(ref, body)

    def of(self, connection: Connection, deadline: Deadline) -> "FakeConfluence":
        return FakeConfluence(self, connection)


@dataclass
class FakeConfluence:
    """The part of the `Confluence` port that reading uses."""

    site: FakeSite
    connection: Connection

    def page(self, page_id: PageId) -> Page:
        with self.site.lock:
            self.site.fetches += 1
            self.site.through.append(self.connection.id)
        found = self.site.pages.get(page_id)
        self.site.during()
        if self.site.failing:
            raise self.site.failing
        if found is None:
            raise PageGone
        return found

    def unused(self, *_: object) -> None:
        raise AssertionError("reading asks for pages by id, nothing else")

    spaces = space = page_ref = pages_of = children = find = unused


@dataclass
class Rig:
    """One linked document, its connection and its page; any number of processes that read it."""

    aws: Aws
    clock: MovableClock | CrowdClock

    def __post_init__(self) -> None:
        self.told = Told()
        self.site = FakeSite(self.clock)
        self.site.write("101", "<h1>Checkout</h1><p>Pay with one click.</p>")
        self.connection = a_connection(self.clock())
        self.document = a_link(self.clock())
        store_connection(self.aws, self.connection)
        store_document(self.aws, self.document)
        self._numbers = itertools.count()
        self.reader = self.process()
        self.aws.calls.clear()

    def process(self) -> DocumentReader:
        """A cold process: it remembers nothing."""
        settings, dynamodb = self.aws.settings, self.aws.dynamodb
        self.cache = DynamoTextCache(
            dynamodb, settings.cache_table, settings.state_table, self.clock, self.clock.sleep, self.secret, self.told
        )
        self.documents = DynamoDocuments(
            dynamodb, settings.state_table, CopyTexts(lambda: self.aws.s3, settings.content_bucket, self.secret)
        )
        snapshots = DynamoSnapshots(dynamodb, settings.state_table, self.cache, cache_entry)
        self.connections = DynamoConnections(dynamodb, settings.state_table, self.secret, self.told)
        self.linked = LinkedFetch(self.documents, self.connections, self.cache, self.site, self.told, self.clock)
        return DocumentReader(
            snapshots,
            self.documents,
            self.cache,
            self.linked,
            self.clock,
            self.clock.sleep,
            lambda: 0.5,
            self.secret,
        )

    def secret(self) -> str:
        return f"secret-{next(self._numbers):030}"

    def deadline(self, seconds: float = 29) -> TimeLeft:
        return TimeLeft(self.clock, datetime.fromtimestamp(self.clock().timestamp() + seconds, self.clock().tzinfo))

    def read(
        self, *, max_age: int = 600, reader: DocumentReader | None = None, document: Document | None = None
    ) -> Reading:
        wanted = document or self.document
        return (reader or self.reader).read(
            wanted.workspace, wanted.id, max_age_seconds=max_age, deadline=self.deadline()
        )

    def cached_items(self) -> list[dict[str, dict[str, str]]]:
        return self.aws.items(self.aws.settings.cache_table)
