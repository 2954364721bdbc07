"""Synchronizers, made, changed and deleted by admins (G1–G4).

claim ─→ check ─→ saved, due at once ─→ first run
                    └ the dispatcher begins what this could not
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from confluence_connector.domain.connections import Connection, Right
from confluence_connector.domain.identifiers import SynchronizerId
from confluence_connector.domain.people import Principal
from confluence_connector.domain.synchronizers import Synchronizer, SynchronizerSettings
from confluence_connector.errors import (
    NotFound,
    ProjectGone,
    SiteChanged,
    SpaceGone,
    TooManyRequests,
    WorkspaceOwnerRequired,
)
from confluence_connector.limits import SYNCHRONIZERS_PER_WORKSPACE
from confluence_connector.ports import Clock, Deadline, NewId, Stale
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.synchronizing import Synchronizers
from confluence_connector.services.find_connection import find_connection
from confluence_connector.services.synchronizing.both_sites import both_sites
from confluence_connector.services.synchronizing.check_settings import Checked, CheckSettings
from confluence_connector.services.synchronizing.end_synchronizer import EndSynchronizer
from confluence_connector.services.synchronizing.find_synchronizer import admins_only, synchronizer_to_manage
from confluence_connector.services.synchronizing.start_synchronizer_run import StartSynchronizerRun

PICK: Final = "Pick one of GET /connections/{id}/spaces, and one of GET /connections/{id}/jira/projects."


@dataclass(frozen=True, slots=True)
class SynchronizerWanted:
    connection_id: str
    space_key: str
    project_key: str
    settings: SynchronizerSettings


@dataclass(frozen=True, slots=True)
class ManageSynchronizers:
    """Every method raises Forbidden for who is no admin, after NotFound for what is not there."""

    connections: Connections
    synchronizers: Synchronizers
    checker: CheckSettings
    runs: StartSynchronizerRun
    ender: EndSynchronizer
    now: Clock
    new_id: NewId

    def create(
        self, person: Principal, wanted: SynchronizerWanted, *, request: str, deadline: Deadline
    ) -> SynchronizerId:
        """The synchronizer, its first run begun; the earlier one's if `request` has made one before.

        Raises WorkspaceOwnerRequired, TooManyRequests, and what `CheckSettings` says; NotFound for a space or a project
        that is not there.
        """
        connection = self._connection(person, wanted.connection_id)
        if connection.owner != "workspace":
            raise WorkspaceOwnerRequired
        made = SynchronizerId(self.new_id("syn"))
        claimed = self.synchronizers.claim(person.workspace, request, made)
        if claimed != made and self.synchronizers.get(person.workspace, claimed) is not None:
            return claimed
        if sum(1 for _ in self.synchronizers.of_workspace(person.workspace)) >= SYNCHRONIZERS_PER_WORKSPACE:
            raise TooManyRequests(
                f"A workspace has at most {SYNCHRONIZERS_PER_WORKSPACE} synchronizers.",
                remedy="Delete one that nobody uses.",
            )
        checked = self._check_wanted(connection, wanted, deadline)
        try:
            stored = self.synchronizers.save(self._made(person, connection, claimed, wanted.settings, checked))
            self.runs.start(stored, "first")
        except Stale:  # the same request, or the dispatcher, was faster
            pass
        self.connections.touch(connection, self.now())
        return claimed

    def change(
        self, person: Principal, synchronizer_id: str, changes: Mapping[str, Any], deadline: Deadline
    ) -> Synchronizer:
        """`changes`: members of SynchronizerSettings. A run under way goes on with what it began with.

        What says which pages and issues there are is checked as at the beginning; so is one that is switched on, which
        is how a paused one goes on: `enabled`. Raises what `CheckSettings` says, SiteChanged.
        """
        while True:
            was = synchronizer_to_manage(self.synchronizers, person, synchronizer_id)
            changed = self._changed(was, changes, person, deadline)
            if changed == was:
                return was
            try:
                return self.synchronizers.save(changed)
            except Stale:
                continue

    def delete(self, person: Principal, synchronizer_id: str) -> None:
        """Its links are forgotten in the background; every issue stays as it is."""
        while True:
            synchronizer = synchronizer_to_manage(self.synchronizers, person, synchronizer_id)
            try:
                return self.ender.end(synchronizer)
            except Stale:
                continue

    def _connection(self, person: Principal, connection_id: str) -> Connection:
        connection = find_connection(self.connections, person, connection_id, Right.USE)
        admins_only(person)
        return connection

    def _check_wanted(self, connection: Connection, wanted: SynchronizerWanted, deadline: Deadline) -> Checked:
        try:
            return self.checker.check(connection, wanted.space_key, wanted.project_key, wanted.settings, deadline)
        except (SpaceGone, ProjectGone) as gone:
            raise NotFound(gone.detail, remedy=PICK, **gone.members) from None

    def _made(
        self,
        person: Principal,
        connection: Connection,
        synchronizer_id: SynchronizerId,
        settings: SynchronizerSettings,
        checked: Checked,
    ) -> Synchronizer:
        now, sites = self.now(), checked.sites
        return Synchronizer(
            id=synchronizer_id,
            workspace=person.workspace,
            connection_id=connection.id,
            cloud_id=sites.confluence.cloud_id,
            jira_cloud_id=sites.jira.cloud_id,
            jira_url=sites.jira.url,
            space_id=checked.space.id,
            space_key=checked.space.key,
            project_id=checked.project.id,
            project_key=checked.project.key,
            settings=settings,
            technical_user=person.sub,
            technical_account_id=sites.account_id,
            created_at=now,
            new_since=now,
            next_run_at=now,
            missing_permissions=checked.missing_permissions,
        )

    def _changed(
        self, was: Synchronizer, changes: Mapping[str, Any], person: Principal, deadline: Deadline
    ) -> Synchronizer:
        """Who takes the fallback away, or switches a synchronizer off, is not kept from it by what is broken."""
        now, before = self.now(), was.settings
        settings = replace(before, **changes)
        changed = replace(was, settings=settings)
        if settings.mode == "new_pages" and before.mode != "new_pages":
            changed = replace(changed, new_since=now)
        other_issues = _which_issues(settings) != _which_issues(before)
        goes_on = changes.get("enabled", False) and (was.paused_because is not None or not before.enabled)
        if other_issues or goes_on:
            changed = self._checked(changed, person, deadline)
            return replace(changed, whole_run_at=now, next_run_at=now if settings.enabled else None)
        return changed if settings.enabled else replace(changed, next_run_at=None)

    def _checked(self, changed: Synchronizer, person: Principal, deadline: Deadline) -> Synchronizer:
        """Not paused any more. If its connection works as another account by now, that is its technical user's."""
        connection = self._connection(person, changed.connection_id)
        sites = both_sites(connection)
        if (sites.confluence.cloud_id, sites.jira.cloud_id) != (changed.cloud_id, changed.jira_cloud_id):
            raise SiteChanged(
                "The synchronizer's connection belongs to another site by now.",
                remedy="Reconnect it with the site that the synchronizer was made for, or make another synchronizer.",
            )
        found = self.checker.check(connection, changed.space_key, changed.project_key, changed.settings, deadline)
        if (found.space.id, found.project.id) != (changed.space_id, changed.project_id):
            raise SpaceGone if found.space.id != changed.space_id else ProjectGone
        if sites.account_id != changed.technical_account_id:
            changed = replace(
                changed,
                technical_user=person.sub,
                technical_account_id=sites.account_id,
                account_since=self.now(),
            )
        return replace(changed, paused_because=None, missing_permissions=found.missing_permissions)


def _which_issues(settings: SynchronizerSettings) -> tuple[str, str, str | None]:
    return settings.mode, settings.issue_type, settings.cql
