"""The composition root: which adapter stands behind which port. Built once per process, at the first invocation.

Each part is made when first asked for, so a function pays only for what it uses.
"""

import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from aws_lambda_powertools.utilities.typing import LambdaContext

from confluence_connector.adapters import aws
from confluence_connector.adapters.copy_texts import CopyTexts
from confluence_connector.adapters.dynamodb.connections import DynamoConnections
from confluence_connector.adapters.dynamodb.documents import DynamoDocuments
from confluence_connector.adapters.dynamodb.features import DynamoFeatures
from confluence_connector.adapters.dynamodb.text_cache import DynamoTextCache
from confluence_connector.adapters.events import EventBus
from confluence_connector.adapters.s3 import S3Handovers
from confluence_connector.adapters.secrets_manager import SecretsManagerTokens
from confluence_connector.domain.identifiers import RANDOM_BYTES, Kind, new_id
from confluence_connector.limits import HOURLY_POINTS
from confluence_connector.ports import Clock, RandomFraction, Sleep
from confluence_connector.settings import Settings
from confluence_connector.telemetry import StructuredTelemetry

if TYPE_CHECKING:  # a hot read never speaks HTTP; importing a client would be most of its cold start
    import httpx
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from confluence_connector.adapters.atlassian_http import AtlassianHttp
    from confluence_connector.adapters.atlassian_oauth import AtlassianOAuthOverHttp
    from confluence_connector.adapters.confluence import ConfluenceOverHttp
    from confluence_connector.adapters.dynamodb.import_jobs import DynamoImportJobs
    from confluence_connector.adapters.pace_holds import Holds
    from confluence_connector.adapters.pace_of_background import PaceOfBackground
    from confluence_connector.adapters.site_reader import SiteReadersOverHttp
    from confluence_connector.adapters.work_queue import SqsWorkQueue
    from confluence_connector.composition.connecting import Connecting
    from confluence_connector.composition.importing import Importing
    from confluence_connector.composition.reading import Reading
    from confluence_connector.composition.serving_agents import ServingAgents
    from confluence_connector.composition.synchronizing import Synchronizing
    from confluence_connector.composition.syncing import Syncing
    from confluence_connector.composition.vault import Vault
    from confluence_connector.services.hand_over import HandOver
    from confluence_connector.services.vault.keep_tokens import KeepTokens
    from confluence_connector.web.cursors import Cursors


SERVICE: Final = "confluence-connector"


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
        return StructuredTelemetry(service=SERVICE, namespace=self.settings.metrics_namespace)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        return aws.dynamodb()

    @cached_property
    def s3(self) -> "S3Client":
        return aws.s3()

    @cached_property
    def secrets_manager(self) -> "SecretsManagerClient":
        return aws.secrets_manager()

    @cached_property
    def connections(self) -> DynamoConnections:
        return DynamoConnections(self.dynamodb, self.settings.state_table, self.new_secret, self.telemetry)

    @cached_property
    def token_secrets(self) -> SecretsManagerTokens:
        return SecretsManagerTokens(self.secrets_manager, self.settings.kms_key_id)

    @cached_property
    def events(self) -> EventBus:
        return EventBus(aws.events(), self.settings.event_bus)

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
    def work_queue(self) -> "SqsWorkQueue":
        from confluence_connector.adapters.work_queue import SqsWorkQueue  # noqa: PLC0415 — few functions send work

        return SqsWorkQueue(aws.sqs(), self.settings.work_queue_url)

    @cached_property
    def import_jobs(self) -> "DynamoImportJobs":
        from confluence_connector.adapters.dynamodb.import_jobs import DynamoImportJobs  # noqa: PLC0415

        return DynamoImportJobs(self.dynamodb, self.settings.state_table, self.now, self.new_secret, self.telemetry)

    @cached_property
    def http_client(self) -> "httpx.Client":
        from confluence_connector.adapters.atlassian_http import new_client  # noqa: PLC0415 — see above

        return new_client(self._transport)

    @cached_property
    def atlassian_oauth(self) -> "AtlassianOAuthOverHttp":
        from confluence_connector.adapters.atlassian_app import AtlassianApp  # noqa: PLC0415
        from confluence_connector.adapters.atlassian_oauth import AtlassianOAuthOverHttp  # noqa: PLC0415

        return AtlassianOAuthOverHttp(
            client=self.http_client,
            app=AtlassianApp(self.secrets_manager, self.settings.app_secret_id, self.now),
            auth_url=self.settings.atlassian_auth_url,
            api_url=self.settings.atlassian_api_url,
            public_base_url=self.settings.public_base_url,
            now=self.now,
        )

    @cached_property
    def vault(self) -> "Vault":
        from confluence_connector.composition.vault import Vault  # noqa: PLC0415

        return Vault(self)

    @cached_property
    def tokens(self) -> "KeepTokens":
        return self.vault.tokens

    @cached_property
    def connecting(self) -> "Connecting":
        from confluence_connector.composition.connecting import Connecting  # noqa: PLC0415

        return Connecting(self)

    @cached_property
    def cursors(self) -> "Cursors":
        from confluence_connector.adapters.signing_key import signing_key  # noqa: PLC0415
        from confluence_connector.web.cursors import Cursors  # noqa: PLC0415

        return Cursors(signing_key(self.secrets_manager, self.settings.signing_secret_id))

    @cached_property
    def atlassian_http(self) -> "AtlassianHttp":
        from confluence_connector.adapters.atlassian_http import AtlassianHttp  # noqa: PLC0415
        from confluence_connector.adapters.pace_of_people import PaceOfPeople  # noqa: PLC0415

        return AtlassianHttp(
            self.http_client,
            self.settings.atlassian_api_url,
            self.now,
            self.sleep,
            self.random,
            self.telemetry,
            PaceOfPeople(self.holds),
        )

    @cached_property
    def background_http(self) -> "AtlassianHttp":
        """The same at the pace of sync, bulk imports and synchronizers."""
        return replace(self.atlassian_http, pace=self.background_pace)

    @cached_property
    def background_pace(self) -> "PaceOfBackground":
        from confluence_connector.adapters.pace_of_background import PaceOfBackground  # noqa: PLC0415

        quota = self.settings.hourly_points or HOURLY_POINTS
        return PaceOfBackground(quota, self.holds, self.now, self.sleep, self.random, self.telemetry)

    @cached_property
    def holds(self) -> "Holds":
        """What of Atlassian's limits background work has to heed, told by whoever met it."""
        from confluence_connector.adapters.dynamodb.limits import DynamoLimits  # noqa: PLC0415
        from confluence_connector.adapters.pace_holds import Holds  # noqa: PLC0415

        return Holds(DynamoLimits(self.dynamodb, self.settings.state_table), self.now, self.telemetry)

    @cached_property
    def confluence(self) -> "ConfluenceOverHttp":
        from confluence_connector.adapters.confluence import ConfluenceOverHttp  # noqa: PLC0415

        return ConfluenceOverHttp(self.atlassian_http, self.tokens)

    @cached_property
    def site_readers(self) -> "SiteReadersOverHttp":
        """Whole sites, read in the background."""
        from confluence_connector.adapters.site_reader import SiteReadersOverHttp  # noqa: PLC0415

        return SiteReadersOverHttp(self.background_http, self.tokens)

    @cached_property
    def syncing(self) -> "Syncing":
        from confluence_connector.composition.syncing import Syncing  # noqa: PLC0415

        return Syncing(self)

    @cached_property
    def synchronizing(self) -> "Synchronizing":
        from confluence_connector.composition.synchronizing import Synchronizing  # noqa: PLC0415

        return Synchronizing(self)

    @cached_property
    def importing(self) -> "Importing":
        from confluence_connector.composition.importing import Importing  # noqa: PLC0415

        return Importing(self)

    @cached_property
    def agents(self) -> "ServingAgents":
        from confluence_connector.composition.serving_agents import ServingAgents  # noqa: PLC0415

        return ServingAgents(self)

    @cached_property
    def reading(self) -> "Reading":
        from confluence_connector.composition.reading import Reading  # noqa: PLC0415

        return Reading(self)

    @cached_property
    def hand_over(self) -> "HandOver":
        from confluence_connector.services.hand_over import HandOver  # noqa: PLC0415

        return HandOver(self.connections, self.handovers)

    @cached_property
    def handovers(self) -> S3Handovers:
        return S3Handovers(self.s3, self.settings.transient_bucket, self.now, self.new_secret)


@lru_cache(maxsize=1)
def from_environment() -> Runtime:
    """The process's one runtime. Raises MisconfiguredEnvironment, which names variables and no values (J14)."""
    environment: Mapping[str, str] = os.environ
    return Runtime(Settings.from_environment(environment))
