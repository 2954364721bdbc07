"""Who is calling with an agent's token. Nothing else signs an agent in, and it signs nobody else in (fault case F4)."""

import re
from dataclasses import dataclass
from typing import Final

from confluence_connector.domain.agents.agents import PREFIX, Agent, hashed
from confluence_connector.errors import Unauthenticated
from confluence_connector.ports.agents import Agents

BEARER: Final = re.compile(rf"bearer +({PREFIX}[A-Za-z0-9_-]{{43}})", re.IGNORECASE | re.ASCII)
REFUSED: Final = "No valid agent token came with this request."
REMEDY: Final = "Send an agent's present token as Authorization: Bearer cca_…; an admin can issue a new one."


@dataclass(frozen=True, slots=True)
class SignInAgent:
    agents: Agents

    def of(self, authorization: str | None) -> Agent:
        """The agent whose present token an Authorization header holds.

        Raises Unauthenticated, in the same words whatever is wrong: none, a member's token, a replaced or revoked one.
        """
        found = BEARER.fullmatch(authorization.strip()) if authorization else None
        agent = self.agents.by_token_hash(hashed(found[1])) if found else None
        if agent is None:
            raise Unauthenticated(REFUSED, remedy=REMEDY)
        return agent
