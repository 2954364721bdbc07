"""What a run stands on: the technical user's account and rights, the space and the project (G4).

Something missing ends the run, and pauses the synchronizer until a person has mended it; links stay as they are. A run
that a person starts finds all well again, and the synchronizer goes on.
"""

from dataclasses import dataclass, replace

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.synchronizer_runs import SynchronizerRun
from confluence_connector.domain.synchronizers import NEEDED_PERMISSIONS, Synchronizer
from confluence_connector.errors import (
    OtherAccountOrSite,
    PermissionsMissing,
    ProjectGone,
    ReconnectRequired,
    SiteChanged,
    SpaceGone,
)
from confluence_connector.ports import Stale
from confluence_connector.ports.synchronizing import Synchronizers
from confluence_connector.services.synchronizing.check_technical_user import missing_permissions
from confluence_connector.services.synchronizing.synchronizer_turn import SynchronizerTurn, next_stage


def check_account(synchronizer: Synchronizer, connection: Connection) -> None:
    """Before every step: somebody may reconnect in the middle of a run, and another account sees and does other things
    than the technical user. Raises ReconnectRequired, SiteChanged, OtherAccountOrSite.
    """
    if connection.site is None:
        raise ReconnectRequired
    if connection.site.cloud_id != synchronizer.cloud_id:
        raise SiteChanged
    if connection.account is None or connection.account.id != synchronizer.technical_account_id:
        raise OtherAccountOrSite


@dataclass(frozen=True, slots=True)
class CheckBeforeRun:
    synchronizers: Synchronizers

    def step(self, turn: SynchronizerTurn) -> SynchronizerRun:
        """Raises what pauses the synchronizer."""
        return next_stage(turn.run) if self.holds(turn) else turn.run

    def holds(self, turn: SynchronizerTurn) -> bool:
        """False: somebody changed the synchronizer meanwhile; once more. Raises what pauses it.

        Also asked before a link breaks: with a right that was lost since the run began, every page or issue is gone.
        """
        synchronizer = turn.synchronizer
        space = next(iter(turn.site.spaces_by_id([synchronizer.space_id])), None)
        if space is None or space.status != "current":
            raise SpaceGone
        project = turn.jira.project(synchronizer.project_key)
        if project is None or project.id != synchronizer.project_id:
            raise ProjectGone
        missing = missing_permissions(turn.jira, project.key)
        checked = replace(
            synchronizer,
            space_key=space.key,
            project_key=project.key,
            missing_permissions=tuple(sorted(missing)),
        )
        lacking = bool(missing & NEEDED_PERMISSIONS)
        wanted = checked if lacking else replace(checked, paused_because=None)
        if wanted != synchronizer and not turn.run.dry_run:
            try:
                self.synchronizers.save(wanted)
            except Stale:
                return False
        if lacking:
            raise PermissionsMissing
        return True
