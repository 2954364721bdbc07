"""Each function is really denied what its role lacks: the template's roles, enforced by the embedded AWS.

The functions' code is replaced by a probe that tries calls and tells how they ended; the session is the role's own.
"""

import io
import json
import os
import subprocess
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.deploy import AUDIENCE, STACK_NAME, deploy
from local.embedded_aws import CREDENTIALS, REGION, client, free_port
from tests.conftest import REPOSITORY
from tests.meta.conftest import SAM, run
from tests.meta.template_rules import functions

pytestmark = pytest.mark.e2e

PROBE = """
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

def attempt(service, operation, arguments):
    client = boto3.client(service, config=Config(retries={"total_max_attempts": 1}))
    try:
        getattr(client, operation)(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return "denied" if "AccessDenied" in code else "allowed"
    return "allowed"

def handler(event, context):
    return {name: attempt(*call) for name, call in event.items()}
"""
ALL = {
    *("OAuthFunction", "ImportFunction", "FetchFunction", "FetchStepFunction"),
    *("SyncFunction", "SyncWorkerFunction", "SyncDispatcherFunction", "AgentFunction", "JiraFunction"),
}
KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}
CONNECTION = f"{STACK_NAME}/connections/probe"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The embedded AWS with IAM enforced and its own way of running functions, each with its role's session."""
    folder, port = tmp_path_factory.mktemp("enforced"), free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "AUTH": "true",
        **CREDENTIALS,
        "AWS_DEFAULT_REGION": REGION,
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "TMPDIR": str(folder),
    }
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [REPOSITORY / ".tools/ministack/bin/python", "-P", REPOSITORY / "local/ministack_server.py"],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{address}/_ministack/health", trust_env=False).is_success:
                break
        except httpx.TransportError:
            time.sleep(0.05)
    yield address
    server.terminate()
    server.wait(15)


@pytest.fixture(scope="module")
def resources(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    template = json.loads(run(SAM / "python", "tools/transform", "template.yaml").stdout)
    given = {"Issuer": "https://issuer.example", "Audience": AUDIENCE, "ConsoleOrigin": "https://console.example"}
    defaults = {name: str(one["Default"]) for name, one in template["Parameters"].items() if "Default" in one}
    deployed = deploy(template, defaults | given, endpoint, tmp_path_factory.mktemp("deployed"))
    functions_api = client("lambda", endpoint)
    for logical_id, function in functions(template).items():
        functions_api.update_function_code(
            FunctionName=deployed.resources[logical_id], ZipFile=zipped(f"{function['Handler'].split('.')[0]}.py")
        )
    client("secretsmanager", endpoint).create_secret(Name=CONNECTION, SecretString="{}")
    client("secretsmanager", endpoint).create_secret(Name="somebody-elses", SecretString="{}")
    return dict(deployed.resources)


def zipped(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, PROBE)
    return packed.getvalue()


def attempts(resources: dict[str, str]) -> dict[str, tuple[set[str], list[Any]]]:
    """Name → (who may, the call)."""
    state, cache = resources["StateTable"], resources["CacheTable"]
    content, transient = resources["ContentBucket"], resources["TransientBucket"]
    corpus, queue = resources["CorpusTable"], resources["WorkQueue"]
    due = {
        "TableName": state,
        "IndexName": "due",
        "KeyConditionExpression": "due_kind = :k",
        "ExpressionAttributeValues": {":k": {"S": "a"}},
    }
    entry = {"Source": "probe", "DetailType": "probe", "Detail": "{}"}
    put = {"SecretString": "{}", "VersionStages": ["INFLIGHT"]}
    connector = {"OAuthFunction", "SyncDispatcherFunction"}
    enders = connector | {"SyncWorkerFunction"}
    keepers, work = {"ImportFunction", "SyncWorkerFunction"}, {"QueueUrl": queue}
    return {
        "read state": (ALL, ["dynamodb", "get_item", {"TableName": state, "Key": KEY}]),
        "write state": (ALL, ["dynamodb", "put_item", {"TableName": state, "Item": KEY}]),
        "write cache": (ALL, ["dynamodb", "put_item", {"TableName": cache, "Item": KEY}]),
        "remove from state": (
            connector | {"ImportFunction", "SyncWorkerFunction", "AgentFunction", "JiraFunction"},
            ["dynamodb", "delete_item", {"TableName": state, "Key": KEY}],
        ),
        "purge cached text": (
            enders,
            ["dynamodb", "batch_write_item", {"RequestItems": {cache: [{"DeleteRequest": {"Key": KEY}}]}}],
        ),
        "scan state": (
            {"SyncWorkerFunction"},
            ["dynamodb", "scan", {"TableName": state, "ProjectionExpression": "pk"}],
        ),
        "drop state": (set(), ["dynamodb", "delete_table", {"TableName": state}]),
        "read another table": (set(), ["dynamodb", "get_item", {"TableName": "other", "Key": KEY}]),
        "find due work": ({"SyncDispatcherFunction"}, ["dynamodb", "query", due]),
        "read a grant": (ALL, ["secretsmanager", "get_secret_value", {"SecretId": CONNECTION}]),
        "store a grant": (ALL, ["secretsmanager", "put_secret_value", {"SecretId": CONNECTION} | put]),
        "make a grant": (
            {"OAuthFunction"},
            ["secretsmanager", "create_secret", {"Name": f"{STACK_NAME}/connections/new", "SecretString": "{}"}],
        ),
        "remove a grant": (
            enders,
            [
                "secretsmanager",
                "delete_secret",
                {"SecretId": f"{STACK_NAME}/connections/none", "ForceDeleteWithoutRecovery": True},
            ],
        ),
        "make a secret elsewhere": (set(), ["secretsmanager", "create_secret", {"Name": "x", "SecretString": "{}"}]),
        "read somebody else's": (set(), ["secretsmanager", "get_secret_value", {"SecretId": "somebody-elses"}]),
        "list secrets": (set(), ["secretsmanager", "list_secrets", {}]),
        "read the app's secret": (ALL, ["secretsmanager", "get_secret_value", {"SecretId": resources["AppSecret"]}]),
        "change the app's secret": (
            set(),
            ["secretsmanager", "put_secret_value", {"SecretId": resources["AppSecret"], "SecretString": "{}"}],
        ),
        "sign cursors": (
            {"OAuthFunction", "ImportFunction", "SyncFunction", "AgentFunction", "JiraFunction"},
            ["secretsmanager", "get_secret_value", {"SecretId": resources["SigningSecret"]}],
        ),
        "store a copy": (keepers, ["s3", "put_object", {"Bucket": content, "Key": "a", "Body": "b"}]),
        "remove a copy": (keepers, ["s3", "delete_object", {"Bucket": content, "Key": "a"}]),
        "read a copy": (
            keepers | {"FetchFunction", "FetchStepFunction"},
            ["s3", "get_object", {"Bucket": content, "Key": "a"}],
        ),
        "read the corpus's text": (
            ALL - {"OAuthFunction", "SyncDispatcherFunction", "AgentFunction", "JiraFunction"},
            ["s3", "get_object", {"Bucket": content, "Key": "corpora/a"}],
        ),
        "read the corpus's index": (
            {"SyncFunction", "SyncWorkerFunction"},
            ["dynamodb", "get_item", {"TableName": corpus, "Key": KEY}],
        ),
        "write the corpus's index": (
            {"SyncWorkerFunction"},
            ["dynamodb", "put_item", {"TableName": corpus, "Item": KEY}],
        ),
        "send work": (
            ALL - {"FetchFunction", "FetchStepFunction", "AgentFunction"},
            ["sqs", "send_message", work | {"MessageBody": "a"}],
        ),
        "take work": ({"SyncWorkerFunction"}, ["sqs", "receive_message", work]),
        "empty the queue": (set(), ["sqs", "purge_queue", work]),
        "hand over": (
            {"FetchFunction", "FetchStepFunction", "SyncFunction", "AgentFunction"},
            ["s3", "put_object", {"Bucket": transient, "Key": "a", "Body": "b"}],
        ),
        "lay an archive down": (
            {"FetchFunction", "FetchStepFunction", "SyncFunction", "AgentFunction", "SyncWorkerFunction"},
            ["s3", "put_object", {"Bucket": transient, "Key": "exports/a", "Body": "b"}],
        ),
        "fetch an archive": (
            ALL - {"ImportFunction", "SyncDispatcherFunction", "JiraFunction"},
            ["s3", "get_object", {"Bucket": transient, "Key": "exports/a"}],
        ),
        "erase versions": (
            {"SyncWorkerFunction"},
            ["s3", "list_object_versions", {"Bucket": content, "Prefix": "copies/a/"}],
        ),
        "find what was handed over": (enders | {"AgentFunction"}, ["s3", "list_objects_v2", {"Bucket": transient}]),
        "delete what was handed over": (enders, ["s3", "delete_object", {"Bucket": transient, "Key": "a"}]),
        "forget a frozen request": (
            enders | {"AgentFunction"},
            ["s3", "delete_object", {"Bucket": transient, "Key": "approvals/a"}],
        ),
        "list copies": ({"SyncFunction", "SyncWorkerFunction"}, ["s3", "list_objects_v2", {"Bucket": content}]),
        "list buckets": (set(), ["s3", "list_buckets", {}]),
        "announce": (ALL, ["events", "put_events", {"Entries": [entry | {"EventBusName": resources["EventBus"]}]}]),
        "use the key directly": (
            set(),
            ["kms", "generate_data_key", {"KeyId": resources["Key"], "KeySpec": "AES_256"}],
        ),
        "call another function": (set(), ["lambda", "invoke", {"FunctionName": resources["FetchStepFunction"]}]),
        "become somebody": (set(), ["iam", "list_roles", {}]),
    }


def probe(endpoint: str, resources: dict[str, str], function: str, calls: dict[str, list[Any]]) -> dict[str, str]:
    answer = client("lambda", endpoint).invoke(FunctionName=resources[function], Payload=json.dumps(calls).encode())
    result: dict[str, str] = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, result
    return result


def test_N3_plain_http_is_refused_by_the_buckets(endpoint: str, resources: dict[str, str]) -> None:
    call = {"store": ["s3", "put_object", {"Bucket": resources["ContentBucket"], "Key": "a", "Body": "b"}]}
    assert probe(endpoint, resources, "ImportFunction", call) == {"store": "denied"}


@pytest.mark.parametrize("function", sorted(ALL))
def test_N3_each_function_is_denied_what_its_role_lacks(
    endpoint: str, resources: dict[str, str], function: str, no_bucket_policies: None
) -> None:
    matrix = attempts(resources)
    got = probe(endpoint, resources, function, {name: call for name, (_, call) in matrix.items()})
    wanted = {name: "allowed" if function in who else "denied" for name, (who, _) in matrix.items()}
    assert {name: verdict for name, verdict in got.items() if verdict != wanted[name]} == {}


@pytest.fixture(scope="module")
def no_bucket_policies(endpoint: str, resources: dict[str, str]) -> None:
    """This stack is reached over plain http, which the buckets refuse; what is left to decide is the roles'."""
    for bucket in ("ContentBucket", "TransientBucket"):
        client("s3", endpoint).delete_bucket_policy(Bucket=resources[bucket])
