"""F12: a copy whose page was deleted, restricted, archived or edited later is served as the copy it is, and says so."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from local.simulator.edits import Editor
from tests.connecting import ANN, BOB, World
from tests.importing import Desk

WHEN = datetime(2026, 11, 22, 9, tzinfo=UTC)
FATES: dict[str, Callable[[Editor, str], object]] = {
    "current": lambda _editor, _page: None,
    "gone": lambda editor, page: editor.trash(page),
    "archived": lambda editor, page: editor.archive(page),
    "changed": lambda editor, page: editor.edit(page, WHEN, storage="<p>another text</p>"),
}


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk.of(world)


@pytest.mark.parametrize("state", FATES)
def test_F12_a_copy_is_served_and_tells_what_became_of_its_page(desk: Desk, state: str) -> None:
    prd = desk.create("copy")["documents"][0]
    assert (prd["source_state"], prd["source_seen_at"]) == (None, None), "nobody has looked since"
    text = desk.text(prd["id"])
    FATES[state](desk.world.simulator.editor(), prd["source"]["page_id"])
    seen = desk.world.api.ok(BOB, "GET", f"/documents/{prd['id']}?source=live")
    assert (seen["source_state"], seen["source_seen_at"]) == (state, "2026-11-22T09:00:00Z")
    assert (seen["mode"], seen["editable"], seen["source_of_truth"]) == ("copy", True, "workspace")
    assert seen["source"] == prd["source"], "what it was taken from"
    noted = desk.world.api.ok(ANN, "GET", f"/documents/{prd['id']}")
    assert noted["source_state"] == state
    content = desk.world.api.ok(BOB, "GET", f"/documents/{prd['id']}/content")
    assert content["content"] == text


def test_F12_a_restricted_page_is_as_one_that_is_gone(desk: Desk) -> None:
    prd = desk.create("copy")["documents"][0]
    desk.world.simulator.editor().restrict(prd["source"]["page_id"], frozenset())
    assert desk.world.api.ok(ANN, "GET", f"/documents/{prd['id']}?source=live")["source_state"] == "gone"


def test_F12_without_its_connection_nobody_can_tell(desk: Desk) -> None:
    prd = desk.create("copy")["documents"][0]
    desk.world.api.ok(ANN, "DELETE", f"/connections/{desk.connection_id}")
    desk.world.simulator.reset_requests()
    assert desk.world.api.ok(ANN, "GET", f"/documents/{prd['id']}?source=live")["source_state"] == "unknown"
    assert desk.world.simulator.by_endpoint.total() == 0


def test_F12_a_link_is_not_asked_about(desk: Desk) -> None:
    prd = desk.create("link")["documents"][0]
    desk.world.simulator.reset_requests()
    assert desk.world.api.ok(ANN, "GET", f"/documents/{prd['id']}?source=live")["source_state"] is None
    assert desk.world.simulator.by_endpoint.total() == 0
