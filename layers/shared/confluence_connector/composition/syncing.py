"""The composition root's part for space sync. Apart from `runtime`, so that nothing else pays for it."""

from functools import cached_property
from typing import TYPE_CHECKING

from confluence_connector.adapters.corpus_objects import S3CorpusObjects
from confluence_connector.adapters.dynamodb.corpus_index import DynamoCorpusIndex
from confluence_connector.adapters.dynamodb.runs import DynamoRuns
from confluence_connector.adapters.dynamodb.syncs import DynamoSyncs
from confluence_connector.limits import BACKGROUND_PERCENT, HOURLY_POINTS
from confluence_connector.services.syncing.begin_sync import BeginSync
from confluence_connector.services.syncing.conclude_run import ConcludeRun
from confluence_connector.services.syncing.configure_sync import ConfigureSync
from confluence_connector.services.syncing.dispatch_syncs import DispatchSyncs
from confluence_connector.services.syncing.end_sync import EndSync
from confluence_connector.services.syncing.read_corpus import ReadCorpus
from confluence_connector.services.syncing.remove_corpus import RemoveCorpus
from confluence_connector.services.syncing.show_sync import ShowSync
from confluence_connector.services.syncing.start_run import StartRun
from confluence_connector.services.syncing.trigger_run import TriggerRun

if TYPE_CHECKING:  # only a worker converts pages
    from confluence_connector.runtime import Runtime
    from confluence_connector.services.syncing.report_accounts import ReportAccounts
    from confluence_connector.services.syncing.work_on_run import WorkOnRun


class Syncing:
    """The use-cases of space sync, wired. Each is made when first asked for."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    # ── stores ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def syncs(self) -> DynamoSyncs:
        runtime = self._runtime
        return DynamoSyncs(runtime.dynamodb, runtime.settings.state_table, runtime.new_secret, runtime.telemetry)

    @cached_property
    def runs(self) -> DynamoRuns:
        runtime = self._runtime
        return DynamoRuns(runtime.dynamodb, runtime.settings.state_table, runtime.now, runtime.new_secret)

    @cached_property
    def index(self) -> DynamoCorpusIndex:
        runtime = self._runtime
        return DynamoCorpusIndex(runtime.dynamodb, runtime.settings.corpus_table, runtime.now, runtime.sleep)

    @cached_property
    def objects(self) -> S3CorpusObjects:
        return S3CorpusObjects(self._runtime.s3, self._runtime.settings.content_bucket)

    # ── for people ──────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def shown(self) -> ShowSync:
        return ShowSync(self._runtime.connections, self.syncs, self.runs)

    @cached_property
    def corpus(self) -> ReadCorpus:
        return ReadCorpus(self.shown, self.index, self.objects, self._runtime.now)

    @cached_property
    def configure(self) -> ConfigureSync:
        return ConfigureSync(self.syncs, self.shown, self._runtime.now)

    @cached_property
    def trigger(self) -> TriggerRun:
        runtime = self._runtime
        return TriggerRun(
            connections=runtime.connections,
            syncs=self.syncs,
            runs=self.runs,
            queue=runtime.work_queue,
            begin=self.begin,
            start_run=self._start,
            conclude=self._conclude,
            shown=self.shown,
            now=runtime.now,
            new_id=runtime.new_id,
        )

    # ── with a connection's life ────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def begin(self) -> BeginSync:
        runtime = self._runtime
        return BeginSync(
            connections=runtime.connections,
            syncs=self.syncs,
            queue=runtime.work_queue,
            start=self._start,
            end=self.end,
            telemetry=runtime.telemetry,
            now=runtime.now,
            new_id=runtime.new_id,
        )

    @cached_property
    def end(self) -> EndSync:
        runtime = self._runtime
        return EndSync(runtime.connections, self.syncs, self.runs, runtime.work_queue, runtime.telemetry, runtime.now)

    # ── in the background ───────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def dispatcher(self) -> DispatchSyncs:
        runtime = self._runtime
        return DispatchSyncs(
            connections=runtime.connections,
            syncs=self.syncs,
            runs=self.runs,
            queue=runtime.work_queue,
            start=self._start,
            end=self.end,
            conclude=self._conclude,
            telemetry=runtime.telemetry,
            now=runtime.now,
        )

    @cached_property
    def report_accounts(self) -> "ReportAccounts":
        from confluence_connector.adapters.atlassian_accounts import AtlassianAccountsOverHttp  # noqa: PLC0415
        from confluence_connector.services.syncing.report_accounts import ReportAccounts  # noqa: PLC0415

        runtime = self._runtime
        return ReportAccounts(
            reports=runtime.connecting.account_reports,
            accounts=AtlassianAccountsOverHttp(
                runtime.http_client, runtime.settings.atlassian_api_url, runtime.tokens, runtime.now
            ),
            connections=runtime.connections,
            syncs=self.syncs,
            index=self.index,
            sites=runtime.site_readers,
            oauth=runtime.atlassian_oauth,
            tokens=runtime.tokens,
            finish=runtime.vault.finish,
            telemetry=runtime.telemetry,
            now=runtime.now,
        )

    @cached_property
    def remover(self) -> RemoveCorpus:
        runtime = self._runtime
        from confluence_connector.services.report_security_event import SecurityEvents  # noqa: PLC0415

        return RemoveCorpus(
            connections=runtime.connections,
            syncs=self.syncs,
            runs=self.runs,
            queue=runtime.work_queue,
            index=self.index,
            objects=self.objects,
            security_events=SecurityEvents(runtime.events, runtime.telemetry),
            telemetry=runtime.telemetry,
            now=runtime.now,
        )

    @cached_property
    def worker(self) -> "WorkOnRun":
        from confluence_connector.composition.turns import turns_of  # noqa: PLC0415
        from confluence_connector.services.report_security_event import SecurityEvents  # noqa: PLC0415
        from confluence_connector.services.syncing.stages import stages_of  # noqa: PLC0415
        from confluence_connector.services.syncing.work_on_run import WorkOnRun  # noqa: PLC0415

        runtime = self._runtime
        return WorkOnRun(
            connections=runtime.connections,
            syncs=self.syncs,
            runs=self.runs,
            index=self.index,
            sites=runtime.site_readers,
            stages=stages_of(self.index, self.objects, runtime.telemetry, runtime.now),
            conclude=self._conclude,
            turns=turns_of(runtime),
            security_events=SecurityEvents(runtime.events, runtime.telemetry),
        )

    @cached_property
    def _start(self) -> StartRun:
        runtime = self._runtime
        return StartRun(self.syncs, self.runs, runtime.now)

    @cached_property
    def _conclude(self) -> ConcludeRun:
        runtime = self._runtime
        return ConcludeRun(runtime.connections, self.syncs, runtime.events, runtime.telemetry, self._background_share)

    def _background_share(self) -> float:
        """How much of the points that background work may use it did use, over the last day; 1.0: all of them."""
        from confluence_connector.adapters.dynamodb.limits import DynamoLimits  # noqa: PLC0415 — asked once a run

        runtime = self._runtime
        quota = runtime.settings.hourly_points or HOURLY_POINTS
        spent = DynamoLimits(runtime.dynamodb, runtime.settings.state_table).points_of_last_day(runtime.now())
        return spent / (24 * quota * BACKGROUND_PERCENT / 100)
