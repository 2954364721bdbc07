"""AWS in process: moto with serialised calls, the tables of our own template, a log of calls, and faults on demand.

moto is not atomic under threads (two winners of one conditional put); one lock around every call makes it so, and race
tests honest. No engine here throttles or loses an answer by itself: `fail`, `lose_answer` and `before` do.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto import mock_aws

from confluence_connector.adapters import aws as clients
from confluence_connector.settings import Settings

TEMPLATE = Path(__file__).parents[1] / "template.yaml"
REGION = "eu-west-1"
CLIENT_ID, CLIENT_SECRET = "simulator-client", "simulator-secret"  # the Atlassian simulator's own defaults

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "STATE_TABLE": "state",
    "CACHE_TABLE": "cache",
    "CORPUS_TABLE": "corpus",
    "WORK_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/123456789012/work",
    "CONTENT_BUCKET": "content-of-the-tests",
    "TRANSIENT_BUCKET": "transient-of-the-tests",
    "SECRET_PREFIX": "tests/connections",
    "APP_SECRET_ID": "tests/app",
    "SIGNING_SECRET_ID": "tests/signing",
    "EVENT_BUS": "tests-events",
    "PUBLIC_BASE_URL": "https://connector.example.com",
    "CONSOLE_ORIGIN": "https://console.example.com",
    "RETURN_TARGETS": '{"app":"https://app.example.com/connected"}',
    "POWERTOOLS_SERVICE_NAME": "confluence-connector",
    "METRICS_NAMESPACE": "tests",
}


class _Template(yaml.SafeLoader):
    """CloudFormation's short intrinsics become {"<tag>": value}; nothing here resolves them."""


def _intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {tag: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    return {tag: loader.construct_mapping(node, deep=True)}


_Template.add_multi_constructor("!", _intrinsic)


@cache
def template() -> dict[str, Any]:
    """template.yaml as data. Do not change it in place."""
    found: dict[str, Any] = yaml.load(TEMPLATE.read_text(), _Template)
    return found


@dataclass(frozen=True, slots=True)
class Call:
    """One API call as our code made it (the SDK's own retries do not show)."""

    service: str
    operation: str
    parameters: dict[str, Any]


@dataclass
class Fault:
    """Happens in place of the next `times` calls of an operation; it is given the call, to make or not."""

    service: str
    operation: str
    times: int
    happen: Callable[[Callable[[], Any]], Any]


@dataclass
class Aws:
    """What a test may ask of AWS. `calls` is the log since the start or the last `calls.clear()`."""

    settings: Settings
    environment: dict[str, str]
    calls: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dynamodb = clients.dynamodb()
        self.secrets = clients.secrets_manager()
        self.s3 = clients.s3()
        self.events = clients.events()
        self.sqs = clients.sqs()

    def count(self, operation: str) -> int:
        return sum(1 for call in self.calls if call.operation == operation)

    def fail(self, service: str, operation: str, code: str, times: int = 1_000_000) -> None:
        """The next calls answer error `code` without effect."""

        def refuse(_: Callable[[], Any]) -> Any:
            raise ClientError({"Error": {"Code": code, "Message": "a fault of this test"}}, operation)

        self.faults.append(Fault(service, operation, times, refuse))

    def fault(
        self, service: str, operation: str, happen: Callable[[Callable[[], Any]], Any], times: int = 1_000_000
    ) -> None:
        """`happen` decides what becomes of the next calls; it is given the call, to make or not."""
        self.faults.append(Fault(service, operation, times, happen))

    def lose_answer(self, service: str, operation: str, times: int = 1) -> None:
        """The call takes effect, its answer is lost, and the SDK sends it again (fault case B15)."""

        def twice(call: Callable[[], Any]) -> Any:
            call()
            return call()

        self.faults.append(Fault(service, operation, times, twice))

    def before(self, service: str, operation: str, act: Callable[[], None], times: int = 1) -> None:
        """`act` happens just before the call does: somebody else is faster."""

        def first(call: Callable[[], Any]) -> Any:
            act()
            return call()

        self.faults.append(Fault(service, operation, times, first))

    def heal(self) -> None:
        self.faults.clear()

    def items(self, table: str | None = None) -> list[dict[str, Any]]:
        """Every item of a table (State by default), in DynamoDB's typed form."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=table or self.settings.state_table)
        return [dict(item) for page in pages for item in page["Items"]]

    def secret_names(self) -> list[str]:
        """Of all connections' secrets that exist."""
        pages = self.secrets.get_paginator("list_secrets").paginate()
        names = [secret["Name"] for page in pages for secret in page["SecretList"]]
        return sorted(name for name in names if name.startswith(self.settings.secret_prefix))

    def published(self, detail_type: str | None = None) -> list[dict[str, Any]]:
        """Details of the events put so far, by the call log."""
        return [
            json.loads(entry["Detail"])
            for call in self.calls
            if call.operation == "PutEvents"
            for entry in call.parameters["Entries"]
            if detail_type in {None, entry["DetailType"]}
        ]


_LOCK = threading.RLock()


@contextmanager
def started(**environment: str) -> Iterator[Aws]:
    """An empty AWS with our tables, buckets, key, bus and secrets. `environment` overrides variables."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        clients.session.cache_clear()
        key_id = _make_key()
        variables = ENVIRONMENT | {"KMS_KEY_ID": key_id} | environment
        for name, value in variables.items():
            patch.setenv(name, value)
        aws = Aws(Settings.from_environment(variables), variables)
        _make_everything(aws)
        call = BaseClient._make_api_call

        def serialised(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
            with _LOCK:
                service = client.meta.service_model.service_name
                aws.calls.append(Call(service, operation, parameters))
                for fault in aws.faults:
                    if (fault.service, fault.operation) == (service, operation) and fault.times > 0:
                        fault.times -= 1
                        return fault.happen(lambda: call(client, operation, parameters))
                return call(client, operation, parameters)

        patch.setattr(BaseClient, "_make_api_call", serialised)
        yield aws
    clients.session.cache_clear()


def _make_key() -> str:
    kms = clients.session().create_client("kms", region_name=REGION)
    key_id: str = kms.create_key()["KeyMetadata"]["KeyId"]
    return key_id


def _make_everything(aws: Aws) -> None:
    settings = aws.settings
    tables = {"State": settings.state_table, "Cache": settings.cache_table, "Corpus": settings.corpus_table}
    for part, name in tables.items():
        properties = template()["Resources"][f"{part}Table"]["Properties"]
        wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
        aws.dynamodb.create_table(TableName=name, **{each: properties[each] for each in wanted if each in properties})
    for bucket in (settings.content_bucket, settings.transient_bucket):
        aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    app = json.dumps({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})
    aws.secrets.create_secret(Name=settings.app_secret_id, SecretString=app)
    aws.secrets.create_secret(Name=settings.signing_secret_id, SecretString="s" * 64)
    aws.events.create_event_bus(Name=settings.event_bus)
    aws.sqs.create_queue(QueueName="work")
