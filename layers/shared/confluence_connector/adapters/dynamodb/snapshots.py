"""One look at a document: itself, its connection and the head of its cached text, in one BatchGetItem.

The keys of the other two are in the first: connection and page on the document, generation on the connection. A warm
process remembers them, ids only, and asks for all three at once; what comes back decides whether they were right.

    warm    document + connection + head, as remembered ── they fit ── answered after one round trip
    else    document ── connection + head of the first generation ── they fit ── answered after two
    reconnected since: one more
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from confluence_connector.adapters.aws import named_failures
from confluence_connector.adapters.dynamodb import cached_items, codec, keys
from confluence_connector.adapters.dynamodb.text_cache import DynamoTextCache
from confluence_connector.domain.connections import Connection
from confluence_connector.domain.documents import Document
from confluence_connector.domain.identifiers import ConnectionId, DocumentId, PageId, WorkspaceId
from confluence_connector.errors import ConnectorError, ServiceUnavailable
from confluence_connector.ports.cache import CacheScope
from confluence_connector.ports.reading import Snapshot

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REMEMBERED: Final = 4096
FIRST_GENERATION: Final = 1
TRIPS: Final = 4
TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a document's connection and cached text lie. Ids; nothing of a person or a page."""

    connection_id: ConnectionId
    generation: int
    page_id: PageId


class DynamoSnapshots:
    """The `Snapshots` port over the State and Cache tables."""

    def __init__(
        self,
        client: "DynamoDBClient",
        state_table: str,
        cache: DynamoTextCache,
        cache_entry: Callable[[PageId], str],
    ) -> None:
        self._client = client
        self._state_table = state_table
        self._cache = cache
        self._cache_entry = cache_entry
        self._known: dict[tuple[WorkspaceId, DocumentId], Whereabouts] = {}
        self._lock = Lock()

    def of_document(self, workspace: WorkspaceId, document_id: DocumentId) -> Snapshot | None:
        where = self._known.get((workspace, document_id))
        snapshot = None
        for _ in range(TRIPS):
            snapshot, actual = self._look(workspace, document_id, where)
            if snapshot is None or actual is None or actual == where:
                break
            where = actual
        self._remember((workspace, document_id), where if snapshot and snapshot.connection else None)
        return snapshot

    def _look(
        self, workspace: WorkspaceId, document_id: DocumentId, where: Whereabouts | None
    ) -> tuple[Snapshot | None, Whereabouts | None]:
        """What is there, and where the rest really lies; None: there is no rest."""
        of_document = keys.document(workspace, document_id)
        wanted, of_head = [of_document], None
        if where:
            wanted.append(keys.connection(workspace, where.connection_id))
            of_head = cached_items.head_key(
                keys.cache_partition(workspace, where.connection_id, where.generation), self._cache_entry(where.page_id)
            )
        found, head = self._fetched(wanted, of_head)
        if of_document not in found:
            return None, None
        document = codec.from_item(Document, found[of_document])
        if document.mode == "copy" or document.source is None or document.connection_id is None:
            return Snapshot(document), None
        if where is None or where.connection_id != document.connection_id:
            return Snapshot(document), Whereabouts(document.connection_id, FIRST_GENERATION, document.source.page_id)
        item = found.get(keys.connection(workspace, where.connection_id))
        connection = codec.from_item(Connection, item) if item else None
        if connection is None or connection.grant is None:
            return Snapshot(document, connection), None
        actual = Whereabouts(connection.id, connection.grant.generation, document.source.page_id)
        if actual != where:
            return Snapshot(document, connection), actual
        scope = CacheScope(workspace, where.connection_id, where.generation)
        return Snapshot(document, connection, self._cache.opened(scope, self._cache_entry(where.page_id), head)), actual

    def _fetched(
        self, wanted: list[keys.Key], of_head: keys.Key | None
    ) -> tuple[dict[keys.Key, Any], dict[str, Any] | None]:
        """State's items by key, and the cache's head. A cache that does not answer is left out (H6)."""
        request: Any = {self._state_table: _asked(wanted)}
        if of_head:
            request[self._cache.table] = _asked([of_head])
        found: dict[str, list[Any]] = {self._state_table: [], self._cache.table: []}
        for _ in range(TRIES):
            try:
                with named_failures():
                    answer = self._client.batch_get_item(RequestItems=request)
            except ConnectorError as error:
                if self._cache.table not in request:
                    raise
                self._do_without(request, error)
                continue
            for table, answered in answer["Responses"].items():
                found[table].extend(answered)
            request = answer.get("UnprocessedKeys", {})
            if self._cache.table in request:
                self._do_without(request, "unprocessed")
            if not request:
                heads = found[self._cache.table]
                items = {keys.Key(item["pk"]["S"], item["sk"]["S"]): item for item in found[self._state_table]}
                return items, heads[0] if heads else None
        raise ServiceUnavailable(retry_after=2)

    def _do_without(self, request: dict[str, Any], why: ConnectorError | str) -> None:
        del request[self._cache.table]
        self._cache.do_without("snapshot", why)

    def _remember(self, key: tuple[WorkspaceId, DocumentId], where: Whereabouts | None) -> None:
        with self._lock:
            self._known.pop(key, None)
            if where:
                self._known[key] = where
            if len(self._known) > REMEMBERED:
                del self._known[next(iter(self._known))]


def _asked(wanted: list[keys.Key]) -> dict[str, Any]:
    return {"Keys": [cached_items.at(key) for key in wanted], "ConsistentRead": True}
