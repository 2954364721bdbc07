"""Jira's error shape (api-facts, Jira REST v3): `errorMessages` for the request, `errors` by field."""

from collections.abc import Mapping

from local.simulator.wire import Refusal, Reply


def jira(status: int, *messages: str, fields: Mapping[str, str] | None = None) -> Refusal:
    """Jira's refusal, with messages for the whole request and for single fields."""
    return Refusal(Reply.json({"errorMessages": list(messages), "errors": dict(fields or {})}, status))


def no_issue() -> Refusal:
    """Missing and hidden are one and the same 404."""
    return jira(404, "Issue does not exist or you do not have permission to see it.")


def no_project(id_or_key: str) -> Refusal:
    """Missing and hidden are one and the same 404."""
    return jira(404, f"No project could be found with key '{id_or_key}'.")
