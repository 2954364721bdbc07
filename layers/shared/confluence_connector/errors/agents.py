"""What the gate says to an agent. Each refusal tells the model what would help, so that it need not try again."""

from confluence_connector.errors.conflicts import Conflict
from confluence_connector.errors.refusal import ConnectorError
from confluence_connector.errors.requests import Forbidden


class AgentRefused(Forbidden):
    code, title = "agent_refused", "Not allowed for this agent"
    default_detail = "This agent's policy does not allow this."
    remedy = "Ask an admin of the workspace to change this agent's policy."


class UnknownOperation(AgentRefused):
    code, title = "unknown_operation", "Unknown operation"
    default_detail = "This is no operation of Confluence that agents can use."
    remedy = "Use a method, path and query of Confluence's REST API v2 as documented, written plainly."


class Blocked(AgentRefused):
    code, title = "blocked", "Blocked"
    default_detail = "Agents cannot do this under any policy."
    remedy = "Ask a person to do it in Confluence."


class GroupDisabled(AgentRefused):
    code, title = "group_disabled", "Group disabled"


class ReadOnly(AgentRefused):
    code, title = "read_only", "Read only"


class DeleteNotAllowed(AgentRefused):
    code, title = "delete_not_allowed", "Deleting not allowed"


class AlreadyDecided(Conflict):
    code, title = "already_decided", "Already decided"
    default_detail = "This approval does not wait for a decision any more."
    remedy = "Read the approval; ask the agent for a new request if it is still wanted."


class WriteOutcomeUnknown(ConnectorError):
    code, status, title = "outcome_unknown", 504, "Outcome unknown"
    default_detail = "The change was sent and Confluence's answer was lost: it may or may not have happened."
    remedy = "Read the page before you try again; nothing is sent a second time by itself."
