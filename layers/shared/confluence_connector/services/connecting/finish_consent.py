"""The browser comes back from Atlassian: state, cookie, code, and then a grant that waits for its starter's word.

Everything that can go wrong is told apart (A7), in fixed sentences; what Atlassian writes into `error_description` is
neither shown nor logged (A8). The state is spent first, in one conditional delete: whoever comes second has nothing.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from hmac import compare_digest
from typing import Final

from confluence_connector import errors
from confluence_connector.domain.connections import Connection, Status
from confluence_connector.domain.consents import Consent, sealed
from confluence_connector.domain.identifiers import ConsentId
from confluence_connector.domain.site_choice import usable_sites
from confluence_connector.errors import BadRequest, ConnectorError
from confluence_connector.ports import Clock, Deadline, NewSecret, Stale
from confluence_connector.ports.atlassian import (
    AtlassianOAuth,
    GrantRefused,
    OutcomeUnknown,
    TokenAnswer,
    TokenEndpointBusy,
)
from confluence_connector.ports.connections import Connections, Consents, Lookups, TokenPair
from confluence_connector.services.connecting.leave_for_consent import NOT_VALID, START_AGAIN
from confluence_connector.services.connecting.recheck_scopes import RecheckScopes
from confluence_connector.services.connecting.store_grant import ConsentFruit, ConsentOver, StoreGrant
from confluence_connector.services.report_security_event import SecurityEvents

REFUSED_BY_THE_PERSON: Final = "access_denied"
IDENTITY_SCOPE: Final = "read:me"


@dataclass(frozen=True, slots=True, repr=False)
class Finished:
    """What the page says about which connection: the code for its starter to confirm with, or what went wrong."""

    consent: Consent
    outcome: str | ConnectorError


@dataclass(frozen=True, slots=True)
class FinishConsent:
    connections: Connections
    consents: Consents
    lookups: Lookups
    oauth: AtlassianOAuth
    store_grant: StoreGrant
    recheck_scopes: RecheckScopes
    security_events: SecurityEvents
    now: Clock
    new_secret: NewSecret

    def finish(
        self, *, state: str, cookie: str | None, code: str | None, error: str | None, deadline: Deadline
    ) -> Finished:
        """Spends the state and, with it being right, the code.

        Raises BadRequest, always the same, for a state that is unknown, spent or too old (A1–A5); OtherBrowser when the
        cookie is not that of the browser that left (A6, A7). Later failures come in the answer, beside the connection.
        """
        now = self.now()
        entry = self.lookups.take("state", state, now)
        consent = self.consents.get(entry.workspace, ConsentId(entry.id)) if entry else None
        if consent is None or consent.expires_at <= now or consent.cookie_hash is None:
            raise BadRequest(NOT_VALID, remedy=START_AGAIN)
        if not compare_digest(sealed(cookie or ""), consent.cookie_hash):
            self.security_events.report("consent_from_other_browser", consent.workspace, consent.connection_id)
            with suppress(Stale):
                self.consents.remove(consent)
            raise errors.OtherBrowser
        completion_code = self.new_secret()
        try:
            if code is None:
                raise errors.ConsentRefused if error == REFUSED_BY_THE_PERSON else errors.ConsentBlocked
            self._store(consent, code, completion_code, deadline)
        except ConnectorError as failure:
            self._note(consent, failure)
            return Finished(consent, failure)
        return Finished(consent, completion_code)

    def _store(self, consent: Consent, code: str, completion_code: str, deadline: Deadline) -> None:
        answer = self._exchanged(code, deadline)
        if answer.refresh_token is None:
            raise errors.OfflineAccessMissing
        if IDENTITY_SCOPE not in answer.scopes:
            raise errors.ScopesMissing(
                "Without the permission to see whose account it is, nothing can be connected.",
                missing_scopes=[IDENTITY_SCOPE],
            )
        account = _asked(lambda: self.oauth.account(answer.access_token, deadline))
        sites = usable_sites(_asked(lambda: self.oauth.sites(answer.access_token, deadline)), consent.purposes)
        if not sites:
            raise errors.NoSite
        issued_at = self.now()
        until = issued_at + timedelta(seconds=answer.expires_in_seconds)
        pair = TokenPair(answer.access_token, answer.refresh_token, issued_at, until, answer.scopes)
        try:
            self.store_grant.store(consent, ConsentFruit(pair, account, sites), completion_code)
        except ConsentOver:
            raise BadRequest(NOT_VALID, remedy=START_AGAIN) from None
        self.recheck_scopes.of_account(account.id, answer.scopes)

    def _exchanged(self, code: str, deadline: Deadline) -> TokenAnswer:
        """A code is good for one try: whatever comes but tokens, the person starts again."""
        try:
            return _asked(lambda: self.oauth.exchange(code, deadline))
        except GrantRefused:
            raise errors.ReconnectRequired(
                "Atlassian did not take the consent's code: it was used already or is too old.", remedy="Connect again."
            ) from None
        except OutcomeUnknown:
            raise _no_answer() from None
        except TokenEndpointBusy as busy:
            raise _busy(busy.retry_after) from None

    def _note(self, consent: Consent, failure: ConnectorError) -> None:
        """A first consent's connection says why it came to nothing, until the sweeper takes both away."""
        connection: Connection | None = self.connections.get(consent.workspace, consent.connection_id)
        while connection and connection.status == Status.PENDING and connection.reason != failure.detail:
            try:
                connection = self.connections.save(replace(connection, reason=failure.detail))
            except Stale:
                connection = self.connections.get(consent.workspace, consent.connection_id)


def _asked[Answer](ask: Callable[[], Answer]) -> Answer:
    """The answer; what keeps Atlassian from giving one is said in the words of somebody who is connecting."""
    try:
        return ask()
    except errors.UpstreamProtocolError:
        raise errors.UpstreamProtocolError(
            "Atlassian answered something that we do not understand; nothing was connected."
        ) from None
    except errors.ConfluenceUnavailable:
        raise _no_answer() from None
    except errors.RateLimited as busy:
        raise _busy(busy.retry_after) from None


def _no_answer() -> ConnectorError:
    return errors.ConfluenceUnavailable(
        "Atlassian does not answer at the moment; nothing was connected.",
        remedy="Connect again in a minute.",
        retry_after=60,
    )


def _busy(retry_after: int | None) -> ConnectorError:
    return errors.RateLimited(
        "Atlassian asks us to slow down; nothing was connected.",
        remedy="Connect again a little later.",
        retry_after=retry_after,
    )
