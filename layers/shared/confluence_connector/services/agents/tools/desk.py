"""What a tool works with: one agent asking its Confluence through the gate, and what the answers mean."""

from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn

from confluence_connector.content.hidden import visible
from confluence_connector.domain.agents.agents import Agent
from confluence_connector.domain.agents.classify import Body, Query
from confluence_connector.domain.connections import Site
from confluence_connector.errors import (
    ConfluenceRefused,
    ConnectorError,
    Forbidden,
    NotFound,
    PageNotFound,
    ReconnectRequired,
    SiteChanged,
    TooLarge,
)
from confluence_connector.ports import Clock, Deadline
from confluence_connector.ports.agents import Sent
from confluence_connector.ports.connections import Connections
from confluence_connector.services.agents.call_confluence import CallConfluence, CallWanted, Waiting
from confluence_connector.services.agents.show_approvals import ShowApprovals

type Change = Literal["POST", "PUT", "DELETE"]

V2: Final = "/wiki/api/v2"
V1: Final = "/wiki/rest/api"
OK: Final = range(200, 300)
DENIED, MISSING, CONFLICT, TOO_LARGE = 403, 404, 409, 413
LONGEST_SAYING: Final = 300
MAY_NOT: Final = "Confluence does not let the connected account do this."
ASK_THERE: Final = "Ask somebody who manages the space in Confluence, or work on another page."


@dataclass(frozen=True, slots=True)
class Found:
    """What Confluence answered, and the site that answered."""

    value: dict[str, Any]
    site: Site


@dataclass(frozen=True, slots=True)
class Desk:
    """For one call of one tool. Every method raises what `CallConfluence.call` does."""

    calls: CallConfluence
    connections: Connections
    approvals: ShowApprovals
    now: Clock
    agent: Agent
    tool: str
    deadline: Deadline

    def site(self) -> Site:
        """The agent's site, before anything is asked there. Raises ReconnectRequired, SiteChanged."""
        connection = self.connections.get(self.agent.workspace, self.agent.connection_id)
        if connection is None or connection.site is None:
            raise ReconnectRequired().of_search()
        if connection.site.cloud_id != self.agent.cloud_id:
            raise SiteChanged().of_search()
        return connection.site

    def refuse(self, error: ConnectorError) -> NoReturn:
        """Raises `error`, for what shows before anything is asked, or TooManyRequests."""
        self.calls.refuse(self.agent, error, via="mcp", tool=self.tool)

    def look(self, path: str, query: Query | None = None) -> Found | None:
        """None: missing, or not to be seen. Raises also what `accepted` does."""
        answered = self.calls.call(
            self.agent, CallWanted("GET", path, query), via="mcp", tool=self.tool, deadline=self.deadline
        )
        if isinstance(answered, Waiting) or answered.connection.site is None:  # no read waits, no site: no answer
            raise ReconnectRequired().of_search()
        if answered.sent.status == MISSING:
            return None
        return Found(accepted(answered.sent), answered.connection.site)

    def send(self, method: Change, path: str, body: Body = None, query: Query | None = None) -> Sent | Waiting:
        """A change. `Sent`: Confluence's word on it, a refusal, too."""
        wanted = CallWanted(method, path, query, body)
        answered = self.calls.call(self.agent, wanted, via="mcp", tool=self.tool, deadline=self.deadline)
        return answered if isinstance(answered, Waiting) else answered.sent


def accepted(sent: Sent) -> dict[str, Any]:
    """The answer's JSON, {} where it has none.

    Raises PageNotFound, NotFound, Forbidden, TooLarge, ConfluenceRefused.
    """
    if sent.status in OK:
        return sent.body if isinstance(sent.body, dict) else {}
    raise _refusal(sent)


def _refusal(sent: Sent) -> ConnectorError:
    body = sent.body if isinstance(sent.body, dict) else {}
    match sent.status:
        case code if code == MISSING:
            return PageNotFound() if body.get("code") == PageNotFound.code else NotFound()
        case code if code == DENIED:
            return Forbidden(MAY_NOT, remedy=ASK_THERE)
        case code if code == TOO_LARGE:
            return TooLarge("Confluence takes no page that large.", remedy="Write less, or several pages.")
        case code:
            return ConfluenceRefused(
                upstream_status=code, confluence_said={"trust": "untrusted", "text": _said_in(body)}
            )


def _said_in(body: dict[str, Any]) -> str:
    """Confluence's own sentence, of v2 (`errors[].title`) or v1 (`message`)."""
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    words = [first.get("title"), first.get("detail")] if first else [body.get("message")]
    return visible(" ".join(word for word in words if isinstance(word, str)))[:LONGEST_SAYING]
