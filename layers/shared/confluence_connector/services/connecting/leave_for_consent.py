"""The browser comes by with its ticket and leaves for Atlassian."""

from dataclasses import dataclass, replace
from datetime import timedelta

from confluence_connector.domain.consents import sealed
from confluence_connector.domain.identifiers import ConsentId
from confluence_connector.errors import BadRequest
from confluence_connector.limits import STATE_SECONDS
from confluence_connector.ports import Clock, NewSecret, Stale
from confluence_connector.ports.atlassian import AtlassianOAuth
from confluence_connector.ports.connections import Consents, LookupEntry, Lookups

NOT_VALID = "This link is not valid any more: it was used already, it is too old, or it is incomplete."
START_AGAIN = "Go back to where you began and connect again."


@dataclass(frozen=True, slots=True, repr=False)
class Departure:
    """Where to, and the cookie that ties the way back to this browser. `state` names the cookie."""

    url: str
    state: str
    cookie: str


@dataclass(frozen=True, slots=True)
class LeaveForConsent:
    consents: Consents
    lookups: Lookups
    oauth: AtlassianOAuth
    now: Clock
    new_secret: NewSecret

    def leave(self, ticket: str) -> Departure:
        """Spends the ticket. Raises BadRequest, always the same, for one that is unknown, spent or too old."""
        now = self.now()
        entry = self.lookups.take("ticket", ticket, now)
        consent = self.consents.get(entry.workspace, ConsentId(entry.id)) if entry else None
        if consent is None or consent.expires_at <= now:
            raise BadRequest(NOT_VALID, remedy=START_AGAIN)
        state, cookie = self.new_secret(), self.new_secret()
        until = now + timedelta(seconds=STATE_SECONDS)
        try:
            self.consents.save(replace(consent, cookie_hash=sealed(cookie), expires_at=until))
        except Stale:  # one ticket, one visit: only a disconnect came in between
            raise BadRequest(NOT_VALID, remedy=START_AGAIN) from None
        self.lookups.put("state", state, LookupEntry(consent.workspace, consent.id, until))
        return Departure(self.oauth.authorize_url(state=state, scopes=consent.scopes), state, cookie)
