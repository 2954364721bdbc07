"""What an unchanged hourly run asks of AWS: the counts that docs/scale.md turns into money."""

from collections import Counter

import pytest

from tests.aws import Aws
from tests.conftest import MovableClock
from tests.functional.test_syncing_site import SyncedSite

SHARDS_PER_TICK = 16
"""Of the due index, once a minute for all connections together."""


@pytest.fixture
def hourly(aws: Aws, clock: MovableClock) -> Counter[str]:
    """Calls by operation: the dispatcher's minute, one turn, a refresh of the grant in it."""
    site = SyncedSite.of(aws, clock, 20)
    site.drain()
    site.next_run()
    aws.calls.clear()
    run = site.next_run()
    assert (run.plan, run.requests, run.points) == (("probe",), 1, 11)
    return Counter(f"{call.service} {call.operation}" for call in aws.calls)


def test_an_unchanged_run_costs_a_dozen_writes_and_one_secret_version(hourly: Counter[str]) -> None:
    assert hourly["dynamodb PutItem"] + hourly["dynamodb UpdateItem"] <= 12
    assert hourly["dynamodb GetItem"] + hourly["dynamodb Query"] - SHARDS_PER_TICK <= 14
    assert hourly["secretsmanager PutSecretValue"] == 1
    assert hourly.total() - hourly["dynamodb Query"] <= 29
    assert not any(operation.startswith("s3 ") for operation in hourly)
