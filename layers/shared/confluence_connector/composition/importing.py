"""The composition root's part for finding and importing. Apart from `runtime`, so that reading does not pay for it."""

from functools import cached_property
from typing import TYPE_CHECKING

from confluence_connector.services.importing.asking_confluence import ConfluenceAsker
from confluence_connector.services.importing.edit_copy import CopyEditor
from confluence_connector.services.importing.find_pages import PageFinder
from confluence_connector.services.importing.import_pages import PageImporter
from confluence_connector.services.importing.look_at_source import SourceWatcher
from confluence_connector.services.importing.organise_features import FeatureOrganiser
from confluence_connector.services.importing.resolve_url import UrlResolver
from confluence_connector.services.importing.show_document import DocumentViewer
from confluence_connector.services.importing.start_import import StartImport
from confluence_connector.services.importing.title_index import TitleIndex

if TYPE_CHECKING:  # these two bring powertools' idempotency and a Markdown parser, which few requests need
    from confluence_connector.adapters.idempotency import PowertoolsIdempotency
    from confluence_connector.runtime import Runtime
    from confluence_connector.services.importing.suggest_placement import PlacementSuggester
    from confluence_connector.services.importing.work_on_import import WorkOnImport


class Importing:
    """The use-cases of finding and importing, wired. Each is made when first asked for."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    @cached_property
    def asker(self) -> ConfluenceAsker:
        return ConfluenceAsker(self._runtime.connections, self._runtime.confluence, self._runtime.now)

    @cached_property
    def finder(self) -> PageFinder:
        return PageFinder(self.asker, TitleIndex(self._runtime.text_cache, self._runtime.now))

    @cached_property
    def resolver(self) -> UrlResolver:
        return UrlResolver(self.asker)

    @cached_property
    def suggester(self) -> "PlacementSuggester":
        from confluence_connector.services.importing.suggest_placement import PlacementSuggester  # noqa: PLC0415

        return PlacementSuggester(self.asker, self._runtime.features)

    @cached_property
    def importer(self) -> PageImporter:
        return PageImporter(self.asker, self._runtime.features, self._runtime.now, self._runtime.new_id)

    @cached_property
    def organiser(self) -> FeatureOrganiser:
        return FeatureOrganiser(self._runtime.features, self._runtime.documents)

    @cached_property
    def viewer(self) -> DocumentViewer:
        return DocumentViewer(self._runtime.documents, self._runtime.connections)

    @cached_property
    def watcher(self) -> SourceWatcher:
        runtime = self._runtime
        return SourceWatcher(runtime.documents, runtime.connections, runtime.confluence, runtime.now)

    @cached_property
    def editor(self) -> CopyEditor:
        return CopyEditor(self._runtime.documents)

    @cached_property
    def many(self) -> StartImport:
        runtime = self._runtime
        return StartImport(runtime.connections, runtime.import_jobs, runtime.work_queue, runtime.now, runtime.new_id)

    @cached_property
    def worker(self) -> "WorkOnImport":
        from confluence_connector.composition.turns import turns_of  # noqa: PLC0415
        from confluence_connector.services.importing.import_chunk import ImportChunk  # noqa: PLC0415 — only a worker converts many
        from confluence_connector.services.importing.work_on_import import WorkOnImport  # noqa: PLC0415
        from confluence_connector.services.report_security_event import SecurityEvents  # noqa: PLC0415

        runtime = self._runtime
        return WorkOnImport(
            connections=runtime.connections,
            jobs=runtime.import_jobs,
            sites=runtime.site_readers,
            chunk=ImportChunk(runtime.features, runtime.now, runtime.new_id),
            turns=turns_of(runtime),
            security_events=SecurityEvents(runtime.events, runtime.telemetry),
            telemetry=runtime.telemetry,
        )

    @cached_property
    def idempotency(self) -> "PowertoolsIdempotency":
        from confluence_connector.adapters.idempotency import PowertoolsIdempotency  # noqa: PLC0415

        return PowertoolsIdempotency(self._runtime.dynamodb, self._runtime.settings.state_table)
