"""The environment as one checked model, read once at init and never at import.

A missing or malformed variable stops the function at its start, naming the variable and never its value (case J14).
"""

import json
from collections.abc import Mapping
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError


class MisconfiguredEnvironment(Exception):
    """An environment variable is missing or malformed; the message names variables only."""


def _https_or_loopback(value: str) -> str:
    parts = urlsplit(value)
    loopback = parts.hostname in {"127.0.0.1", "localhost"}
    if not parts.hostname or parts.scheme not in ({"http", "https"} if loopback else {"https"}):
        raise ValueError("must be https (http only on loopback)")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("must not carry query, fragment or user")
    return value.rstrip("/")


def _json_object(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


def _comma_list(value: object) -> object:
    return frozenset(filter(None, (part.strip() for part in value.split(",")))) if isinstance(value, str) else value


type Url = Annotated[str, BeforeValidator(_https_or_loopback)]
type OptionalUrl = Annotated[str, BeforeValidator(lambda value: _https_or_loopback(value) if value else "")]
type Name = Annotated[str, Field(min_length=1)]


class Settings(BaseModel):
    """What the template tells the functions. `public_base_url` empty: the connector is not enabled yet.

    `hourly_points`: the app's quota at Atlassian; None: the default tier's.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    state_table: Name
    cache_table: Name
    corpus_table: Name
    work_queue_url: Name
    content_bucket: Name
    transient_bucket: Name
    secret_prefix: Name
    app_secret_id: Name
    signing_secret_id: Name
    kms_key_id: Name
    event_bus: Name
    metrics_namespace: Name
    public_base_url: OptionalUrl
    console_origin: Url
    return_targets: Annotated[dict[str, Url], BeforeValidator(_json_object)] = {}
    atlassian_auth_url: Url = "https://auth.atlassian.com"
    atlassian_api_url: Url = "https://api.atlassian.com"
    atlassian_media_url: Url = "https://api.media.atlassian.com"
    workspace_claim: Name = "workspace"
    roles_claim: Name = "roles"
    hourly_points: Annotated[int | None, Field(ge=1_000)] = None
    pipeline_workspaces: Annotated[frozenset[str], BeforeValidator(_comma_list)] = frozenset()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """The settings from variables named like the fields in upper case.

        Raises MisconfiguredEnvironment, with the variables' names and never a value.
        """
        try:
            return cls.model_validate({k.lower(): v for k, v in environment.items() if k.lower() in cls.model_fields})
        except ValidationError as error:
            wrong = sorted(
                {str(item["loc"][0]).upper() for item in error.errors(include_input=False, include_url=False)}
            )
            raise MisconfiguredEnvironment(f"missing or malformed: {', '.join(wrong)}") from None
