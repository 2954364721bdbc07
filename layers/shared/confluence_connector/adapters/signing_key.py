"""The key that page cursors are signed with. One per stack, made by CloudFormation, never shown."""

from typing import TYPE_CHECKING

from confluence_connector.adapters.aws import named_failures

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def signing_key(client: "SecretsManagerClient", secret_id: str) -> bytes:
    """Raises AppMisconfigured, ServiceUnavailable."""
    with named_failures():
        return client.get_secret_value(SecretId=secret_id)["SecretString"].encode()
