"""The composition root's part for whole workspaces. Apart, so that only their routes and turns pay for it."""

from functools import cached_property
from typing import TYPE_CHECKING

from confluence_connector.adapters.dynamodb.workspace_items import DynamoWorkspaceItems
from confluence_connector.adapters.dynamodb.workspace_jobs import DynamoWorkspaceJobs
from confluence_connector.adapters.workspace_objects import S3WorkspaceObjects
from confluence_connector.services.report_security_event import SecurityEvents
from confluence_connector.services.workspaces.erase_workspace import EraseWorkspace
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
            queue=runtime.work_queue,
            engines={"erasure": self._erasure},
            security_events=self._security_events,
            telemetry=runtime.telemetry,
            now=runtime.now,
            new_worker=runtime.new_secret,
        )

    @cached_property
    def jobs(self) -> DynamoWorkspaceJobs:
        runtime = self._runtime
        return DynamoWorkspaceJobs(
            runtime.dynamodb, runtime.settings.state_table, runtime.new_secret, runtime.telemetry
        )

    @cached_property
    def _erasure(self) -> EraseWorkspace:
        runtime, settings = self._runtime, self._runtime.settings
        return EraseWorkspace(
            disconnect=runtime.connecting.disconnect,
            connections=runtime.connections,
            syncs=runtime.syncing.syncs,
            approvals=runtime.agents.approvals,
            bodies=runtime.agents.bodies,
            index=runtime.syncing.index,
            items=DynamoWorkspaceItems(
                runtime.dynamodb, settings.state_table, settings.cache_table, settings.corpus_table, runtime.sleep
            ),
            objects=S3WorkspaceObjects(runtime.s3, settings.content_bucket, settings.transient_bucket),
            events=runtime.events,
            now=runtime.now,
        )

    @cached_property
    def _security_events(self) -> SecurityEvents:
        return SecurityEvents(self._runtime.events, self._runtime.telemetry)
