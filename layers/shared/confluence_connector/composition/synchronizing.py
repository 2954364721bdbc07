"""The composition root's part for synchronizers to Jira. Apart from `runtime`, so that nothing else pays for it."""

from functools import cached_property
from typing import TYPE_CHECKING

from confluence_connector.adapters.dynamodb.page_acts import DynamoPageActs
from confluence_connector.adapters.dynamodb.page_links import DynamoPageLinks
from confluence_connector.adapters.dynamodb.synchronizer_runs import DynamoSynchronizerRuns
from confluence_connector.adapters.dynamodb.synchronizers import DynamoSynchronizers
from confluence_connector.services.synchronizing.conclude_synchronizer_run import ConcludeSynchronizerRun
from confluence_connector.services.synchronizing.dispatch_synchronizers import DispatchSynchronizers
from confluence_connector.services.synchronizing.end_synchronizer import EndSynchronizer
from confluence_connector.services.synchronizing.start_synchronizer_run import StartSynchronizerRun

if TYPE_CHECKING:  # a dispatcher speaks no HTTP, and works on no run
    from confluence_connector.composition.synchronizing_for_people import SynchronizingForPeople
    from confluence_connector.runtime import Runtime
    from confluence_connector.services.synchronizing.work_on_synchronizer import WorkOnSynchronizer


class Synchronizing:
    """The use-cases of synchronizers, wired. Each is made when first asked for."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    # ── stores ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def synchronizers(self) -> DynamoSynchronizers:
        runtime = self._runtime
        table = runtime.settings.state_table
        return DynamoSynchronizers(runtime.dynamodb, table, runtime.now, runtime.new_secret, runtime.telemetry)

    @cached_property
    def links(self) -> DynamoPageLinks:
        runtime = self._runtime
        return DynamoPageLinks(runtime.dynamodb, runtime.settings.state_table, runtime.new_secret, runtime.sleep)

    @cached_property
    def runs(self) -> DynamoSynchronizerRuns:
        runtime = self._runtime
        return DynamoSynchronizerRuns(runtime.dynamodb, runtime.settings.state_table, runtime.now, runtime.new_secret)

    @cached_property
    def acts(self) -> DynamoPageActs:
        runtime = self._runtime
        return DynamoPageActs(runtime.dynamodb, runtime.settings.state_table, runtime.now)

    @cached_property
    def people(self) -> "SynchronizingForPeople":
        from confluence_connector.composition.synchronizing_for_people import SynchronizingForPeople  # noqa: PLC0415

        return SynchronizingForPeople(self._runtime, self)

    # ── in the background ───────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def dispatcher(self) -> DispatchSynchronizers:
        runtime = self._runtime
        return DispatchSynchronizers(
            synchronizers=self.synchronizers,
            runs=self.runs,
            queue=runtime.work_queue,
            start=self.start,
            conclude=self._conclude,
            telemetry=runtime.telemetry,
            now=runtime.now,
        )

    @cached_property
    def worker(self) -> "WorkOnSynchronizer":
        from confluence_connector.adapters.jira import JiraSitesOverHttp  # noqa: PLC0415
        from confluence_connector.composition.turns import turns_of  # noqa: PLC0415
        from confluence_connector.services.report_security_event import SecurityEvents  # noqa: PLC0415
        from confluence_connector.services.synchronizing.synchronizer_stages import synchronizer_stages  # noqa: PLC0415
        from confluence_connector.services.synchronizing.work_on_synchronizer import WorkOnSynchronizer  # noqa: PLC0415

        runtime = self._runtime
        return WorkOnSynchronizer(
            connections=runtime.connections,
            synchronizers=self.synchronizers,
            runs=self.runs,
            sites=runtime.site_readers,
            jira_sites=JiraSitesOverHttp(runtime.background_http, runtime.tokens),
            stages=synchronizer_stages(self.synchronizers, self.links, runtime.now, runtime.new_secret),
            conclude=self._conclude,
            end=self.end,
            turns=turns_of(runtime),
            security_events=SecurityEvents(runtime.events, runtime.telemetry),
            telemetry=runtime.telemetry,
            now=runtime.now,
        )

    # ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def start(self) -> StartSynchronizerRun:
        runtime = self._runtime
        return StartSynchronizerRun(
            self.synchronizers, self.runs, runtime.work_queue, self._conclude, runtime.now, runtime.new_id
        )

    @cached_property
    def _conclude(self) -> ConcludeSynchronizerRun:
        runtime = self._runtime
        return ConcludeSynchronizerRun(self.synchronizers, runtime.events, runtime.telemetry, runtime.now)

    @cached_property
    def end(self) -> EndSynchronizer:
        runtime = self._runtime
        return EndSynchronizer(
            self.synchronizers, self.runs, self.links, runtime.work_queue, runtime.telemetry, runtime.now
        )
