"""The Atlassian app's own credentials, from the secret that the operator fills."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.errors import AppMisconfigured, ConnectorNotEnabled
from confluence_connector.limits import APP_CREDENTIALS_SECONDS
from confluence_connector.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class AppCredentials(BaseModel):
    """What the secret holds, as JSON. No repr of the secret half."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, str_strip_whitespace=True)

    client_id: str = Field(min_length=1)
    client_secret: str = Field(min_length=1, repr=False)


@dataclass(slots=True)
class AtlassianApp:
    """Kept for five minutes per process; `forget` makes the next use read it again (a rotated client secret)."""

    client: "SecretsManagerClient"
    secret_id: str
    now: Clock
    _known: AppCredentials | None = field(default=None, repr=False)
    _read_at: datetime | None = None

    def credentials(self) -> AppCredentials:
        """Raises ConnectorNotEnabled while the secret is empty, AppMisconfigured if it is garbled or denied."""
        now = self.now()
        if self._known is None or self._read_at is None or now - self._read_at >= _KEPT:
            self._known, self._read_at = self._read(), now
        return self._known

    def forget(self) -> None:
        self._known = None

    def _read(self) -> AppCredentials:
        try:
            with named_failures():
                value = self.client.get_secret_value(SecretId=self.secret_id).get("SecretString", "")
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":  # no such secret, or one without a value yet
                raise ConnectorNotEnabled from None
            raise
        if not value.strip() or _is_empty_object(value):
            raise ConnectorNotEnabled
        try:
            return AppCredentials.model_validate_json(value)
        except ValidationError:
            raise AppMisconfigured from None


_KEPT = timedelta(seconds=APP_CREDENTIALS_SECONDS)


def _is_empty_object(value: str) -> bool:
    try:
        return bool(json.loads(value) == {})
    except ValueError:
        return False
