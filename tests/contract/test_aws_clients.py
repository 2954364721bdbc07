"""What our AWS clients do beyond the SDK: a write that meets a transaction is repeated; refusals get our names."""

import json
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, EndpointConnectionError

from confluence_connector.adapters import aws as clients
from confluence_connector.errors import AppMisconfigured, ServiceUnavailable
from tests.aws import Aws


class Raw:
    """The body of an answer as urllib3 gives it."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, *_: Any, **__: Any) -> list[bytes]:
        return [self.body]


def refusing(aws: Aws, code: str, times: int) -> list[str]:
    """The next requests on the wire are refused; the list grows with each."""
    sent: list[str] = []

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        sent.append(request.url)
        if len(sent) > times:
            return None
        body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}"}).encode()
        return AWSResponse(request.url, 400, {"content-type": "application/x-amz-json-1.0"}, Raw(body))

    aws.dynamodb.meta.events.register_first("before-send.dynamodb.PutItem", answer)
    return sent


def put(aws: Aws) -> None:
    aws.dynamodb.put_item(TableName=aws.settings.state_table, Item={"pk": {"S": "p"}, "sk": {"S": "s"}})


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)


def test_a_write_that_meets_a_transaction_is_sent_again(aws: Aws) -> None:
    sent = refusing(aws, clients.CONFLICT, times=3)
    put(aws)
    assert len(sent) == 4
    assert aws.items()


def test_a_transaction_without_end_is_given_up_as_passing(aws: Aws) -> None:
    sent = refusing(aws, clients.CONFLICT, times=100)
    with pytest.raises(ServiceUnavailable), clients.named_failures():
        put(aws)
    assert len(sent) == clients.CONFLICT_TRIES


def test_other_refusals_are_not_repeated(aws: Aws) -> None:
    sent = refusing(aws, "ConditionalCheckFailedException", times=100)
    with pytest.raises(ClientError), clients.named_failures():
        put(aws)
    assert len(sent) == 1


@pytest.mark.parametrize("code", sorted(clients.OURS_TO_MEND))
def test_N12_a_wrong_right_or_key_is_the_deployments_fault(code: str) -> None:
    with pytest.raises(AppMisconfigured), clients.named_failures():
        raise ClientError({"Error": {"Code": code}}, "PutItem")


@pytest.mark.parametrize("code", sorted(clients.PASSING))
def test_what_passes_says_when_to_come_again(code: str) -> None:
    with pytest.raises(ServiceUnavailable) as raised, clients.named_failures():
        raise ClientError({"Error": {"Code": code}}, "PutItem")
    assert raised.value.retry_after


def test_no_connection_passes_too() -> None:
    with pytest.raises(ServiceUnavailable), clients.named_failures():
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example.com")


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "eu-central-1"])
def test_a_download_url_is_signed_as_a_bucket_under_a_kms_key_demands(
    monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    """Left alone, the SDK signs URLs of the older regions with signature 2, which S3 refuses for such objects."""
    url = signed_url(monkeypatch, region=region)
    assert url.startswith(f"https://answers.s3.{region}.amazonaws.com/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&"), url


def test_a_download_url_of_the_local_stack_leads_to_the_local_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    url = signed_url(monkeypatch, region="us-east-1", AWS_ENDPOINT_URL="http://127.0.0.1:4566")
    assert url.startswith("http://127.0.0.1:4566/answers/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&"), url


def signed_url(monkeypatch: pytest.MonkeyPatch, *, region: str, **environment: str) -> str:
    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    for name, value in ({"AWS_DEFAULT_REGION": region} | keys | environment).items():
        monkeypatch.setenv(name, value)
    clients.session.cache_clear()
    try:
        return clients.s3().generate_presigned_url("get_object", Params={"Bucket": "answers", "Key": "a"})
    finally:
        clients.session.cache_clear()
