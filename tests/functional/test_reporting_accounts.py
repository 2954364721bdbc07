"""Account ids reported to Atlassian with the real adapters, over the simulator and AWS in process (A12)."""

import json
from datetime import timedelta
from typing import Any

import pytest

from confluence_connector.domain.connections import Account, Status
from confluence_connector.domain.corpus import Author
from confluence_connector.services.syncing.report_accounts import CLOSED
from local.simulator.accounts import ACCOUNTS, GLOBEX
from local.simulator.directory import TEST_ACTIVE, TEST_CLOSED
from tests.aws import Aws
from tests.conftest import MovableClock
from tests.connecting import ADMIN, ANN, World
from tests.functional.test_syncing_site import ACME, SyncedSite
from tests.vault import TimeLeft

REPORT = "POST /app/report-accounts/"


@pytest.fixture
def site(aws: Aws, clock: MovableClock) -> SyncedSite:
    made = SyncedSite.of(aws, clock, 60)
    made.drain()
    return made


def report(world: World, seconds: float = 60) -> int:
    return world.runtime.syncing.report_accounts.report(TimeLeft(world.clock, seconds))


def reports(world: World) -> list[list[dict[str, Any]]]:
    """What was reported, call by call."""
    sent = [each for each in world.simulator.requests if each.endpoint == REPORT]
    return [json.loads(each.body)["accounts"] for each in sent]


def add_authors(site: SyncedSite, count: int) -> None:
    site.syncing.index.put_authors(site.scope, {f"557058:old-{number:03}": f"Old {number}" for number in range(count)})


def author_of(site: SyncedSite) -> tuple[str, str]:
    """An author of pages who signs in nowhere: account id and name."""
    people = {account.account_id for account in ACCOUNTS.values()}
    rows = site.syncing.index.between(site.scope, None, None, 999)
    row = next(each for each in rows if each.author_name and each.author_id not in people)
    assert row.author_id
    assert row.author_name
    return row.author_id, row.author_name


def stored_text(aws: Aws) -> str:
    """Everything in the tables and, as it is now, in the bucket."""
    tables = [aws.settings.state_table, aws.settings.cache_table, aws.settings.corpus_table]
    bucket = aws.settings.content_bucket
    pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
    objects = [aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys]
    return "\n".join([repr(item) for table in tables for item in aws.items(table)] + objects)


def due(site: SyncedSite) -> None:
    """A week after the consent, with the hourly runs left out."""
    site.world.clock.move(days=7)
    site.world.simulator.reset_requests()


def corrected(site: SyncedSite) -> None:
    """The dispatcher's next ticks, and what the worker does of them."""
    site.next_run()
    site.next_run()


def test_two_hundred_authors_are_reported_once_a_week_ninety_at_a_time(site: SyncedSite) -> None:
    add_authors(site, 200)
    assert report(site.world) == 0
    due(site)
    before, connection = site.world.clock(), site.world.stored(site.connection_id)
    assert report(site.world) == 1
    sent = reports(site.world)
    ids = [each["accountId"] for call in sent for each in call]
    rows = site.syncing.index.authors_to_report(site.scope, before + timedelta(seconds=1), 999)
    assert connection
    assert connection.account
    assert max(map(len, sent)) == 90
    assert sorted(ids) == sorted([connection.account.id, *(row.account_id for row in rows)])
    assert len(rows) > 200
    assert all(row.reported_at == before for row in rows)
    assert {each["updatedAt"] for call in sent for each in call} <= {
        moment.isoformat() for moment in [connection.grant.consented_at, *(row.fetched_at for row in rows)] if moment
    }
    assert report(site.world) == 0
    site.world.clock.move(days=6, seconds=11 * 3600)
    assert report(site.world) == 0
    site.world.clock.move(seconds=3600)
    assert report(site.world) == 1


def test_of_a_closed_account_nothing_is_left_and_a_new_name_is_everywhere(site: SyncedSite) -> None:
    closed_id, closed_name = author_of(site)
    rows = site.syncing.index.between(site.scope, None, None, 999)
    renamed = next(row for row in rows if row.author_id != closed_id)
    untouched = next(row for row in rows if row.author_id not in {closed_id, renamed.author_id})
    assert renamed.author_id
    assert renamed.author_name
    assert closed_name in stored_text(site.world.aws)
    site.world.clock.move(seconds=60)
    site.world.simulator.close_account(closed_id)
    site.world.simulator.rename_account(renamed.author_id, "Zora Neumann")
    due(site)
    report(site.world)
    corrected(site)
    left = stored_text(site.world.aws)
    assert closed_name not in left
    assert renamed.author_name not in left
    assert site.syncing.index.authors(site.scope, [closed_id]) == {closed_id: None}
    markdown, metadata = site.object(renamed.id)
    assert '"name": "Zora Neumann"' in markdown
    assert metadata["metadataAttributes"]["author"] == "Zora Neumann"
    assert site.syncing.index.get(site.scope, [untouched.id])[untouched.id].change == untouched.change
    changed = {
        change.page_id
        for _, batch in site.syncing.index.changes(site.scope, untouched.change, 10_000, 999)
        for change in batch
        if change.kind == "changed"
    }
    assert changed == {row.id for row in rows if row.author_id in {closed_id, renamed.author_id}}
    sync = site.syncing.syncs.get(ACME, site.connection_id)
    assert sync
    assert sync.names_due_at is None


@pytest.mark.parametrize("ended", ["switched off", "grant lost"])
def test_a_name_is_erased_whatever_became_of_the_sync(site: SyncedSite, ended: str) -> None:
    other = site.world.connect(ADMIN, "ada", "workspace", ("link", "sync"), [GLOBEX])
    site.queue.sent.clear()
    closed_id, closed_name = author_of(site)
    if ended == "switched off":
        off = {"enabled": False, "interval_minutes": 60}
        site.world.api.ok(ADMIN, "PUT", f"/connections/{site.connection_id}/sync", off)
    else:
        site.world.simulator.revoke("grace")
        site.next_run(hours=2)
    due(site)
    before = site.last_run().id
    site.world.simulator.close_account(closed_id)
    report(site.world)
    corrected(site)
    run = site.last_run()
    assert other["status"] == "connected"
    assert (run.id != before, run.plan, run.requests) == (True, ("names",), 0)
    assert closed_name not in stored_text(site.world.aws)
    sync = site.syncing.syncs.get(ACME, site.connection_id)
    assert sync
    assert (sync.names_due_at, sync.next_run_at) == (None, None)
    assert (sync.paused_because is not None) is (ended == "grant lost")


def test_a_closed_account_of_a_connection_ends_it_and_is_told_once(site: SyncedSite) -> None:
    member = site.world.connect(ANN, "ada", sites=[GLOBEX])
    name, email = member["account"]["name"], member["account"]["email"]
    due(site)
    site.world.simulator.close_account("ada")
    site.world.clock.move(days=1)
    report(site.world)
    corrected(site)
    stored = site.world.stored(member["id"])
    assert stored
    assert (stored.status, stored.reason) == (Status.NEEDS_RECONNECT, CLOSED)
    assert stored.account == Account(member["account"]["id"], "")
    left = stored_text(site.world.aws)
    assert name not in left
    assert email not in left
    site.world.clock.move(days=7)
    report(site.world)
    told = site.world.aws.published("ConnectionNeedsReconnect")
    assert [event["connection_id"] for event in told] == [member["id"]]


def test_a_changed_profile_of_a_connection_is_fetched_again(site: SyncedSite) -> None:
    site.world.clock.move(days=1)
    site.world.simulator.rename_account("grace", "Grace Hopper")
    due(site)
    before = site.world.clock()
    report(site.world)
    stored = site.world.stored(site.connection_id)
    assert stored
    assert stored.account
    assert (stored.account.name, stored.account.fetched_at) == ("Grace Hopper", before)
    due(site)
    report(site.world)
    told = {each["accountId"]: each["updatedAt"] for call in reports(site.world) for each in call}
    assert told[stored.account.id] == before.isoformat()


def test_where_nobody_may_report_it_is_said_and_looked_for_again(
    aws: Aws, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    world = World.over(aws, clock)
    world.connect(ANN, "grace")
    clock.move(days=7)
    assert report(world) == 1
    assert reports(world) == []
    assert "accounts_unreported" in caplog.messages
    world.connect(ADMIN, "ada", "workspace", ("link", "sync"), [GLOBEX])
    clock.move(days=7)
    report(world)
    assert [len(call) for call in reports(world)] == [2]


def test_a_round_that_was_cut_off_goes_on_where_it_was(site: SyncedSite) -> None:
    add_authors(site, 200)
    due(site)
    site.world.simulator.script(REPORT, status=503, times=1, every=3)
    report(site.world)
    first = [each["accountId"] for call in reports(site.world)[:2] for each in call]
    assert len(reports(site.world)) == 3
    site.world.simulator.reset_requests()
    site.world.clock.move(seconds=7200)
    report(site.world)
    second = [each["accountId"] for call in reports(site.world) for each in call]
    assert len(second) == len(set(second))
    assert not set(first) & set(second)
    assert report(site.world) == 0


def test_told_to_wait_a_workspace_goes_on_in_the_next_turn(site: SyncedSite) -> None:
    add_authors(site, 200)
    due(site)
    site.world.simulator.script(REPORT, status=429, headers={"retry-after": "600"}, times=1)
    report(site.world)
    assert len(reports(site.world)) == 1
    site.world.clock.move(seconds=7200)
    report(site.world)
    assert len(reports(site.world)) == 1 + 1 + 3


def test_the_answer_says_when_to_come_again(site: SyncedSite) -> None:
    due(site)
    site.world.simulator.script(REPORT, status=204, headers={"cycle-period": "P2D"}, times=1)
    report(site.world)
    site.world.clock.move(days=1)
    assert report(site.world) == 0
    site.world.clock.move(seconds=12 * 3600)
    assert report(site.world) == 1


def test_atlassians_own_test_ids(site: SyncedSite) -> None:
    site.syncing.index.note_authors(
        site.scope, [Author(each, "Somebody", site.world.clock()) for each in (TEST_ACTIVE, TEST_CLOSED)]
    )
    due(site)
    report(site.world)
    names = site.syncing.index.authors(site.scope, [TEST_ACTIVE, TEST_CLOSED])
    assert names == {TEST_ACTIVE: "Somebody", TEST_CLOSED: None}
