"""The composition root's part for connecting. Apart from `runtime`, so that reading a page does not pay for it."""

from functools import cached_property
from typing import TYPE_CHECKING

from confluence_connector.adapters.dynamodb.account_reports import DynamoAccountReports
from confluence_connector.adapters.dynamodb.consents import DynamoConsents
from confluence_connector.adapters.dynamodb.lookups import DynamoLookups
from confluence_connector.composition.workspaces import Workspaces
from confluence_connector.services.connecting.begin_consent import BeginConsent
from confluence_connector.services.connecting.choose_site import ChooseSite
from confluence_connector.services.connecting.confirm import Confirm
from confluence_connector.services.connecting.connect import Connect
from confluence_connector.services.connecting.delete_retired import DeleteRetired
from confluence_connector.services.connecting.disconnect import Disconnect
from confluence_connector.services.connecting.drop_consent import DropConsent
from confluence_connector.services.connecting.finish_consent import FinishConsent
from confluence_connector.services.connecting.leave_for_consent import LeaveForConsent
from confluence_connector.services.connecting.recheck_scopes import RecheckScopes
from confluence_connector.services.connecting.reconnect import Reconnect
from confluence_connector.services.connecting.show_connections import ShowConnections
from confluence_connector.services.connecting.store_grant import StoreGrant
from confluence_connector.services.connecting.sweep_consents import SweepConsents
from confluence_connector.services.connecting.throw_away_grant import ThrowAwayGrant
from confluence_connector.services.connecting.weigh_access import WeighAccess
from confluence_connector.services.report_security_event import SecurityEvents

if TYPE_CHECKING:
    from confluence_connector.runtime import Runtime


class Connecting:
    """The use-cases around consents and connections, wired. Each is made when first asked for."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    # ── stores ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def consents(self) -> DynamoConsents:
        return DynamoConsents(self._runtime.dynamodb, self._runtime.settings.state_table, self._runtime.telemetry)

    @cached_property
    def lookups(self) -> DynamoLookups:
        return DynamoLookups(self._runtime.dynamodb, self._runtime.settings.state_table)

    @cached_property
    def account_reports(self) -> DynamoAccountReports:
        return DynamoAccountReports(self._runtime.dynamodb, self._runtime.settings.state_table, self._runtime.telemetry)

    # ── a consent, from its beginning to its confirmation ───────────────────────────────────────────────────────────

    @cached_property
    def connect(self) -> Connect:
        return Connect(self._runtime.connections, self._begin_consent, self._runtime.now, self._runtime.new_id)

    @cached_property
    def reconnect(self) -> Reconnect:
        return Reconnect(self._runtime.connections, self._begin_consent)

    @cached_property
    def leave_for_consent(self) -> LeaveForConsent:
        runtime = self._runtime
        return LeaveForConsent(self.consents, self.lookups, runtime.atlassian_oauth, runtime.now, runtime.new_secret)

    @cached_property
    def finish_consent(self) -> FinishConsent:
        runtime = self._runtime
        return FinishConsent(
            connections=runtime.connections,
            consents=self.consents,
            lookups=self.lookups,
            oauth=runtime.atlassian_oauth,
            store_grant=self._store_grant,
            recheck_scopes=RecheckScopes(runtime.connections, runtime.telemetry),
            security_events=self._security_events,
            now=runtime.now,
            new_secret=runtime.new_secret,
        )

    @cached_property
    def confirm(self) -> Confirm:
        runtime = self._runtime
        return Confirm(
            connections=runtime.connections,
            consents=self.consents,
            throw_away=self._throw_away,
            delete_retired=self._delete_retired,
            begin_sync=runtime.syncing.begin,
            now=runtime.now,
        )

    @cached_property
    def weigh_access(self) -> WeighAccess:
        runtime = self._runtime
        return WeighAccess(runtime.connections, runtime.confluence, runtime.telemetry)

    # ── a connection afterwards ─────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def show(self) -> ShowConnections:
        return ShowConnections(self._runtime.connections)

    @cached_property
    def choose_site(self) -> ChooseSite:
        return ChooseSite(self._runtime.connections, self._runtime.syncing.begin)

    @cached_property
    def disconnect(self) -> Disconnect:
        return Disconnect(
            connections=self._runtime.connections,
            consents=self.consents,
            drop_consent=self._drop_consent,
            delete_retired=self._delete_retired,
            throw_away=self._throw_away,
            end_sync=self._runtime.syncing.end,
        )

    @cached_property
    def sweep_consents(self) -> SweepConsents:
        return SweepConsents(
            connections=self._runtime.connections,
            consents=self.consents,
            drop_consent=self._drop_consent,
            throw_away=self._throw_away,
            delete_retired=self._delete_retired,
            telemetry=self._runtime.telemetry,
            now=self._runtime.now,
        )

    @cached_property
    def workspaces(self) -> Workspaces:
        """Whole ones, which connections are the beginning and the end of."""
        return Workspaces(self._runtime)

    # ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _begin_consent(self) -> BeginConsent:
        runtime = self._runtime
        return BeginConsent(
            connections=runtime.connections,
            consents=self.consents,
            lookups=self.lookups,
            oauth=runtime.atlassian_oauth,
            workspace_jobs=self.workspaces.jobs,
            now=runtime.now,
            new_id=runtime.new_id,
            new_secret=runtime.new_secret,
            public_base_url=runtime.settings.public_base_url,
            return_targets=frozenset(runtime.settings.return_targets),
        )

    @cached_property
    def _store_grant(self) -> StoreGrant:
        runtime = self._runtime
        return StoreGrant(
            runtime.connections,
            self.consents,
            runtime.token_secrets,
            self.account_reports,
            runtime.now,
            runtime.settings.secret_prefix,
        )

    @cached_property
    def _delete_retired(self) -> DeleteRetired:
        runtime = self._runtime
        return DeleteRetired(runtime.connections, runtime.token_secrets, runtime.text_cache, runtime.handovers)

    @cached_property
    def _throw_away(self) -> ThrowAwayGrant:
        return ThrowAwayGrant(self._runtime.connections, self._delete_retired, self._security_events)

    @cached_property
    def _drop_consent(self) -> DropConsent:
        runtime = self._runtime
        return DropConsent(runtime.connections, self.consents, runtime.token_secrets, runtime.now)

    @cached_property
    def _security_events(self) -> SecurityEvents:
        return SecurityEvents(self._runtime.events, self._runtime.telemetry)
