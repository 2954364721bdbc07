"""Space sync over HTTP: its setting, its runs, the corpus and the change feed as a client of the API sees them."""

from typing import Any

import pytest

from tests.aws import Aws
from tests.conftest import MovableClock
from tests.connecting import ADMIN, BOB
from tests.functional.test_syncing_site import SyncedSite

PAGES = 30


@pytest.fixture
def site(aws: Aws, clock: MovableClock) -> SyncedSite:
    made = SyncedSite.of(aws, clock, PAGES)
    made.drain()
    return made


def path(site: SyncedSite, rest: str) -> str:
    return f"/connections/{site.connection_id}/{rest}"


def feed(site: SyncedSite, name: str, limit: int) -> tuple[list[Any], str]:
    """All of it, page after page, and the cursor to ask with later."""
    found: list[Any] = []
    query = ""
    while True:
        answer = site.world.api.ok(BOB, "GET", path(site, f"corpus/changes?limit={limit}{query}"))
        assert len(answer["items"]) <= limit
        found += answer["items"]
        if answer["next"] is None:
            return found, answer["since"]
        query = f"&{name}={answer['next']}"


def test_what_a_client_sees(site: SyncedSite) -> None:
    api, run = site.world.api, site.last_run()
    (row,) = api.ok(BOB, "GET", path(site, "sync/runs"))["items"]
    assert (row["id"], row["status"], row["pages"]["new"]) == (run.id, "completed", run.pages.new)
    assert api.ok(BOB, "GET", path(site, f"sync/runs/{run.id}")) == row
    assert api.ok(BOB, "GET", path(site, "sync"))["pages"] == run.pages.new
    listed = api.ok(BOB, "GET", path(site, "corpus/pages?limit=200"))["items"]
    assert sorted(each["id"] for each in listed) == sorted(site.corpus())
    page = api.ok(BOB, "GET", path(site, f"corpus/pages/{listed[0]['id']}"))
    assert page["markdown"] == site.object(page["id"])[0]
    assert page["trust"] == "untrusted"

    for name in ("since", "cursor"):
        changes, since = feed(site, name, 7)
        assert [each["kind"] for each in changes] == ["added"] * run.pages.new
        assert len({each["page_id"] for each in changes}) == run.pages.new
    touched = site.world.simulator.editor().touch_generated(2, site.world.clock())
    site.next_run()
    answer = api.ok(BOB, "GET", path(site, f"corpus/changes?since={since}"))
    assert ({each["page_id"] for each in answer["items"]}, answer["next"]) == (set(touched), None)
    assert api.ok(BOB, "GET", path(site, f"corpus/changes?since={answer['since']}"))["items"] == []

    asked = api.call(ADMIN, "POST", path(site, "sync/runs"), json_body={"full": True})
    assert asked.status == 202
    site.drain()
    pages = api.ok(BOB, "GET", path(site, f"sync/runs/{asked.json()['id']}"))["pages"]
    assert (pages["changed"], pages["new"], pages["unchanged"]) == (0, 0, run.pages.new), (
        "what is read again is the same"
    )

    api.ok(ADMIN, "DELETE", f"/connections/{site.connection_id}")
    site.drain()
    started = site.world.reconnect(ADMIN, site.connection_id)
    assert site.world.confirm(ADMIN, site.world.consented(started, "grace")).status == 200
    site.drain()
    stale = api.call(BOB, "GET", path(site, f"corpus/changes?since={since}"))
    assert (stale.status, "removed" in stale.json()["detail"]) == (400, True)


def test_keys_that_no_space_has_are_refused(site: SyncedSite) -> None:
    """Five hundred of them, of any text, would not fit into the sync's item."""
    body = {"enabled": True, "exclude_spaces": ["\u65e5" * 255]}
    assert site.world.api.call(ADMIN, "PUT", path(site, "sync"), json_body=body).status == 422
