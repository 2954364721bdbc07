"""AWS clients: one botocore session for all of them, with our time-outs and few retries (one retry layer, L8)."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from confluence_connector.errors import AppMisconfigured, ServiceUnavailable
from confluence_connector.limits import CORPUS_WRITES_AT_ONCE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=CORPUS_WRITES_AT_ONCE,  # opened when they are needed
)
S3_CONFIG = CONFIG.merge(
    Config(signature_version="s3v4", s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"})
)
"""S3 serves objects under a KMS key for signature 4 only, and the SDK still signs URLs with 2 in older regions. A URL
to another host than the region's is redirected there, where its signature does not hold."""
CONFLICT: Final = "TransactionConflictException"
CONFLICT_TRIES: Final = 6

OURS_TO_MEND: Final = frozenset({
    "AccessDenied",
    "AccessDeniedException",
    "DecryptionFailure",
    "EncryptionFailure",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "KMSAccessDeniedException",
    "KMSDisabledException",
    "KMSInvalidStateException",
    "KMSNotFoundException",
    "UnrecognizedClientException",
})  # fmt: skip
"""Codes that mean a right or a key of the deployment is wrong (fault case N12)."""
PASSING: Final = frozenset({
    "InternalServerError",
    "InternalServiceError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "SlowDown",
    "ThrottlingException",
    CONFLICT,
})  # fmt: skip


@contextmanager
def named_failures() -> Iterator[None]:
    """Says what AWS says in our words: AppMisconfigured for a wrong right or key, ServiceUnavailable for what passes.

    Everything else, conditions above all, goes through as it is.
    """
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        if code in OURS_TO_MEND:
            raise AppMisconfigured from error
        if code in PASSING or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:  # noqa: PLR2004
            raise ServiceUnavailable(retry_after=5) from error
        raise
    except BotoCoreError as error:  # no connection, no answer in time
        raise ServiceUnavailable(retry_after=5) from error


def code_of(error: ClientError) -> str:
    return error.response["Error"].get("Code", "")


@lru_cache(maxsize=1)
def session() -> botocore.session.Session:
    return botocore.session.get_session()


def _client(service: str, config: Config = CONFIG) -> Any:
    return session().create_client(service, config=config)


def dynamodb() -> "DynamoDBClient":
    client: DynamoDBClient = _client("dynamodb")
    events: Any = client.meta.events
    events.register("needs-retry.dynamodb", _once_the_transaction_is_over)
    return client


def _once_the_transaction_is_over(response: Any, attempts: int, **_: Any) -> float | None:
    """When to send it again, in seconds; None: leave it to the SDK.

    A plain write that meets a transaction on its item is refused rather than queued, and the SDK does not repeat it.
    Transactions here last milliseconds (a cache put checks the connection); a vault that was moving its pointer at that
    moment must not lose its turn for it.
    """
    code = response[1].get("Error", {}).get("Code") if response else None
    return 0.025 * 2**attempts if code == CONFLICT and attempts < CONFLICT_TRIES else None


def secrets_manager() -> "SecretsManagerClient":
    client: SecretsManagerClient = _client("secretsmanager")
    return client


def s3() -> "S3Client":
    client: S3Client = _client("s3", S3_CONFIG)
    return client


def events() -> "EventBridgeClient":
    client: EventBridgeClient = _client("events")
    return client


def sqs() -> "SQSClient":
    client: SQSClient = _client("sqs")
    return client
