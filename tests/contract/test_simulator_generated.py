"""The generator: the same site at every start, large, varied, and cheap to list; and v1 search over it."""

import itertools
from collections import Counter
from xml.etree import ElementTree

import pytest

from local.simulator import create_simulator
from local.simulator.accounts import ACME
from local.simulator.generated import Plan
from local.simulator.generated.fill import DEEPEST
from tests.conftest import MovableClock
from tests.contract.simulator_caller import Caller

V2, SEARCH = "/wiki/api/v2", "/wiki/rest/api/content/search"
PAGES, SPACES = 600, 3
NAMESPACES = '<x xmlns:ac="urn:ac" xmlns:ri="urn:ri">{}</x>'


def generated(clock: MovableClock, plan: str = f"{PAGES}:{SPACES}:5") -> Caller:
    return Caller(clock, create_simulator(clock=clock, seed=7, sleep=clock.sleep, generate=plan), "alice").consent()


@pytest.fixture
def caller(clock: MovableClock) -> Caller:
    return generated(clock)


def spaces_of(caller: Caller) -> str:
    rows = caller.walk(f"{V2}/spaces", limit=250)
    return ",".join(row["id"] for row in rows if row["key"].startswith("GEN"))


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("100", Plan(100, 2, 0)),
        ("2000", Plan(2000, 4, 0)),
        ("50000", Plan(50_000, 60, 0)),
        ("10:2:9", Plan(10, 2, 9)),
        ("1:1", Plan(1, 1, 0)),
    ],
)
def test_plans(text: str, plan: Plan) -> None:
    assert Plan.parse(text) == plan


@pytest.mark.parametrize("text", ["", "many", "-1", "0:1", "10:11", "10:61", "10:0", "1:2", "10:2:x", "10:2:3:4", "1"])
def test_plans_that_make_no_sense(text: str) -> None:
    with pytest.raises(ValueError):
        Plan.parse(text)


def test_the_same_plan_gives_the_same_site(clock: MovableClock) -> None:
    first, second, other = (generated(clock, plan) for plan in ("40:2:5", "40:2:5", "40:2:6"))
    rows = [
        each.walk(f"{V2}/pages", space_id=spaces_of(each), body_format="storage") for each in (first, second, other)
    ]
    assert rows[0] == rows[1]
    assert rows[0] != rows[2]


def test_the_site_is_varied(caller: Caller) -> None:
    rows = caller.walk(f"{V2}/pages", space_id=spaces_of(caller), body_format="storage", limit=250)
    site = caller.simulator.sites[ACME]
    assert len(rows) == PAGES
    assert len({(row["spaceId"], row["title"]) for row in rows}) == PAGES
    assert Counter(row["spaceId"] for row in rows).total() == PAGES
    sizes = sorted(len(row["body"]["storage"]["value"]) for row in rows)
    assert 500 <= sizes[0] < 1_000
    assert 6_000 < sizes[-1] < 9_500
    depths = Counter(len(site.ancestors(site.content[row["id"]])) for row in rows)
    assert set(depths) == set(range(DEEPEST + 1))
    assert depths[0] == SPACES
    assert 0.25 < sum(bool(site.content[row["id"]].labels) for row in rows) / PAGES < 0.42
    files = [each for each in site.attachments.values() if each.content_id in set(site.generated)]
    assert 0.06 < len({each.content_id for each in files}) / PAGES < 0.14
    authors = {row["version"]["authorId"] for row in rows}
    assert 35 <= len(authors) <= 40
    moments = sorted(row["version"]["createdAt"] for row in rows)
    assert (moments[0][:4], moments[-1] < "2025-09") == ("2023", True)
    assert {row["version"]["number"] for row in rows} == {1, 2}


def test_bodies_are_well_formed_and_name_their_own_files_and_neighbours(caller: Caller) -> None:
    rows = caller.walk(f"{V2}/pages", space_id=spaces_of(caller), body_format="storage", limit=250)
    titles = {(row["spaceId"], row["title"]) for row in rows}
    site, seen = caller.simulator.sites[ACME], set[str]()
    for row in rows:
        tree = ElementTree.fromstring(NAMESPACES.format(row["body"]["storage"]["value"]))
        named = {each.get("{urn:ri}filename") for each in tree.iter("{urn:ri}attachment")}
        assert named <= {each.filename for each in site.attachments.of(row["id"])}
        assert {(row["spaceId"], each.get("{urn:ri}content-title")) for each in tree.iter("{urn:ri}page")} <= titles
        seen |= {each.get("{urn:ac}name", each.tag) for each in tree.iter()}
    assert {"h1", "h2", "p", "ul", "ol", "table", "a", "code", "info", "warning", "{urn:ac}image"} <= seen


def test_authors_are_known_and_cannot_sign_in(caller: Caller) -> None:
    row = caller.get(f"{V2}/pages", space_id=spaces_of(caller), limit=1).json()["results"][0]
    author = row["version"]["authorId"]
    found = caller.post(f"{V2}/users-bulk", {"accountIds": [author]}).json()["results"][0]
    assert (found["accountId"], found["accountStatus"]) == (author, "active")
    with pytest.raises(ValueError, match="no account"):
        caller.simulator.authorize(found["publicName"], "read:me", "https://app.example.com/oauth/callback", "s")


def test_no_id_is_anything_elses(caller: Caller) -> None:
    site = caller.simulator.sites[ACME]
    ids = [*site.spaces, *site.content, *(each.removeprefix("att") for each in site.attachments)]
    assert len(ids) == len(set(ids))
    assert site.generated == sorted(site.generated, key=int)


# ── orders ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("sort", ["id", "-id", "title", "-title", "modified-date", "-modified-date", "-created-date"])
def test_lists_over_many_spaces_are_in_order_and_stay_so_through_edits(caller: Caller, sort: str) -> None:
    editor, spaces = caller.simulator.editor(), spaces_of(caller)
    for _ in range(3):
        rows = caller.walk(f"{V2}/pages", space_id=spaces, sort=sort, limit=83, status="current")
        field = {"id": lambda row: int(row["id"]), "title": lambda row: row["title"].casefold()}
        by = field.get(sort.strip("-"), lambda row: row["version"]["createdAt"])
        if sort != "-created-date":
            assert [by(row) for row in rows] == sorted(map(by, rows), reverse=sort.startswith("-"))
        current = {each.id for each in caller.simulator.sites[ACME].content.values() if each.status == "current"}
        assert len(rows) == len({row["id"] for row in rows})
        assert {row["id"] for row in rows} == current & set(caller.simulator.sites[ACME].generated)
        caller.clock.move(seconds=60)
        editor.touch_generated(40, caller.clock(), seed=len(rows))
        editor.trash_generated(5, seed=len(rows))
        page = rows[7]["id"]
        editor.rename(page, caller.clock(), f"Zebra {page}")
        editor.move(rows[9]["id"], None, "GEN1")


def test_a_page_that_leaves_a_list_leaves_it_at_once(caller: Caller) -> None:
    space = caller.space_id("GEN1")
    rows = caller.walk(f"{V2}/pages", space_id=space, sort="-id", status="current", limit=250)
    caller.simulator.editor().archive(rows[4]["id"])
    again = caller.walk(f"{V2}/pages", space_id=space, sort="-id", status="current", limit=250)
    assert [row["id"] for row in again] == [row["id"] for row in rows if row["id"] != rows[4]["id"]]


def test_titles_follow_renames_and_narrow_ids(caller: Caller) -> None:
    first, second = caller.get(f"{V2}/pages", space_id=spaces_of(caller), limit=2).json()["results"]
    asked = {"id": f"{first['id']},{second['id']}", "title": second["title"].upper()}
    assert [row["id"] for row in caller.walk(f"{V2}/pages", **asked)] == [second["id"]]
    caller.simulator.editor().rename(second["id"], caller.clock(), "Ibis")
    assert caller.walk(f"{V2}/pages", title=second["title"]) == []
    assert [row["id"] for row in caller.walk(f"{V2}/pages", title="ibis")] == [second["id"]]


def test_lists_of_files_follow_what_comes_and_goes(caller: Caller) -> None:
    files = caller.simulator.sites[ACME].attachments
    ids = [row["id"] for row in caller.walk(f"{V2}/attachments", limit=7)]
    assert len(ids) == len(files) == len(set(ids))
    newest_first = [row["id"] for row in caller.walk(f"{V2}/attachments", limit=7, sort="-created-date")]
    assert newest_first == ids[::-1]
    gone = files.pop(ids[3])
    assert [row["id"] for row in caller.walk(f"{V2}/attachments", limit=250)] == [*ids[:3], *ids[4:]]
    files[gone.id] = gone
    assert [row["id"] for row in caller.walk(f"{V2}/attachments", limit=250)] == ids
    del files[gone.id]
    on_page = caller.get(f"{V2}/pages/{gone.content_id}/attachments").json()["results"]
    assert gone.id not in [row["id"] for row in on_page]


def test_newest_first_finds_what_was_edited(caller: Caller) -> None:
    caller.clock.move(seconds=60)
    touched = caller.simulator.editor().touch_generated(6, caller.clock(), seed=1)
    rows = caller.get(
        f"{V2}/pages", space_id=spaces_of(caller), sort="-modified-date", limit=10, body_format="storage"
    ).json()["results"]
    assert sorted((row["id"] for row in rows[:6]), key=int) == touched
    assert all("Touched after version" in row["body"]["storage"]["value"] for row in rows[:6])
    assert {row["version"]["createdAt"] for row in rows[:6]} == {"2026-11-22T09:01:00.000Z"}


def test_what_a_list_costs_does_not_grow_with_the_site(clock: MovableClock) -> None:
    """Counted, not timed: how many pages are looked at for one answer."""
    looked_at = []
    for plan in ("400:4", "4000:4"):
        caller = generated(clock, plan)
        site, count = caller.simulator.sites[ACME], itertools.count()
        sees = site.sees
        site.sees = lambda *args, sees=sees, count=count: (next(count), sees(*args))[1]  # type: ignore[method-assign]
        ids = ",".join(site.generated[:250])
        caller.get(f"{V2}/pages", space_id=spaces_of(caller), sort="-modified-date", limit=50)
        caller.get(SEARCH, cql="type = page", limit=50)
        caller.get(SEARCH, cql=f"id in ({ids})", limit=250)
        caller.get(SEARCH, cql="type = page and space = GEN4", limit=20)
        caller.get(f"{V2}/attachments", limit=20, sort="-created-date")
        looked_at.append(next(count))
    assert looked_at[0] == looked_at[1] < 400


# ── v1 search ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_search_by_ids_brings_labels_and_files_and_costs_points_for_both(caller: Caller) -> None:
    site = caller.simulator.sites[ACME]
    ids = site.generated[:250]
    before = caller.simulator.world.ledger.total
    answer = caller.get(SEARCH, cql=f"id in ({','.join(ids)})", limit=250, expand="metadata.labels,children.attachment")
    cost = caller.simulator.world.ledger.total - before
    rows = answer.json()["results"]
    assert [row["id"] for row in rows] == ids
    assert {row["id"]: [each["name"] for each in row["metadata"]["labels"]["results"]] for row in rows} == {
        each: site.content[each].labels for each in ids
    }
    files = [file for row in rows for file in row["children"]["attachment"]["results"]]
    assert {file["id"] for file in files} == {each.id for each in site.attachments.values() if each.content_id in ids}
    assert len(files) > 5
    assert cost == 1 + len(rows) + len(files)
    file = files[0]
    held = site.attachments[file["id"]]
    assert (file["type"], file["status"], file["title"]) == ("attachment", "current", held.filename)
    assert file["extensions"] == {
        "mediaType": held.media_type,
        "fileSize": len(held.body),
        "comment": held.comment,
        "fileId": held.file_id,
    }
    assert file["metadata"]["mediaType"] == held.media_type
    assert file["_links"]["download"].startswith(f"/download/attachments/{held.content_id}/")


def test_ids_among_other_clauses(caller: Caller) -> None:
    ids = caller.simulator.sites[ACME].generated[:6]
    caller.simulator.editor().trash(ids[0])
    caller.simulator.editor().label(ids[1], ["wanted"])
    listed = ",".join(ids)

    def found(cql: str) -> list[str]:
        return [row["id"] for row in caller.get(SEARCH, cql=cql, limit=250).json()["results"]]

    assert found(f"id in ({listed})") == ids[1:]
    assert found(f"id in ({listed}, 1, 999)") == ids[1:]
    assert found(f"type = page and id in ({listed}) and label = wanted") == [ids[1]]
    assert found(f"id in ({listed}) and label = wanted or id = {ids[2]}") == ids[1:3]
    assert found(f"id = {ids[1]} or id = {ids[2]}") == ids[1:3]
    assert found(f"id = {ids[1]} or space = GEN2 and id = {ids[2]}") == []
    assert found(f"id in ({listed}) order by id desc") == ids[:0:-1]
    assert caller.get(SEARCH, cql='id in (999) and status = "current"').status_code == 400


def test_the_index_lags_behind_new_edited_and_relabelled_pages(caller: Caller) -> None:
    editor, now = caller.simulator.editor(), caller.clock()
    page = caller.simulator.sites[ACME].generated[3]
    editor.label(page, ["before"])
    editor.label(page, ["after"], now)
    editor.rename(page, now, "Quagga")
    editor.create("999", "GEN1", "Okapi", now, "author", storage="<p>New.</p>", parent_id=None)

    def found(cql: str) -> int:
        return len(caller.get(SEARCH, cql=cql).json()["results"])

    def labels() -> list[str]:
        row = caller.get(SEARCH, cql=f"id = {page}", expand="metadata.labels").json()["results"][0]
        return [each["name"] for each in row["metadata"]["labels"]["results"]]

    queries = ("label = after", 'title ~ "quagga"', 'title ~ "okapi"')
    caller.clock.move(seconds=19)
    assert ([found(cql) for cql in queries], found("label = before"), labels()) == ([0, 0, 0], 1, ["before"])
    caller.clock.move(seconds=1)
    assert ([found(cql) for cql in queries], found("label = before"), labels()) == ([1, 1, 1], 0, ["after"])
