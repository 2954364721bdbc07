"""One of the calls that an agent has in a minute (F5): to Confluence, or to see how an approval stands."""

from datetime import datetime

from confluence_connector.domain.agents.agents import Agent
from confluence_connector.errors import TooManyRequests
from confluence_connector.limits import AGENT_CALLS_PER_MINUTE
from confluence_connector.ports.agents import CallQuota


def spend_call(quota: CallQuota, agent: Agent, now: datetime) -> None:
    """Raises TooManyRequests, AppMisconfigured, ServiceUnavailable."""
    seconds = quota.take(agent.id, now)
    if seconds:
        raise TooManyRequests(
            f"An agent may call {AGENT_CALLS_PER_MINUTE} times a minute.",
            remedy="Wait for retry_after seconds, then go on; ask for more with each call.",
            retry_after=seconds,
        )
