"""Token pairs in Secrets Manager: one secret per consent, one version per rotation, read by VersionId.

Secrets Manager is eventually consistent, refuses a ClientRequestToken with another payload, and deletes only versions
without a label (AWS: "PutSecretValue", "Quotas"). AWSCURRENT is moved after the pointer, so readers do not use it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError
from pydantic import TypeAdapter, ValidationError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.domain.connections import Pointer
from confluence_connector.ports.connections import SecretGone, SecretUnreadable, TokenPair, VersionCollision

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

INFLIGHT: Final = "INFLIGHT"
CURRENT: Final = "AWSCURRENT"
MISSING: Final = "ResourceNotFoundException"
GONE: Final = frozenset({MISSING, "InvalidRequestException"})  # the second: marked for deletion
_PAIR: Final = TypeAdapter(TokenPair)


@dataclass(frozen=True, slots=True)
class SecretsManagerTokens:
    """The `TokenSecrets` port."""

    client: "SecretsManagerClient"
    kms_key_id: str

    def create(self, name: str, version_id: str, pair: TokenPair) -> None:
        try:
            with named_failures():
                self.client.create_secret(
                    Name=name, ClientRequestToken=version_id, SecretString=_bytes(pair), KmsKeyId=self.kms_key_id
                )
        except ClientError as error:
            if code_of(error) != "ResourceExistsException" or self.get(Pointer(name, version_id)) != pair:
                raise

    def put(self, pointer: Pointer, pair: TokenPair) -> None:
        try:
            with named_failures():
                self.client.put_secret_value(
                    SecretId=pointer.secret_name,
                    ClientRequestToken=pointer.version_id,
                    SecretString=_bytes(pair),
                    VersionStages=[INFLIGHT],
                )
        except ClientError as error:
            if code_of(error) == "ResourceExistsException":
                raise VersionCollision from None
            raise _gone_or(error) from None

    def get(self, pointer: Pointer) -> TokenPair | None:
        try:
            with named_failures():
                found = self.client.get_secret_value(SecretId=pointer.secret_name, VersionId=pointer.version_id)
        except ClientError as error:
            if code_of(error) in GONE:
                return None
            raise
        try:
            return _PAIR.validate_json(found.get("SecretString", ""))
        except ValidationError:
            raise SecretUnreadable from None  # its text would hold what was found

    def make_current(self, pointer: Pointer) -> None:
        try:
            with named_failures():
                there = self.client.get_secret_value(SecretId=pointer.secret_name, VersionStage=CURRENT)["VersionId"]
                if there != pointer.version_id:
                    self.client.update_secret_version_stage(
                        SecretId=pointer.secret_name,
                        VersionStage=CURRENT,
                        MoveToVersionId=pointer.version_id,
                        RemoveFromVersionId=there,
                    )
        except ClientError as error:
            raise _gone_or(error) from None

    def delete(self, name: str) -> None:
        try:
            with named_failures():
                self.client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        except ClientError as error:
            if code_of(error) not in GONE:
                raise


def _gone_or(error: ClientError) -> Exception:
    return SecretGone() if code_of(error) in GONE else error


def _bytes(pair: TokenPair) -> str:
    """The same bytes for the same pair: a repeated put is recognised by them."""
    return _PAIR.dump_json(pair).decode()
