"""Fault cases H1–H9: the ten-minute cache, with DynamoDB in process and a Confluence that counts."""

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from confluence_connector.adapters.dynamodb import cached_items, keys
from confluence_connector.domain.identifiers import ConnectionId, DocumentId, MemberId
from confluence_connector.errors import (
    ConfluenceUnavailable,
    ConnectorError,
    PageGone,
    RateLimited,
    ServiceUnavailable,
    UpstreamProtocolError,
)
from confluence_connector.services.reading.convert_page import cache_entry
from tests.aws import Aws
from tests.conftest import MovableClock
from tests.crowd_clock import CrowdClock
from tests.reading import a_connection, a_link, a_text, an_id, of_generation, scope, store_connection, store_document
from tests.reading_rig import Rig


@pytest.fixture
def rig(aws: Aws, clock: MovableClock) -> Rig:
    return Rig(aws, clock)


def edit(rig: Rig, body: str = "<p>New.</p>", version: int = 2) -> None:
    rig.site.write("101", body, version=version)


def test_H1_an_item_that_expired_and_was_not_deleted_is_a_miss(rig: Rig) -> None:
    rig.read()
    edit(rig)
    rig.clock.move(seconds=601)
    assert rig.cached_items(), "nothing deleted it"
    reading = rig.read()
    assert (reading.freshness, reading.markdown.strip()) == ("live", "New.")
    assert rig.site.fetches == 2


@pytest.mark.parametrize(("seconds", "freshness"), [(599, "cached"), (600, "live")])
def test_H2_exactly_600_seconds_is_a_miss(rig: Rig, seconds: int, freshness: str) -> None:
    rig.read()
    rig.clock.move(seconds=seconds)
    assert rig.read().freshness == freshness


def test_H2_an_expired_entry_is_not_served_when_confluence_is_down(rig: Rig) -> None:
    rig.read()
    rig.clock.move(seconds=600)
    rig.site.failing = ConfluenceUnavailable(retry_after=9)
    with pytest.raises(ConfluenceUnavailable) as raised:
        rig.read()
    assert raised.value.detail.startswith("Could not fetch linked source")


class Crowd:
    """Readers of one document in four processes, who all come at once; Confluence takes half a second.

    On their clock time passes only when every one of them waits, so the one who fetches is not done before all others
    have come.
    """

    def __init__(self, aws: Aws) -> None:
        self.clock = CrowdClock()
        self.rig = Rig(aws, self.clock)
        self.rig.site.during = lambda: self.clock.sleep(0.5)
        self.processes = [self.rig.process() for _ in range(4)]

    def read(self, readers: int) -> Counter[tuple[str, str | int | None]]:
        """Freshness and text, or a failure's code and when to come back, of each of them."""
        answers: list[tuple[str, str | int | None]] = []

        def read(number: int) -> None:
            try:
                reading = self.rig.read(reader=self.processes[number % 4])
            except ConnectorError as error:
                answers.append((error.code, error.retry_after))
            else:
                answers.append((reading.freshness, reading.markdown))

        self.clock.run([partial(read, number) for number in range(readers)])
        return Counter(answers)


@pytest.fixture
def crowd(aws: Aws) -> Crowd:
    return Crowd(aws)


def test_H3_a_hundred_readers_on_a_cold_key_cost_one_upstream_read(crowd: Crowd) -> None:
    answers = crowd.read(100)
    ((_, text),) = (answer for answer in answers if answer[0] == "live")
    assert answers == {("live", text): 1, ("cached", text): 99}
    assert crowd.rig.site.fetches == 1


@pytest.mark.parametrize("failure", [PageGone(), RateLimited(retry_after=17), ConfluenceUnavailable(retry_after=3)])
def test_H3_a_crowd_shares_the_failure_of_its_one_upstream_read(crowd: Crowd, failure: ConnectorError) -> None:
    crowd.rig.site.failing = failure
    assert crowd.read(40) == {(failure.code, failure.retry_after): 40}
    assert crowd.rig.site.fetches == 1


def test_H3_a_crashed_fetcher_delays_the_next_by_its_lease_at_most(rig: Rig) -> None:
    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    rig.site.during = die
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(rig.cache), "end_flight", lambda *_, **__: None)  # a killed process runs no `finally`
        with pytest.raises(Killed):
            rig.read()
    rig.site.during = lambda: None
    began = rig.clock()
    with pytest.raises(ConfluenceUnavailable) as raised:
        rig.read()
    assert raised.value.retry_after
    assert (rig.clock() - began).total_seconds() <= 25, "five seconds are kept for the answer"
    rig.clock.move(seconds=30)
    assert rig.read().freshness == "live"


def test_H4_two_connections_share_nothing(rig: Rig) -> None:
    theirs = replace(
        a_connection(rig.clock()), id=ConnectionId(an_id("con", 2)), owner_id="bob", started_by=MemberId("bob")
    )
    store_connection(rig.aws, theirs)
    second = a_link(rig.clock(), id=DocumentId(an_id("doc", 2)), connection_id=theirs.id)
    store_document(rig.aws, second)
    rig.read()
    assert rig.read(document=second).freshness == "live"
    assert rig.site.through == [rig.connection.id, theirs.id]


def test_H4_readers_of_one_document_share_its_text(rig: Rig) -> None:
    rig.read()
    assert rig.read(reader=rig.process()).freshness == "cached"


def test_H4_a_new_grant_begins_with_an_empty_cache(rig: Rig) -> None:
    rig.read()
    store_connection(rig.aws, of_generation(rig.connection, 2))
    assert rig.read().freshness == "live"
    assert rig.read().freshness == "cached"


@pytest.mark.parametrize("paragraphs", [9_000, 90_000])
def test_H5_a_page_beyond_400_KB_is_chunked_and_never_a_500(rig: Rig, paragraphs: int) -> None:
    edit(rig, "".join(f"<p>{number * 7919:x} {number * 104729:x} {number}</p>" for number in range(paragraphs)))
    live = rig.read()
    cached = rig.read()
    assert (live.freshness, cached.freshness) == ("live", "cached")
    assert cached.markdown == live.markdown
    heads = [item for item in rig.cached_items() if item["sk"]["S"].startswith("HEAD")]
    chunks = [item for item in rig.cached_items() if item["sk"]["S"].startswith("CHUNK")]
    assert len(heads) == 1
    assert bool(chunks) == (paragraphs == 90_000)


def test_H5_more_than_the_cache_may_hold_is_read_live_each_time(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cached_items, "CHUNKS", 0)
    assert [rig.read().freshness, rig.read().freshness] == ["live", "live"]


def test_H5_a_missing_chunk_is_a_miss(rig: Rig) -> None:
    edit(rig, "".join(f"<p>{number * 7919:x} {number * 104729:x} {number}</p>" for number in range(90_000)))
    live = rig.read()
    chunk = next(item for item in rig.cached_items() if item["sk"]["S"].startswith("CHUNK"))
    rig.aws.dynamodb.delete_item(TableName=rig.aws.settings.cache_table, Key={"pk": chunk["pk"], "sk": chunk["sk"]})
    again = rig.read()
    assert (again.freshness, again.markdown) == ("live", live.markdown)


THROTTLED = "ProvisionedThroughputExceededException"


def refuse_cache(rig: Rig, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call that touches the Cache table fails; State goes on answering."""
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError

    call = BaseClient._make_api_call

    def selective(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        if f"'{rig.aws.settings.cache_table}'" in repr(parameters):
            raise ClientError({"Error": {"Code": code, "Message": "a fault of this test"}}, operation)
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", selective)


@pytest.mark.parametrize("code", [THROTTLED, "InternalServerError", "ThrottlingException"])
@pytest.mark.parametrize("warm", [False, True])
def test_H6_a_cache_table_that_does_not_answer_costs_a_live_read(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, code: str, warm: bool
) -> None:
    if warm:
        rig.read()
    refuse_cache(rig, code, monkeypatch)
    assert rig.read().freshness == "live"
    assert rig.told.counters["CacheUnavailable"] >= 1


def test_H6_a_right_that_is_missing_alarms_and_still_answers(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_cache(rig, "AccessDeniedException", monkeypatch)
    assert rig.read().freshness == "live"
    assert rig.told.refusals["app_misconfigured"] >= 1


def test_H6_unprocessed_keys_of_the_cache_are_left_out(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.read()
    batch = rig.aws.dynamodb.batch_get_item

    def without_heads(**request: Any) -> Any:
        head = request["RequestItems"].pop(rig.aws.settings.cache_table, None)
        answer = batch(**request)
        return answer | {"UnprocessedKeys": {rig.aws.settings.cache_table: head} if head else {}}

    monkeypatch.setattr(rig.aws.dynamodb, "batch_get_item", without_heads)
    rig.told.counters.clear()
    rig.read()
    assert rig.told.counters["CacheUnavailable"] == 1


def test_H6_without_the_state_table_nothing_is_guessed(rig: Rig) -> None:
    rig.read()
    rig.aws.fail("dynamodb", "BatchGetItem", THROTTLED)
    with pytest.raises(ServiceUnavailable) as raised:
        rig.read()
    assert raised.value.retry_after


def test_H6_a_note_that_cannot_be_written_does_not_withhold_the_text(rig: Rig) -> None:
    rig.aws.fail("dynamodb", "UpdateItem", THROTTLED)
    assert rig.read().freshness == "live"
    assert rig.told.counters["SyncNotNoted"] == 1


def test_H7_a_page_that_is_back_is_read_at_once(rig: Rig) -> None:
    rig.site.failing = PageGone()
    with pytest.raises(PageGone):
        rig.read()
    rig.site.failing = None
    rig.clock.move(seconds=0.01)
    assert rig.read().freshness == "live"


@pytest.mark.parametrize("failure", [ConfluenceUnavailable(), UpstreamProtocolError(), RateLimited(retry_after=1)])
def test_H7_failures_of_confluence_are_never_cached(rig: Rig, failure: ConnectorError) -> None:
    rig.site.failing = failure
    with pytest.raises(type(failure)):
        rig.read()
    rig.site.failing = None
    rig.clock.move(seconds=0.01)
    assert rig.read().freshness == "live"


JUNK: list[dict[str, Any]] = [
    {},
    {"schema_version": 0},
    {"schema_version": "1"},
    {"text": b"no zlib at all"},
    {"text": "a string"},
    {"text": None, "chunks": 3},
    {"text": None},
    {"chunks": 2},
    {"chunks": 10**9, "text": None},
    {"expires_at": "tomorrow"},
    {"expires_at": 10**14},
    {"fetched_ms": "yesterday"},
    {"fetched_ms": -1},
    {"details": {"of": "an older release"}},
    {"details": {"title": "t", "url": "u", "space_key": "S", "version": "one", "archived": 0, "losses": []}},
    {"details": {"title": "t", "url": "u", "space_key": "S", "version": 1, "archived": 0, "losses": [{"odd": 1}]}},
]


@pytest.mark.parametrize("junk", JUNK, ids=[str(number) for number in range(len(JUNK))])
def test_H8_a_poisoned_item_is_a_miss_and_is_replaced(rig: Rig, junk: dict[str, Any]) -> None:
    rig.read()
    from confluence_connector.adapters.dynamodb import codec
    from tests.reading import a_text

    now = rig.clock()
    good = a_text(now, "poison")
    if "details" in junk:
        good = replace(good, details=junk["details"])
    key = cached_items.head_key(keys.cache_partition(*_scope_parts()), cache_entry(rig.document.source.page_id))  # type: ignore[union-attr]
    item = {
        "schema_version": cached_items.SCHEMA,
        "fetched_ms": cached_items.milliseconds(now),
        "expires_at": int(now.timestamp()) + 600,
        "upload": "u",
        "chunks": 0,
        "text": cached_items.packed(good)[0],
    } | {name: value for name, value in junk.items() if name != "details"}
    if junk == {}:
        item = {}
    item = {name: value for name, value in item.items() if value is not None}
    rig.aws.dynamodb.put_item(
        TableName=rig.aws.settings.cache_table, Item=codec.typed({"pk": key.pk, "sk": key.sk} | item)
    )
    rig.clock.move(seconds=1)
    reading = rig.read()
    assert (reading.freshness, "poison" in reading.markdown) == ("live", False)
    assert rig.read().freshness == "cached", "the junk was replaced"


def _scope_parts() -> tuple[Any, Any, int]:
    mine = scope()
    return mine.workspace, mine.connection_id, mine.generation


def test_H9_times_to_live_are_epoch_seconds_as_numbers(rig: Rig) -> None:
    edit(rig, "".join(f"<p>{number * 7919:x} {number * 104729:x} {number}</p>" for number in range(90_000)))
    rig.read()
    rig.site.failing = PageGone()
    with pytest.raises(PageGone):
        rig.read(max_age=1, reader=_later(rig))
    kinds = {item["sk"]["S"].partition("#")[0] for item in rig.cached_items()}
    assert kinds == {"HEAD", "CHUNK", "FLIGHT"}
    for item in rig.cached_items():
        assert set(item["expires_at"]) == {"N"}
        assert 0 < int(item["expires_at"]["N"]) - rig.clock().timestamp() <= 600
        assert item["expiry_shard"]["S"] in {keys.expiry_shard(shard) for shard in range(keys.EXPIRY_SHARDS)}


def _later(rig: Rig) -> Any:
    rig.clock.move(seconds=2)
    return rig.process()


def test_H1_the_sweep_stops_in_time_and_goes_on_next_time(rig: Rig) -> None:
    for number in range(40):
        rig.cache.put(scope(), f"PAGE-{number}", a_text(rig.clock()))
    rig.clock.move(seconds=600)
    total = len(rig.cached_items())
    assert rig.cache.sweep(rig.clock(), rig.deadline(1)) == 0
    rig.aws.before("dynamodb", "DeleteItem", lambda: rig.clock.move(seconds=2), times=1_000)
    some = rig.cache.sweep(rig.clock(), rig.deadline(29))
    assert 0 < some < total
    rig.aws.heal()
    assert rig.cache.sweep(rig.clock(), rig.deadline(29)) == total - some
    assert rig.cached_items() == []


def test_H1_one_part_of_the_sweep_that_fails_keeps_no_other_waiting(rig: Rig) -> None:
    for number in range(40):
        rig.cache.put(scope(), f"PAGE-{number}", a_text(rig.clock()))
    rig.clock.move(seconds=600)
    rig.aws.fail("dynamodb", "DeleteItem", THROTTLED, times=1)
    with pytest.raises(ServiceUnavailable):
        rig.cache.sweep(rig.clock(), rig.deadline(29))
    assert len(rig.cached_items()) < 20
