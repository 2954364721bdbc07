"""Bulk import over HTTP and the queue: a selection or a tree, each page a feature of its own (C8)."""

import pytest

from tests.bulk import Bulk
from tests.connecting import ADMIN, ANN, BOB, STRANGER, World


@pytest.fixture
def bulk(world: World) -> Bulk:
    return Bulk.of(world)


def test_a_selection_becomes_features(bulk: Bulk) -> None:
    pages = bulk.pages()[:3]
    job = bulk.start(pages=pages)
    assert (job["status"], job["pages"], job["items"]) == ("queued", {"total": 3, "done": 0, "failed": 0}, [])
    bulk.drain()
    done = bulk.shown(job["id"])
    assert (done["status"], done["pages"]) == ("completed", {"total": 3, "done": 3, "failed": 0})
    assert [item["page_id"] for item in done["items"]] == pages
    assert sorted(item["feature_id"] for item in done["items"]) == sorted(each["id"] for each in bulk.features())
    assert done["finished_at"]
    assert done["requests"] >= 1


def test_copies_have_their_text_and_a_name_from_it(bulk: Bulk) -> None:
    page = bulk.pages("SHOP")[1]
    job = bulk.start(pages=[page])
    bulk.drain()
    (item,) = bulk.shown(job["id"])["items"]
    feature = bulk.world.api.ok(ANN, "GET", f"/features/{item['feature_id']}")
    suggested = bulk.world.api.ok(ANN, "GET", f"/connections/{bulk.connection_id}/pages/{page}/suggestion")
    assert feature["name"] == suggested["name"]
    prd, trd = feature["documents"]
    assert (prd["mode"], prd["source"]["page_id"]) == ("copy", page)
    content = bulk.world.api.ok(ANN, "GET", f"/documents/{prd['id']}/content")
    assert content["content"].strip()
    assert (trd["mode"], trd["source"]) == ("copy", None)


def test_links_keep_no_text(bulk: Bulk) -> None:
    page = bulk.pages()[0]
    bulk.world.simulator.editor().edit(page, bulk.world.clock(), storage="<p>a sentence that must not be kept</p>")
    bulk.start(pages=[page], mode="link")
    bulk.drain()
    assert "must not be kept" not in repr(bulk.world.aws.items())
    (feature,) = bulk.features()
    documents = bulk.world.api.ok(ANN, "GET", f"/features/{feature['id']}")["documents"]
    assert documents[0]["mode"] == "link"


def test_a_tree_with_everything_below_it(bulk: Bulk) -> None:
    """Folders lend their pages and are none themselves."""
    acme = next(site for site in bulk.world.simulator.sites.values() if site.name == "acme")
    root = next(space.homepage_id for space in acme.spaces.values() if space.key == "ENG")
    job = bulk.start(tree=root)
    assert job["pages"]["total"] == 0
    bulk.drain()
    done = bulk.shown(job["id"])
    assert done["status"] == "completed"
    assert sorted(item["page_id"] for item in done["items"]) == sorted(bulk.pages("ENG"))
    assert done["items"][0]["page_id"] == root


def test_a_tree_that_is_no_page_fails_and_says_so(bulk: Bulk) -> None:
    job = bulk.start(tree="999999999")
    bulk.drain()
    done = bulk.shown(job["id"])
    assert (done["status"], done["failure"]["code"]) == ("failed", "page_gone")


def test_the_same_page_twice_is_one(bulk: Bulk) -> None:
    page = bulk.pages()[0]
    assert bulk.start(pages=[page, page])["pages"]["total"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"pages": []},
        {"pages": ["1"], "tree": "2"},
        {"pages": ["x"]},
        {"pages": ["1"], "mode": "both"},
        {"pages": ["1"] * 201},
        {"pages": ["1"], "workspace": "globex"},
    ],
)
def test_what_makes_no_sense_is_refused(bulk: Bulk, body: dict[str, object]) -> None:
    answer = bulk.ask(**body)
    assert (answer.status, answer.code) == (422, "validation_failed")
    assert bulk.queue.sent == []


def test_who_may_start_and_see(bulk: Bulk) -> None:
    job = bulk.start(pages=bulk.pages()[:1])
    assert bulk.ask(BOB, pages=["1"]).status == 404, "Ann's connection does not exist for him"
    assert bulk.shown(job["id"], BOB)["id"] == job["id"], "jobs are the workspace's"
    assert bulk.world.api.call(STRANGER, "GET", f"/imports/{job['id']}").status == 404
    assert bulk.world.api.call(ANN, "GET", "/imports/doc_x").status == 404


def test_five_unfinished_jobs_are_enough_for_a_workspace(bulk: Bulk) -> None:
    for _ in range(5):
        bulk.start(pages=bulk.pages()[:1])
    refused = bulk.ask(pages=bulk.pages()[:1])
    assert (refused.status, refused.code) == (429, "too_many_requests")
    bulk.drain()
    assert bulk.ask(pages=bulk.pages()[:1]).status == 202


def test_members_import_many_through_the_workspaces_connection(bulk: Bulk) -> None:
    shared = bulk.world.connect(ADMIN, "grace", owner="workspace")["id"]
    job = bulk.start(connection_id=shared, pages=bulk.pages()[:1])
    bulk.drain()
    assert bulk.shown(job["id"])["status"] == "completed"
