"""The composition root's part for whole workspaces. Apart, so that only their routes and turns pay for it."""

from functools import cached_property
from typing import TYPE_CHECKING

from confluence_connector.adapters.archives import S3Archives
from confluence_connector.adapters.dynamodb.workspace_items import DynamoWorkspaceItems
from confluence_connector.adapters.dynamodb.workspace_jobs import DynamoWorkspaceJobs
from confluence_connector.adapters.workspace_objects import S3WorkspaceObjects
from confluence_connector.composition.turns import turns_of
from confluence_connector.services.report_security_event import SecurityEvents
from confluence_connector.services.workspaces.erase_workspace import EraseWorkspace
from confluence_connector.services.workspaces.export_workspace import ExportWorkspace
from confluence_connector.services.workspaces.start_workspace_job import StartWorkspaceJob
from confluence_connector.services.workspaces.work_on_workspace_job import WorkOnWorkspaceJob

if TYPE_CHECKING:
    from confluence_connector.runtime import Runtime


class Workspaces:
    """Exports and erasures, wired. Each is made when first asked for."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    @cached_property
    def starter(self) -> StartWorkspaceJob:
        runtime = self._runtime
        return StartWorkspaceJob(self.jobs, runtime.work_queue, self._security_events, runtime.now, runtime.new_id)

    @cached_property
    def worker(self) -> WorkOnWorkspaceJob:
        runtime = self._runtime
        return WorkOnWorkspaceJob(
            jobs=self.jobs,
            engines={"erasure": self._erasure, "export": self._export},
            turns=turns_of(runtime),
            security_events=self._security_events,
            telemetry=runtime.telemetry,
            now=runtime.now,
        )

    @cached_property
    def jobs(self) -> DynamoWorkspaceJobs:
        runtime = self._runtime
        return DynamoWorkspaceJobs(
            runtime.dynamodb, runtime.settings.state_table, runtime.new_secret, runtime.telemetry
        )

    @cached_property
    def archives(self) -> S3Archives:
        return S3Archives(self._runtime.s3, self._runtime.settings.transient_bucket)

    @cached_property
    def _erasure(self) -> EraseWorkspace:
        runtime = self._runtime
        return EraseWorkspace(
            disconnect=runtime.connecting.disconnect,
            connections=runtime.connections,
            syncs=runtime.syncing.syncs,
            approvals=runtime.agents.approvals,
            bodies=runtime.agents.bodies,
            index=runtime.syncing.index,
            items=self._items,
            objects=self._objects,
            events=runtime.events,
            now=runtime.now,
        )

    @cached_property
    def _export(self) -> ExportWorkspace:
        return ExportWorkspace(self._items, self._objects, self.archives, self._runtime.now)

    @cached_property
    def _items(self) -> DynamoWorkspaceItems:
        runtime, settings = self._runtime, self._runtime.settings
        return DynamoWorkspaceItems(
            runtime.dynamodb,
            settings.state_table,
            settings.cache_table,
            settings.corpus_table,
            runtime.copy_texts,
            runtime.sleep,
        )

    @cached_property
    def _objects(self) -> S3WorkspaceObjects:
        settings = self._runtime.settings
        return S3WorkspaceObjects(self._runtime.s3, settings.content_bucket, settings.transient_bucket)

    @cached_property
    def _security_events(self) -> SecurityEvents:
        return SecurityEvents(self._runtime.events, self._runtime.telemetry)
