"""What happens to spaces and pages while nobody looks: each deed has one effect in lists, by id and in search."""

import json
from typing import Any

import pytest

from local.simulator import create_simulator
from local.simulator.accounts import ACCOUNTS, ACME
from tests.conftest import MovableClock
from tests.contract.simulator_caller import Caller

V2, V1 = "/wiki/api/v2", "/wiki/rest/api"
SEEN, HIDDEN, GONE = "seen", "hidden", "gone"


@pytest.fixture
def caller(clock: MovableClock) -> Caller:
    return Caller(clock, create_simulator(clock=clock, seed=7, sleep=clock.sleep, generate="60:2"), "ada").consent()


def control(caller: Caller, path: str, status: int = 200, **body: Any) -> Any:
    answer = caller.http.post(f"http://simulator/_simulator/{path}", content=json.dumps(body))
    assert answer.status_code == status, answer.text
    return answer.json()


def listed(caller: Caller, *statuses: str, **query: Any) -> dict[str, str]:
    """Status by id; the several statuses repeated in the query, as the documents say."""
    rows = caller.walk(f"{V2}/pages", status=list(statuses), limit=250, **query)
    return {row["id"]: row["status"] for row in rows}


def found(caller: Caller, page: str) -> bool:
    return bool(caller.get(f"{V1}/content/search", cql=f"id = {page}").json()["results"])


@pytest.mark.parametrize(
    ("deed", "by_id", "in_lists", "in_search"),
    [
        ("pages/{page}/trash", "trashed", "trashed", False),
        ("pages/{page}/archive", "archived", "archived", False),
        ("pages/{page}/purge", None, None, False),
        ("pages/{page}/restrict", None, None, False),
        ("spaces/GEN2/remove", None, None, False),
        ("spaces/GEN2/restrict", None, None, False),
        ("spaces/GEN2/archive", "current", "current", False),
    ],
)
def test_each_disappearance_has_its_own_face(
    caller: Caller, deed: str, by_id: str | None, in_lists: str | None, in_search: bool
) -> None:
    space = caller.space_id("GEN2")
    page = next(iter(listed(caller, "current", space_id=space, sort="-id")))
    control(caller, deed.format(page=page), accounts=["alice"])
    single = caller.get(f"{V2}/pages/{page}")
    assert (single.json()["status"] if single.status_code == 200 else None) == by_id
    assert listed(caller, "current", "archived", "trashed", id=page).get(page) == in_lists
    assert listed(caller, "current", "archived", "trashed", space_id=space).get(page) == in_lists
    assert found(caller, page) == in_search
    kinds = caller.post(f"{V2}/content/convert-ids-to-types", {"contentIds": [page]}).json()["results"]
    assert kinds == {page: "page" if by_id else None}
    assert caller.violations() == []


def test_a_space_lost_and_regained(caller: Caller) -> None:
    space = caller.space_id("GEN1")
    pages = listed(caller, "current", space_id=space)
    control(caller, "spaces/GEN1/restrict", accounts=["alice"])
    assert caller.get(f"{V2}/spaces", keys="GEN1").json()["results"] == []
    assert caller.get(f"{V2}/spaces/{space}").status_code == 404
    assert listed(caller, "current", space_id=space) == {}
    alice = Caller(caller.clock, caller.simulator, "alice").consent()
    assert listed(alice, "current", space_id=space) == pages
    control(caller, "spaces/gen1/open")
    assert listed(caller, "current", space_id=space) == pages


def test_an_archived_space(caller: Caller) -> None:
    control(caller, "spaces/GEN1/archive")
    assert [row["key"] for row in caller.walk(f"{V2}/spaces", status="archived")] == ["OLD", "GEN1"]
    page = caller.simulator.sites[ACME].generated[5]
    search = {"cql": f"id = {page}"}
    assert caller.get(f"{V1}/search", **search).json()["results"] == []
    answer = caller.http.get(
        f"https://api.atlassian.com/ex/confluence/{ACME}{V1}/search",
        params={**search, "includeArchivedSpaces": "true"},
        headers=caller.headers,
    )
    assert [row["content"]["id"] for row in answer.json()["results"]] == [page]
    control(caller, "spaces/GEN1/restore")
    assert caller.get(f"{V1}/search", **search).json()["results"] != []


def test_a_removed_space_takes_all_of_it_and_leaves_the_rest(caller: Caller) -> None:
    space, other = caller.space_id("GEN1"), caller.space_id("GEN2")
    inside, outside = listed(caller, "current", space_id=space), listed(caller, "current", space_id=other)
    files = len(caller.walk(f"{V2}/attachments", limit=250))
    answer = control(caller, "spaces/GEN1/remove")
    assert answer == {"id": space, "key": "GEN1", "status": "removed"}
    assert caller.get(f"{V2}/spaces/{space}").status_code == 404
    assert listed(caller, "current", "archived", "trashed", id=",".join(inside)) == {}
    assert listed(caller, "current", space_id=f"{space},{other}") == outside
    assert len(caller.walk(f"{V2}/attachments", limit=250)) < files
    assert control(caller, "spaces/GEN1/remove", 404)["problem"].endswith("GEN1")


def test_pages_by_id_in_several_statuses(caller: Caller) -> None:
    first, second, third, fourth = list(listed(caller, "current", space_id=caller.space_id("GEN1")))[5:9]
    editor = caller.simulator.editor()
    editor.trash(first)
    editor.archive(second)
    editor.purge(third)
    asked = {"id": f"{first},{second},{third},{fourth},1"}
    whole = {first: "trashed", second: "archived", fourth: "current"}
    assert listed(caller, "current", "archived", "trashed", **asked) == whole
    assert listed(caller, "current,trashed", **asked) == {first: "trashed", fourth: "current"}
    assert listed(caller, **asked) == {second: "archived", fourth: "current"}
    assert caller.get(f"{V2}/pages", id=",".join(["1"] * 251)).status_code == 400


def test_a_share_or_a_count_of_the_generated_pages(caller: Caller) -> None:
    caller.clock.move(seconds=30)
    touched = control(caller, "generated/touch", share=0.1)["ids"]
    assert len(touched) == 6
    rows = {row["id"]: row["version"] for row in caller.walk(f"{V2}/pages", id=",".join(touched))}
    assert {version["createdAt"] for version in rows.values()} == {"2026-11-22T09:00:30.000Z"}
    again = control(caller, "generated/touch", count=6, seed=1)["ids"]
    assert again != touched
    trashed = control(caller, "generated/trash", count=4)["ids"]
    assert set(listed(caller, "trashed")) >= set(trashed)
    homes = {space.homepage_id for space in caller.simulator.sites[ACME].spaces.values()}
    assert not homes & {*touched, *again, *trashed}
    # 60 pages, 2 of them homes, 4 in the trash.
    assert len(control(caller, "generated/touch", count=54)["ids"]) == 54
    control(caller, "generated/touch", 400, count=55)
    for wrong in (
        {},
        {"share": 2},
        {"share": 0.1, "count": 1},
        {"count": 61},
        {"count": -1},
        {"count": 1, "seed": "x"},
    ):
        control(caller, "generated/trash", 400, **wrong)
    control(caller, "generated/burn", 400, count=1)


def test_personal_spaces_and_several_by_id(caller: Caller) -> None:
    personal = caller.walk(f"{V2}/spaces", type="personal")
    assert [row["key"][0] for row in personal] == ["~"]
    ids = f"{personal[0]['id']},{caller.space_id('GEN1')},77"
    assert {row["key"] for row in caller.walk(f"{V2}/spaces", ids=ids)} == {personal[0]["key"], "GEN1"}
    assert listed(caller, "current", space_id=personal[0]["id"])
    key = personal[0]["key"].replace("~", "%7E")
    control(caller, f"spaces/{key}/restrict", accounts=["alice"])
    assert caller.get(f"{V2}/spaces/{personal[0]['id']}").status_code == 404


def test_editors_in_process_do_the_same(caller: Caller) -> None:
    editor, alice = caller.simulator.editor(), ACCOUNTS["alice"].account_id
    assert editor.restrict_space("GEN1", [alice]).readers == {alice}
    assert editor.restrict_space("GEN1", None).readers is None
    assert editor.archive_space("GEN1").status == "archived"
    assert editor.restore_space("GEN1").status == "current"
    assert len(editor.trash_generated(3)) == len(editor.touch_generated(3, caller.clock())) == 3
    editor.remove_space("GEN1")
    assert caller.get(f"{V2}/spaces", keys="GEN1").json()["results"] == []
