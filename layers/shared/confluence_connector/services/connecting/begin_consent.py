"""The first step of every consent: its record, its scopes, and the ticket for the browser."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.consents import Consent, scopes_to_ask_for
from confluence_connector.domain.identifiers import ConsentId
from confluence_connector.domain.people import Principal
from confluence_connector.domain.scopes import Purpose
from confluence_connector.errors import ConnectorNotEnabled, TooManyRequests, WorkspaceBeingErased
from confluence_connector.limits import OPEN_CONSENTS_PER_MEMBER, QUIET_SECONDS, TICKET_SECONDS
from confluence_connector.ports import Clock, NewId, NewSecret
from confluence_connector.ports.atlassian import AtlassianOAuth
from confluence_connector.ports.connections import Connections, Consents, LookupEntry, Lookups
from confluence_connector.ports.workspace_jobs import WorkspaceJobs


@dataclass(frozen=True, slots=True)
class BeginConsent:
    """`public_base_url` is our own address, as browsers reach it; `return_targets` are ids a consent may return to."""

    connections: Connections
    consents: Consents
    lookups: Lookups
    oauth: AtlassianOAuth
    workspace_jobs: WorkspaceJobs
    now: Clock
    new_id: NewId
    new_secret: NewSecret
    public_base_url: str
    return_targets: frozenset[str]

    def begin(
        self, connection: Connection, person: Principal, purposes: frozenset[Purpose], return_to: str | None
    ) -> str:
        """Our own URL for the browser to open: single use, good for `TICKET_SECONDS`.

        The consent is stored before the connection is (by the caller), so that the sweeper finds what a crash leaves
        behind. A `return_to` that is not on the list means the default (A9: never an address of the caller's).
        Raises ConnectorNotEnabled, WorkspaceBeingErased, TooManyRequests.
        """
        if not self.oauth.enabled():
            raise ConnectorNotEnabled
        self._refuse_while_erased(person)
        now = self.now()
        self._refuse_flood(person)
        consent = Consent(
            id=ConsentId(self.new_id("cst")),
            workspace=person.workspace,
            connection_id=connection.id,
            starter=person.sub,
            purposes=purposes,
            scopes=scopes_to_ask_for(purposes, person.sub, self.connections.of_workspace(person.workspace)),
            created_at=now,
            expires_at=now + timedelta(seconds=TICKET_SECONDS),
            return_to=return_to if return_to in self.return_targets else None,
        )
        self.consents.save(consent)
        ticket = self.new_secret()
        self.lookups.put("ticket", ticket, LookupEntry(consent.workspace, consent.id, consent.expires_at))
        return f"{self.public_base_url}/oauth/authorize?ticket={ticket}"

    def _refuse_while_erased(self, person: Principal) -> None:
        """Everything new begins with a connection, so nothing new begins."""
        job = self.workspace_jobs.current(person.workspace)
        if job is not None and job.kind == "erasure" and not job.is_over:
            raise WorkspaceBeingErased(retry_after=QUIET_SECONDS)

    def _refuse_flood(self, person: Principal) -> None:
        """At most so many open consents a member (A22); those that failed count until they run out."""
        now = self.now()
        ends = [
            consent.expires_at
            for consent in self.consents.of_workspace(person.workspace)
            if consent.starter == person.sub and consent.expires_at > now
        ]
        if len(ends) >= OPEN_CONSENTS_PER_MEMBER:
            wait = ceil((min(ends) - now).total_seconds())
            raise TooManyRequests(
                "You have too many connections waiting for consent.",
                remedy="Finish or disconnect one of them, or wait until they run out.",
                retry_after=wait,
            )
