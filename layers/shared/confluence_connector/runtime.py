"""The composition root: which adapter stands behind which port. Built once per process, at the first invocation.

Each part is made when first asked for, so a function pays only for what it uses.
"""

import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.typing import LambdaContext

from confluence_connector.adapters import aws
from confluence_connector.adapters.copy_texts import CopyTexts
from confluence_connector.adapters.dynamodb.documents import DynamoDocuments
from confluence_connector.adapters.dynamodb.features import DynamoFeatures
from confluence_connector.adapters.dynamodb.text_cache import DynamoTextCache
from confluence_connector.adapters.s3 import Handovers
from confluence_connector.domain.identifiers import RANDOM_BYTES, Kind, new_id
from confluence_connector.ports import Clock, RandomFraction, Sleep
from confluence_connector.settings import Settings
from confluence_connector.telemetry import StructuredTelemetry

if TYPE_CHECKING:  # a hot read never speaks HTTP; importing a client would be most of its cold start
    import httpx
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

    from confluence_connector.adapters.atlassian_http import AtlassianHttp


@dataclass(frozen=True, slots=True)
class InvocationDeadline:
    """The `Deadline` port over Lambda's own clock."""

    context: LambdaContext

    def remaining_seconds(self) -> float:
        return self.context.get_remaining_time_in_millis() / 1000


class Runtime:
    """Everything a function needs, wired. `transport` lets tests stand Atlassian in; production passes none."""

    def __init__(
        self,
        settings: Settings,
        *,
        transport: "httpx.BaseTransport | None" = None,
        now: Clock = lambda: datetime.now(UTC),
        sleep: Sleep = time.sleep,
    ) -> None:
        self.settings = settings
        self.now = now
        self.sleep = sleep
        self.random: RandomFraction = secrets.SystemRandom().random
        self._transport = transport

    @staticmethod
    def new_secret() -> str:
        return secrets.token_urlsafe(32)

    def new_id(self, kind: Kind) -> str:
        return new_id(kind, self.now(), secrets.token_bytes(RANDOM_BYTES))

    @cached_property
    def telemetry(self) -> StructuredTelemetry:
        return StructuredTelemetry(service="confluence-connector", namespace="ConfluenceConnector")

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        return aws.dynamodb()

    @cached_property
    def s3(self) -> "S3Client":
        return aws.s3()

    @cached_property
    def text_cache(self) -> DynamoTextCache:
        return DynamoTextCache(
            self.dynamodb,
            self.settings.cache_table,
            self.settings.state_table,
            self.now,
            self.sleep,
            self.new_secret,
            self.telemetry,
        )

    @cached_property
    def copy_texts(self) -> CopyTexts:
        return CopyTexts(lambda: self.s3, self.settings.content_bucket, self.new_secret)

    @cached_property
    def documents(self) -> DynamoDocuments:
        return DynamoDocuments(self.dynamodb, self.settings.state_table, self.copy_texts)

    @cached_property
    def features(self) -> DynamoFeatures:
        return DynamoFeatures(self.dynamodb, self.settings.state_table, self.copy_texts, self.now)

    @cached_property
    def atlassian_http(self) -> "AtlassianHttp":
        from confluence_connector.adapters.atlassian_http import AtlassianHttp, new_client  # noqa: PLC0415 — see above

        return AtlassianHttp(
            new_client(self._transport),
            self.settings.atlassian_api_url,
            self.now,
            self.sleep,
            self.random,
            self.telemetry,
        )

    @cached_property
    def handovers(self) -> Handovers:
        return Handovers(self.s3, self.settings.transient_bucket, self.now, self.new_secret)


@lru_cache(maxsize=1)
def from_environment() -> Runtime:
    """The process's one runtime. Raises MisconfiguredEnvironment, which names variables and no values (J14)."""
    environment: Mapping[str, str] = os.environ
    return Runtime(Settings.from_environment(environment))
