"""Reading linked documents and copies over HTTP, on the real handlers (D1–D7)."""

import pytest

from confluence_connector.adapters.dynamodb import keys
from local.simulator.accounts import ACME
from tests.canary import LINKED_SENTENCE
from tests.connecting import BOB, STRANGER, World
from tests.http import Person
from tests.shelf import Shelf


@pytest.fixture
def shelf(world: World) -> Shelf:
    return Shelf.of(world)


def test_the_first_read_is_live_and_says_where_it_comes_from(shelf: Shelf) -> None:
    answer = shelf.read()
    body = answer.json()
    assert LINKED_SENTENCE in body["content"]
    assert (body["freshness"], body["age_seconds"], body["mode"], body["editable"]) == ("live", 0, "link", False)
    assert (body["source_of_truth"], body["label"]) == ("confluence", "Source of truth: Confluence")
    assert body["view_url"] == body["source"]["url"]
    assert body["source"]["page_id"] == shelf.page_id
    assert body["version"] == shelf.world.simulator.sites[ACME].content[shelf.page_id].version.number
    assert body["last_synced"] == shelf.world.clock().isoformat().replace("+00:00", "Z")


def test_for_ten_minutes_the_same_text_comes_from_the_cache(shelf: Shelf) -> None:
    synced = shelf.read().json()["last_synced"]
    shelf.write("<p>Edited meanwhile.</p>")
    shelf.world.clock.move(seconds=599)
    body = shelf.read().json()
    assert (body["freshness"], body["age_seconds"], body["last_synced"]) == ("cached", 599, synced)
    assert LINKED_SENTENCE in body["content"]
    assert shelf.show()["last_synced"] == synced, "a cache hit does not move it"
    shelf.world.clock.move(seconds=1)
    body = shelf.read().json()
    assert (body["freshness"], body["content"]) == ("live", "Edited meanwhile.\n")
    assert shelf.show()["last_synced"] == body["last_synced"] > synced
    assert shelf.upstream_reads == 2


def test_everybody_in_the_workspace_reads_through_the_importers_connection(shelf: Shelf) -> None:
    assert shelf.read().json()["freshness"] == "live"
    assert shelf.read(BOB).json()["freshness"] == "cached"
    assert shelf.read(STRANGER).code == "not_found"
    assert shelf.upstream_reads == 1


@pytest.mark.parametrize(("max_age", "freshness"), [(0, "live"), (9, "live"), (10, "live"), (11, "cached")])
def test_a_reader_says_how_old_the_text_may_be(shelf: Shelf, max_age: int, freshness: str) -> None:
    shelf.read()
    shelf.world.clock.move(seconds=10)
    assert shelf.read(max_age=max_age).json()["freshness"] == freshness


def test_a_forced_live_read_replaces_what_is_cached(shelf: Shelf) -> None:
    shelf.read()
    shelf.write("<p>Edited.</p>", title="Renamed")
    shelf.world.clock.move(seconds=5)
    assert shelf.read(max_age=0).json()["content"] == "Edited.\n"
    body = shelf.read().json()
    assert (body["freshness"], body["content"], body["title"]) == ("cached", "Edited.\n", "Renamed")
    assert shelf.show()["source"]["title"] == "Renamed"


def test_refresh_from_source_bypasses_and_replaces_the_cache_in_every_process(shelf: Shelf) -> None:
    elsewhere = shelf.world.restarted()
    shelf.read()
    elsewhere.api.ok(BOB, "GET", f"/documents/{shelf.document_id}/content")
    shelf.write("<p>Edited.</p>")
    shelf.world.clock.move(seconds=5)
    refreshed = shelf.refresh(BOB).json()
    assert (refreshed["freshness"], refreshed["content"]) == ("live", "Edited.\n")
    found = elsewhere.api.ok(BOB, "GET", f"/documents/{shelf.document_id}/content")
    assert (found["freshness"], found["content"]) == ("cached", "Edited.\n")
    assert found["last_synced"] == refreshed["last_synced"]


@pytest.mark.parametrize(
    "query", [{"max_age": -1}, {"max_age": 601}, {"max_age": "x"}, {"format": "pdf"}, {"maxage": 0}]
)
def test_a_wrong_question_is_422_and_reads_nothing(shelf: Shelf, query: dict[str, object]) -> None:
    assert shelf.read(**query).code == "validation_failed"
    assert shelf.upstream_reads == 0


@pytest.mark.parametrize("body", [{"connection": "x"}, {"connection_id": 1}, {"connection_id": ""}])
def test_a_wrong_refresh_is_422_and_reads_nothing(shelf: Shelf, body: dict[str, object]) -> None:
    assert shelf.refresh(**body).code == "validation_failed"
    assert shelf.upstream_reads == 0


@pytest.mark.parametrize("identifier", ["doc_" + "0" * 36, "doc_1", "%23", "ftr_" + "0" * 36, "a%23b", "x" * 300])
def test_no_such_document_is_404_whatever_its_name_looks_like(shelf: Shelf, identifier: str) -> None:
    for method, ending in (("GET", "content"), ("POST", "refresh")):
        answer = shelf.world.api.call(BOB, method, f"/documents/{identifier}/{ending}")
        assert answer.code == "not_found"


def test_reading_takes_the_read_scope_alone(shelf: Shelf) -> None:
    reader = Person("bob", scope="connector/read")
    assert shelf.read(reader).status == 200
    assert shelf.refresh(reader).status == 200
    assert shelf.read(Person("bob", scope="connector/write")).code == "scope_missing"


def test_html_is_the_same_text_made_safe(shelf: Shelf) -> None:
    shelf.write("<h2>Plan</h2><p>a &lt;script&gt; b</p>")
    body = shelf.read(format="html").json()
    assert body["format"] == "html"
    assert "<h2" in body["content"]
    assert "<script" not in body["content"]


def test_an_unchanged_text_is_304_and_a_changed_one_is_not(shelf: Shelf) -> None:
    first = shelf.read()
    etag = first.headers["etag"]
    for known in (etag, f'"other", {etag}', f"W/{etag}"):
        answer = shelf.read(headers={"if-none-match": known})
        assert (answer.status, answer.text, answer.headers["etag"]) == (304, "", etag)
    assert shelf.read(headers={"if-none-match": '"other"'}).status == 200
    assert shelf.read(format="html", headers={"if-none-match": etag}).status == 200
    shelf.write("<p>Edited.</p>")
    assert shelf.read(max_age=0, headers={"if-none-match": etag}).status == 200


# ── what it costs ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_hot_read_is_one_round_trip_and_asks_nobody_else(shelf: Shelf) -> None:
    shelf.read()
    shelf.world.simulator.reset_requests()
    shelf.world.aws.calls.clear()
    assert shelf.read(BOB).json()["freshness"] == "cached"
    assert [(call.service, call.operation) for call in shelf.world.aws.calls] == [("dynamodb", "BatchGetItem")]
    assert shelf.world.simulator.requests == []


def test_a_hot_read_of_a_page_in_chunks_takes_one_more(shelf: Shelf) -> None:
    shelf.write("".join(f"<p>{number * 7919:x} {number * 104729:x} {number}</p>" for number in range(90_000)))
    live = shelf.read().json()
    shelf.world.aws.calls.clear()
    cached = shelf.read().json()
    assert (cached["freshness"], cached["content"]) == ("cached", live["content"])
    assert [call.operation for call in shelf.world.aws.calls] == ["BatchGetItem", "BatchGetItem"]


def test_a_cold_process_takes_two_round_trips(shelf: Shelf) -> None:
    shelf.read()
    cold = shelf.world.restarted()
    shelf.world.aws.calls.clear()
    cold.api.ok(BOB, "GET", f"/documents/{shelf.document_id}/content")
    assert [call.operation for call in shelf.world.aws.calls] == ["BatchGetItem", "BatchGetItem"]


def test_a_warm_process_believes_nothing_that_is_not_confirmed(shelf: Shelf) -> None:
    """It remembers keys; somebody elsewhere disconnected since."""
    shelf.read()
    elsewhere = shelf.world.restarted()
    elsewhere.api.ok(Person("ann"), "DELETE", f"/connections/{shelf.connection['id']}")
    assert shelf.read().code == "reconnect_required"


# ── what is kept ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_text_lies_in_the_cache_table_alone_and_packed(shelf: Shelf) -> None:
    shelf.read()
    aws = shelf.world.aws
    cached = aws.items(aws.settings.cache_table)
    assert len(cached) == 1
    assert LINKED_SENTENCE not in repr(aws.items())
    partition = keys.cache_partition("acme", shelf.connection["id"], 1)  # type: ignore[arg-type]
    assert cached[0]["pk"]["S"] == partition


def test_what_expired_is_deleted_by_the_sweeper(shelf: Shelf) -> None:
    shelf.read()
    shelf.world.clock.move(seconds=600)
    assert shelf.world.runtime.text_cache.sweep(shelf.world.clock()) == 1
    assert shelf.world.aws.items(shelf.world.aws.settings.cache_table) == []


def test_a_text_that_was_replaced_while_the_sweeper_looked_stays(shelf: Shelf) -> None:
    """The index lags behind its table."""
    shelf.read()
    shelf.world.clock.move(seconds=600)
    shelf.world.aws.before("dynamodb", "DeleteItem", lambda: shelf.read().json())
    assert shelf.world.runtime.text_cache.sweep(shelf.world.clock()) == 0
    assert shelf.read().json()["freshness"] == "cached"


def test_an_answer_over_5_MB_is_handed_over(shelf: Shelf) -> None:
    shelf.write("<p>" + "Überlänge " * 600_000 + "</p>")
    answer = shelf.read()
    assert (answer.status, answer.code) == (413, "too_large")
    assert answer.json()["download_url"].startswith("https://")


# ── copies ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_copy_is_read_from_the_store_and_needs_nobody(world: World) -> None:
    shelf = Shelf.of(world, mode="copy")
    shelf.write("<p>Edited in Confluence.</p>")
    world.api.ok(Person("ann"), "DELETE", f"/connections/{shelf.connection['id']}")
    world.simulator.reset_requests()
    body = shelf.read(BOB, max_age=0).json()
    assert "Pay with one click." in body["content"]
    assert (body["mode"], body["editable"], body["source_of_truth"]) == ("copy", True, "workspace")
    assert (body["label"], body["freshness"], body["source"]["page_id"]) == (None, "live", shelf.page_id)
    assert world.simulator.requests == []


def test_a_copys_etag_is_the_one_an_edit_names(world: World) -> None:
    shelf = Shelf.of(world, mode="copy")
    path = f"/documents/{shelf.document_id}/content"
    read = shelf.read()
    edited = world.api.call(
        BOB, "PUT", path, json_body={"markdown": "# Ours now\n"}, headers={"if-match": read.headers["etag"]}
    )
    assert edited.status == 200
    assert shelf.read().json()["content"] == "# Ours now\n"
    assert shelf.read().headers["etag"] == edited.headers["etag"] != read.headers["etag"]


def test_a_copy_has_nothing_to_refresh_from(world: World) -> None:
    assert Shelf.of(world, mode="copy").refresh().code == "not_linked"


def test_the_empty_trd_of_an_import_reads_as_an_empty_copy(shelf: Shelf) -> None:
    feature = shelf.world.api.ok(BOB, "GET", f"/features/{shelf.feature_id}")
    trd = next(document for document in feature["documents"] if document["role"] == "trd")
    body = shelf.world.api.ok(BOB, "GET", f"/documents/{trd['id']}/content")
    assert (body["content"], body["mode"], body["source"], body["title"]) == ("", "copy", None, None)
