"""Fifty readers in four functions find the access token dead at once: one gets a new one, all are served."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Stack
from tests.e2e.journey import Member

pytestmark = pytest.mark.e2e

READERS = 50
TOKEN_ENDPOINT = "POST /oauth/token"


@pytest.fixture
def member(stack: Stack) -> Iterator[Member]:
    with Member(stack.url, stack.token(sub="racer", workspace="pipeline")) as member:
        yield member


@pytest.fixture
def lambdas(stack: Stack) -> Iterator[Any]:
    client = stack.aws("lambda")
    yield client
    client.close()


def test_B3_fifty_readers_across_four_functions_cost_one_token_request(
    stack: Stack, member: Member, lambdas: Any
) -> None:
    connection = member.connect("grace")["id"]
    space = member.get(f"/connections/{connection}/spaces")["items"][0]["key"]
    pages = member.all_items(f"/connections/{connection}/spaces/{space}/pages")[:12]
    documents = [member.create_feature(connection, page["id"], "link")["documents"][0]["id"] for page in pages]

    def import_function(number: int) -> None:
        member.get(f"/connections/{connection}/pages/{pages[number % len(pages)]['id']}/children")

    def fetch_function(number: int) -> None:
        assert member.content(documents[number % len(documents)], max_age="0")["content"]

    def fetch_step(number: int) -> None:
        event = {"workspace": "pipeline", "document_id": documents[number % len(documents)], "max_age": 0}
        answer = lambdas.invoke(FunctionName=stack.resources["FetchStepFunction"], Payload=json.dumps(event))
        assert "FunctionError" not in answer, answer["Payload"].read()

    def sync_dispatcher(_: int) -> None:
        answer = lambdas.invoke(FunctionName=stack.resources["SyncDispatcherFunction"], Payload='{"task":"sweep"}')
        assert "FunctionError" not in answer, answer["Payload"].read()

    httpx.post(f"{stack.simulator}/_simulator/grants/expire", json={"account": "grace"}).raise_for_status()
    httpx.delete(f"{stack.simulator}/_simulator/requests").raise_for_status()
    functions: list[Callable[[int], None]] = [import_function, fetch_function, fetch_step, sync_dispatcher]
    with ThreadPoolExecutor(READERS) as crowd:
        served = [crowd.submit(read, number) for number, read in enumerate(islice(cycle(functions), READERS))]
        for each in served:
            each.result()

    requests = httpx.get(f"{stack.simulator}/_simulator/requests").json()["by_endpoint"]
    assert requests[TOKEN_ENDPOINT] == 1
