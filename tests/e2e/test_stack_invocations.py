"""Requests, direct invocations and schedules reach the real functions, and come back as on AWS."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Stack

pytestmark = pytest.mark.e2e

PROBLEM = {"type", "title", "status", "code", "detail", "remedy", "request_id"}


def call(stack: Stack, method: str, path: str, *, token: str | None = None, **options: Any) -> httpx.Response:
    headers = ({"authorization": f"Bearer {token}"} if token else {}) | options.pop("headers", {})
    return httpx.request(method, stack.url + path, headers=headers, timeout=60, trust_env=False, **options)


@pytest.fixture(scope="module")
def token(stack: Stack) -> str:
    return stack.token(sub="ann", workspace="demo", roles=("admin", "other"))


def test_a_signed_in_member_is_answered_by_the_function(stack: Stack, token: str) -> None:
    answer = call(stack, "GET", "/providers", token=token)
    assert answer.status_code == 200
    assert {item["provider"]: item["enabled"] for item in answer.json()["items"]}["confluence"] is True


@pytest.mark.parametrize(
    ("request_line", "signed", "status", "code"),
    [
        ("GET /providers", False, 401, "unauthenticated"),
        ("GET /no/such/route", True, 404, "not_found"),
        ("DELETE /providers", True, 405, "method_not_allowed"),
        ("PUT /features", True, 405, "method_not_allowed"),
        ("GET /docs", True, 404, "not_found"),
        ("GET /openapi.json", True, 404, "not_found"),
        ("GET /oauth/callback", False, 400, None),
    ],
)
def test_N8_every_refusal_has_the_one_shape(
    stack: Stack, token: str, request_line: str, *, signed: bool, status: int, code: str | None
) -> None:
    method, path = request_line.split()
    refused = call(stack, method, path, token=token if signed else None)
    assert refused.status_code == status, refused.text
    assert refused.headers["x-content-type-options"] == "nosniff"
    if code is not None:  # the callback answers a person, in HTML
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json().keys() >= PROBLEM
        assert refused.json()["code"] == code


def test_N8_a_huge_body_is_refused_before_the_function(stack: Stack, token: str) -> None:
    refused = call(stack, "POST", "/features", token=token, content=b" " * (10 * 2**20 + 1))
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({"workspace": "strangers", "document_id": f"doc_{'0' * 36}"}, "WorkspaceNotAllowed"),
        ({"workspace": "demo", "requestContext": {}}, "Forbidden"),
        ({"workspace": "demo"}, "Unprocessable"),
    ],
)
def test_the_step_is_invoked_directly_and_fails_by_name(stack: Stack, event: dict[str, Any], error: str) -> None:
    answer = stack.aws("lambda").invoke(
        FunctionName=stack.resources["FetchStepFunction"], Payload=json.dumps(event).encode()
    )
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorType"] == error


def reports(stack: Stack, function: str) -> list[str]:
    lines = [line for line in stack.log(function).splitlines() if '"platform.report"' in line]
    return [json.loads(line)["record"]["status"] for line in lines]


def test_the_scheduler_really_fires(stack: Stack) -> None:
    scheduler = stack.aws("scheduler")
    sweep = scheduler.get_schedule(Name=stack.resources["SweepSchedule"])
    assert (sweep["State"], sweep["Target"]["Input"]) == ("ENABLED", '{"task":"sweep"}')
    before = len(reports(stack, "SyncDispatcherFunction"))
    scheduler.create_schedule(  # the same target and task, now rather than within two minutes
        Name="sweep-now",
        ScheduleExpression=f"at({datetime.now(UTC):%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={name: sweep["Target"][name] for name in ("Arn", "RoleArn", "Input")},
    )
    deadline = time.monotonic() + 40
    while len(seen := reports(stack, "SyncDispatcherFunction")) <= before and time.monotonic() < deadline:
        time.sleep(0.2)
    assert len(seen) > before
    assert set(seen) == {"success"}, stack.log("SyncDispatcherFunction")[-2000:]


def test_items_expire_as_the_template_says(stack: Stack) -> None:
    for table in ("StateTable", "CacheTable"):
        ttl = stack.aws("dynamodb").describe_time_to_live(TableName=stack.resources[table])["TimeToLiveDescription"]
        assert (ttl["TimeToLiveStatus"], ttl["AttributeName"]) == ("ENABLED", "expires_at")


def test_B21_a_known_version_id_with_another_payload_is_refused(stack: Stack) -> None:
    secrets = stack.aws("secretsmanager")
    secrets.create_secret(Name="versions", SecretString="a", ClientRequestToken="0" * 32)
    put = {"SecretId": "versions", "ClientRequestToken": "1" * 32, "VersionStages": ["INFLIGHT"]}
    assert secrets.put_secret_value(SecretString="b", **put)["VersionId"] == "1" * 32
    assert secrets.put_secret_value(SecretString="b", **put)["VersionId"] == "1" * 32
    with pytest.raises(secrets.exceptions.ResourceExistsException):
        secrets.put_secret_value(SecretString="c", **put)
    assert secrets.get_secret_value(SecretId="versions", VersionId="1" * 32)["SecretString"] == "b"
