"""An orphaned link moves to another member's connection: explicitly, and only if that account can read the page."""

import threading
from typing import Any

import pytest

from local.simulator.accounts import ACME, GLOBEX
from tests.canary import LINKED_SENTENCE
from tests.connecting import ADMIN, ANN, BOB, World
from tests.http import Person
from tests.shelf import PAGE_READS, Shelf

MOVED = "LinkedDocumentMoved"


@pytest.fixture
def shelf(world: World) -> Shelf:
    return Shelf.of(world)


def bobs(shelf: Shelf, **connecting: Any) -> str:
    """A connection of Bob's."""
    connecting = {"account": "nojira"} | connecting
    return str(shelf.world.connect(BOB, **connecting)["id"])


def orphan(shelf: Shelf) -> None:
    shelf.world.api.ok(ANN, "DELETE", f"/connections/{shelf.connection['id']}")


def test_an_orphaned_link_moves_to_the_connection_of_whoever_can_read_it(shelf: Shelf) -> None:
    shelf.read()
    orphan(shelf)
    mine = bobs(shelf)
    answer = shelf.refresh(BOB, connection_id=mine)
    assert answer.status == 200
    assert LINKED_SENTENCE in answer.json()["content"]
    assert shelf.show()["connection_id"] == mine
    assert shelf.show()["state"] == "ok"
    assert shelf.world.aws.published(MOVED) == [
        {
            "workspace": "acme",
            "document_id": shelf.document_id,
            "from_connection_id": shelf.connection["id"],
            "to_connection_id": mine,
            "by": "bob",
        }
    ]
    read = shelf.read(ANN).json()
    assert (read["freshness"], read["last_synced"]) == ("cached", answer.json()["last_synced"])


def test_who_moved_it_is_in_the_event_and_not_in_the_log(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    """A `sub` may be an e-mail address."""
    orphan(shelf)
    bob = Person("bob@example.com")
    mine = shelf.world.connect(bob, account="nojira")["id"]
    assert shelf.refresh(bob, connection_id=mine).status == 200
    assert [event["by"] for event in shelf.world.aws.published(MOVED)] == [bob.sub]
    noted = [vars(record)["by"] for record in caplog.records if record.getMessage() == "linked_document_moved"]
    assert noted == ["5ff860bf1190"], "the first digits of its sha256"
    assert bob.sub not in "".join(str(vars(record)) for record in caplog.records)


def test_a_link_whose_connection_died_moves_as_well(shelf: Shelf) -> None:
    shelf.world.simulator.revoke("grace")
    shelf.world.clock.move(seconds=3600)
    assert shelf.read().code == "reconnect_required"
    mine = bobs(shelf)
    assert shelf.refresh(BOB, connection_id=mine).status == 200
    assert shelf.show()["connection_id"] == mine


def test_never_silently(shelf: Shelf) -> None:
    orphan(shelf)
    bobs(shelf)
    assert shelf.read(BOB).code == "reconnect_required"
    assert shelf.refresh(BOB).code == "reconnect_required"
    assert shelf.show()["connection_id"] == shelf.connection["id"]


def test_a_document_whose_connection_works_stays_with_it(shelf: Shelf) -> None:
    mine = bobs(shelf)
    shelf.world.simulator.reset_requests()
    assert shelf.refresh(BOB, connection_id=mine).code == "still_connected"
    assert shelf.show()["connection_id"] == shelf.connection["id"]
    assert shelf.upstream_reads == 0


def test_its_own_connection_may_be_named_by_who_may_use_it(shelf: Shelf) -> None:
    assert shelf.refresh(ANN, connection_id=shelf.connection["id"]).status == 200
    assert shelf.world.aws.published(MOVED) == []


def test_an_account_that_cannot_read_the_page_takes_nothing_over(shelf: Shelf) -> None:
    orphan(shelf)
    mine = bobs(shelf)
    shelf.world.simulator.editor(ACME).restrict(shelf.page_id, ["somebody-else"])
    assert shelf.refresh(BOB, connection_id=mine).code == "page_gone"
    assert shelf.show()["connection_id"] == shelf.connection["id"]
    assert shelf.world.aws.published(MOVED) == []


def test_a_connection_to_another_site_takes_nothing_over(shelf: Shelf) -> None:
    orphan(shelf)
    mine = bobs(shelf, account="alice", sites=[GLOBEX])
    shelf.world.simulator.reset_requests()
    assert shelf.refresh(BOB, connection_id=mine).code == "site_changed"
    assert shelf.world.simulator.by_endpoint[PAGE_READS] == 0
    assert shelf.show()["connection_id"] == shelf.connection["id"]


def test_nobody_takes_over_with_somebody_elses_connection(shelf: Shelf) -> None:
    orphan(shelf)
    mine = bobs(shelf)
    shelf.world.simulator.reset_requests()
    assert shelf.refresh(ANN, connection_id=mine).code == "not_found"
    assert shelf.refresh(ADMIN, connection_id=mine).code == "forbidden"
    assert shelf.refresh(ANN, connection_id="con_" + "0" * 36).code == "not_found"
    assert shelf.refresh(ANN, connection_id="con#1").code == "not_found"
    assert shelf.world.simulator.requests == []


def test_a_workspaces_connection_may_take_over_for_any_member(shelf: Shelf) -> None:
    orphan(shelf)
    ours = shelf.world.connect(ADMIN, account="nojira", owner="workspace")["id"]
    assert shelf.refresh(BOB, connection_id=ours).status == 200
    assert shelf.show()["connection_id"] == ours


def test_of_two_who_take_over_at_once_one_does(shelf: Shelf) -> None:
    orphan(shelf)
    mine, ours = bobs(shelf), shelf.world.connect(ADMIN, account="alice", owner="workspace", sites=[ACME])["id"]
    elsewhere = shelf.world.restarted()
    begun: list[bool] = []
    taken: list[int] = []

    def faster() -> None:
        path = f"/documents/{shelf.document_id}/refresh"
        taken.append(elsewhere.api.call(ADMIN, "POST", path, json_body={"connection_id": ours}).status)

    documents = shelf.world.runtime.documents
    move = type(documents).move_to

    def late(self: Any, document: Any, connection_id: Any) -> Any:
        if not begun:
            begun.append(True)
            thread = threading.Thread(target=faster)  # a handler within a handler would share its event loop
            thread.start()
            thread.join(30)
        return move(self, document, connection_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(documents), "move_to", late)
        answer = shelf.refresh(BOB, connection_id=mine)
    assert (taken, answer.code) == ([200], "conflict")
    assert shelf.show()["connection_id"] == ours
    assert len(shelf.world.aws.published(MOVED)) == 1
