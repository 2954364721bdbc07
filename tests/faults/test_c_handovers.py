"""Fault cases C3 and C4 of answers handed over: what came through a grant goes with it, whoever is faster."""

import json

import pytest

from confluence_connector.domain.identifiers import ConnectionId, WorkspaceId
from confluence_connector.limits import ANSWER_BYTES
from confluence_connector.ports.cache import CacheScope, Origin
from confluence_connector.web.answer_size import fits
from tests.connecting import ANN, BOB, World
from tests.shelf import Shelf

LARGE = "<p>" + "Überlänge " * 500_000 + "</p>"


@pytest.fixture
def shelf(world: World) -> Shelf:
    shelf = Shelf.of(world)
    shelf.write(LARGE)
    return shelf


def kept(world: World) -> dict[str, int]:
    """What lies in the transient bucket: name → bytes."""
    listed = world.aws.s3.list_objects_v2(Bucket=world.aws.settings.transient_bucket)
    return {found["Key"]: found["Size"] for found in listed.get("Contents", [])}


def disconnect(shelf: Shelf) -> None:
    shelf.world.api.ok(ANN, "DELETE", f"/connections/{shelf.connection['id']}")


def test_C3_a_disconnect_takes_along_what_was_handed_over(shelf: Shelf) -> None:
    world = shelf.world
    other = world.connect(BOB)
    prd = {"connection_id": other["id"], "page_id": shelf.page_id}
    body = {"name": "Bob's", "folder": "", "default_mode": "link", "prd": prd}
    bobs = world.api.ok(BOB, "POST", "/features", body, headers={"idempotency-key": "bob"})["documents"][0]["id"]
    assert shelf.read().code == "too_large"
    assert world.api.call(BOB, "GET", f"/documents/{bobs}/content").code == "too_large"
    assert len(kept(world)) == 2
    disconnect(shelf)
    (left,) = kept(world)
    assert other["id"] in left


def test_C3_an_answer_whose_grant_ends_while_it_is_laid_down_is_withdrawn(shelf: Shelf) -> None:
    shelf.world.aws.before("s3", "PutObject", lambda: disconnect(shelf))
    assert shelf.read().code == "reconnect_required"
    assert set(kept(shelf.world).values()) == {0}, "no text is left"


def test_C3_a_disconnect_that_cannot_reach_the_bucket_is_finished_by_the_sweeper(shelf: Shelf) -> None:
    world = shelf.world
    shelf.read()
    world.aws.fail("s3", "ListObjectsV2", "SlowDown")
    assert world.api.call(ANN, "DELETE", f"/connections/{shelf.connection['id']}").status == 503
    assert world.aws.secret_names() == [], "its tokens are gone all the same"
    world.aws.heal()
    world.sweep()
    assert kept(world) == {}


def test_where_an_answer_came_from_is_said_to_nobody(world: World) -> None:
    assert not [name for name in Shelf.of(world).read().headers if "came" in name]


def test_a_copy_goes_with_no_grant(world: World) -> None:
    shelf = Shelf.of(world, mode="copy")
    path = f"/documents/{shelf.document_id}/content"
    etag = shelf.read().headers["etag"]
    text = {"markdown": "ä" * 2_600_000}
    assert world.api.call(ANN, "PUT", path, json_body=text, headers={"if-match": etag}).status in {200, 413}
    disconnect(shelf)
    read = shelf.read()
    assert read.code in {"too_large", None}
    assert all("con_" not in name for name in kept(world))


def test_an_origin_reads_as_it_was_written() -> None:
    acme = WorkspaceId("acme-1_x")
    through = frozenset(CacheScope(acme, ConnectionId(f"con_{number}"), number) for number in (1, 22))
    for origin in (Origin(acme, through), Origin(acme)):
        assert Origin.parse(str(origin)) == origin


@pytest.mark.parametrize("text", ["ä", '"', "\n", "x", "\\", "😀"])
def test_an_answer_fits_as_lambda_will_send_it(text: str) -> None:
    """The body becomes a JSON string once more: 4.4 MB of Markdown with its line ends may exceed 6 MiB there."""
    for length in (ANSWER_BYTES // 8, ANSWER_BYTES // 4, ANSWER_BYTES // 2, ANSWER_BYTES):
        body = json.dumps({"content": text * length}, ensure_ascii=False)
        assert fits(body) == (len(json.dumps(body, ensure_ascii=False).encode()) <= ANSWER_BYTES)


def test_an_answer_that_only_its_line_ends_make_too_large_is_handed_over(shelf: Shelf) -> None:
    shelf.write("<p>" + "a<br/>" * 900_000 + "</p>")
    assert shelf.read().status == 413
