"""The composition root's part for reading documents. What a cached read does not need is made when it is needed."""

from functools import cached_property
from typing import TYPE_CHECKING

from confluence_connector.adapters.dynamodb.snapshots import DynamoSnapshots
from confluence_connector.domain.connections import Connection
from confluence_connector.ports import Deadline
from confluence_connector.services.reading.convert_page import cache_entry
from confluence_connector.services.reading.fetch_linked import LinkedFetch
from confluence_connector.services.reading.read_document import DocumentReader
from confluence_connector.services.reading.read_feature import FeatureReader

if TYPE_CHECKING:
    from confluence_connector.ports.atlassian import Confluence
    from confluence_connector.runtime import Runtime
    from confluence_connector.services.reading.read_references import ReferenceReader
    from confluence_connector.services.reading.refresh_document import DocumentRefresher


class Reading:
    """The use-cases around documents' text, wired."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    @cached_property
    def documents(self) -> DocumentReader:
        runtime = self._runtime
        snapshots = DynamoSnapshots(runtime.dynamodb, runtime.settings.state_table, runtime.text_cache, cache_entry)
        return DocumentReader(
            snapshots,
            runtime.documents,
            runtime.text_cache,
            self._linked,
            runtime.now,
            runtime.sleep,
            runtime.random,
            runtime.new_secret,
        )

    @cached_property
    def features(self) -> FeatureReader:
        return FeatureReader(self._runtime.features, self.documents)

    @cached_property
    def refresher(self) -> "DocumentRefresher":
        from confluence_connector.services.reading.refresh_document import DocumentRefresher  # noqa: PLC0415

        runtime = self._runtime
        return DocumentRefresher(
            runtime.documents, runtime.connections, self._linked, runtime.events, runtime.telemetry
        )

    @cached_property
    def references(self) -> "ReferenceReader":
        """Brings a Markdown parser, which reading documents does not need."""
        from confluence_connector.services.reading.read_page import PageReader  # noqa: PLC0415
        from confluence_connector.services.reading.read_references import ReferenceReader  # noqa: PLC0415
        from confluence_connector.services.reading.single_flight import SingleFlight  # noqa: PLC0415

        runtime, sites = self._runtime, ConfluenceWhenAsked(self._runtime)
        flights = SingleFlight(runtime.text_cache, runtime.now, runtime.sleep, runtime.random, runtime.new_secret)
        pages = PageReader(runtime.connections, runtime.text_cache, sites, flights, runtime.now)
        return ReferenceReader(runtime.connections, sites, pages)

    @cached_property
    def _linked(self) -> LinkedFetch:
        runtime = self._runtime
        return LinkedFetch(
            runtime.documents,
            runtime.connections,
            runtime.text_cache,
            ConfluenceWhenAsked(runtime),
            runtime.telemetry,
            runtime.now,
        )


class ConfluenceWhenAsked:
    """The `ConfluenceSites` port; brings its HTTP client and the vault into the process with the first live read."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    def of(self, connection: Connection, deadline: Deadline) -> "Confluence":
        return self._runtime.confluence.of(connection, deadline)
