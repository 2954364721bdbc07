"""Faults while many pages are imported: repeats, kills, vanished pages, lost connections (I1–I8, C2, G12, K4)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from confluence_connector.adapters.site_reader import SiteReaderOverHttp
from confluence_connector.domain.identifiers import CloudId, ConnectionId, PageId
from confluence_connector.domain.import_jobs import CHUNK_PAGES, ImportJob, work_of
from confluence_connector.domain.pages import Page
from confluence_connector.domain.work import ForgedWork
from confluence_connector.errors import PageGone, UpstreamProtocolError
from confluence_connector.limits import REWIND_STRIKES, TURN_STALLED_SECONDS
from confluence_connector.ports.site_reading import Branch
from confluence_connector.services.reading.convert_page import convert
from tests.bulk import ACME, Bulk
from tests.connecting import ANN, World
from tests.vault import TimeLeft


@pytest.fixture
def bulk(world: World) -> Bulk:
    return Bulk.of(world)


class Killed(BaseException):
    """The process ends here: nothing after it runs, not even an except clause for errors."""


def test_I1_the_same_request_twice_is_one_job(bulk: Bulk) -> None:
    page = bulk.pages()[0]
    first, again = (bulk.ask(key="once", pages=[page]).json() for _ in range(2))
    assert first["id"] == again["id"]
    bulk.drain()
    assert len(bulk.features()) == 1


def test_I2_the_same_key_with_another_body(bulk: Bulk) -> None:
    bulk.ask(key="once", pages=bulk.pages()[:1])
    assert bulk.ask(key="once", pages=bulk.pages()[1:2]).code == "idempotency_key_reused"


@pytest.mark.parametrize("key", ["", " "])
def test_I3_without_a_key_nothing_starts(bulk: Bulk, key: str) -> None:
    assert bulk.ask(key=key, pages=bulk.pages()[:1]).code == "idempotency_key_required"
    assert bulk.queue.sent == []


def test_I4_one_of_many_fails_and_is_named(bulk: Bulk) -> None:
    pages = bulk.pages()[:4]
    bulk.world.simulator.editor().trash(pages[2])
    job = bulk.start(pages=[*pages, "888888888"])
    bulk.drain()
    done = bulk.shown(job["id"])
    assert (done["status"], done["pages"]) == ("completed_with_errors", {"total": 5, "done": 3, "failed": 2})
    failed = {item["page_id"]: item["code"] for item in done["items"] if item["feature_id"] is None}
    assert failed == {pages[2]: "page_not_found", "888888888": "page_not_found"}


def test_I4_a_defect_on_one_page_keeps_no_other_out(bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = bulk.pages()[:3]

    def defective(page: Page, site_url: str) -> Any:
        if page.ref.id == pages[1]:
            raise RuntimeError("text of the page")
        return convert(page, site_url)

    monkeypatch.setattr("confluence_connector.services.importing.make_documents.convert", defective)
    job = bulk.start(pages=pages)
    bulk.drain()
    done = bulk.shown(job["id"])
    assert (done["status"], done["pages"]) == ("completed_with_errors", {"total": 3, "done": 2, "failed": 1})
    assert [item["code"] for item in done["items"]] == [None, "internal_error", None]


def test_a_branch_that_goes_while_the_tree_is_listed_costs_nothing_else(
    bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    top, *others = bulk.pages()[:3]

    def below(_: Any, root: PageId, cursor: str | None = None) -> Branch:
        if root != top:
            raise PageGone
        return Branch([PageId(each) for each in others], [PageId(others[1])], cursor)

    monkeypatch.setattr(SiteReaderOverHttp, "below", below)
    job = bulk.start(tree=top)
    bulk.drain()
    done = bulk.shown(job["id"])
    assert (done["status"], done["pages"]) == ("completed", {"total": 3, "done": 3, "failed": 0})


def test_K7_a_cursor_that_is_not_taken_any_more_begins_its_branch_anew(
    bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    top, one, two, three = (PageId(each) for each in bulk.pages()[:4])
    asked: list[str | None] = []

    def below(_: Any, root: PageId, cursor: str | None = None) -> Branch:
        asked.append(cursor)
        if root == two:
            return Branch((), (), None)
        if cursor == "dead":
            raise UpstreamProtocolError
        return (
            Branch([one, two], [two], "dead")
            if cursor is None and asked.count(None) == 1
            else Branch([one, two, three], [two], None)
        )

    monkeypatch.setattr(SiteReaderOverHttp, "below", below)
    began = bulk.world.clock()
    job = bulk.start(tree=top)
    bulk.drain()
    done = bulk.shown(job["id"])
    assert (done["status"], done["pages"]) == ("completed", {"total": 4, "done": 4, "failed": 0})
    assert asked == [None, "dead", *["dead"] * REWIND_STRIKES, None, None]
    assert bulk.world.clock() - began < timedelta(minutes=5)


def test_K7_a_branch_that_cannot_be_listed_ends_the_job_and_says_so(
    bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    top, one = (PageId(each) for each in bulk.pages()[:2])

    def below(_: Any, root: PageId, cursor: str | None = None) -> Branch:
        if cursor == "dead":
            raise UpstreamProtocolError
        return Branch([one], (), "dead")

    monkeypatch.setattr(SiteReaderOverHttp, "below", below)
    began = bulk.world.clock()
    job = bulk.start(tree=top)
    bulk.drain()
    done = bulk.job(job["id"])
    assert (done.status, done.failure_code) == ("failed", "upstream_protocol_error")
    assert bulk.world.clock() - began < timedelta(minutes=15)


def test_I5_body_and_version_come_in_one_answer(bulk: Bulk) -> None:
    page = bulk.pages()[0]
    bulk.world.simulator.editor().edit(page, bulk.world.clock(), storage="<p>second</p>")
    bulk.world.simulator.reset_requests()
    bulk.start(pages=[page])
    bulk.drain()
    lists = [name for name in bulk.world.simulator.by_endpoint if name.endswith("/pages")]
    assert sum(bulk.world.simulator.by_endpoint[name] for name in lists) == 1
    (feature,) = bulk.features()
    prd = bulk.world.api.ok(ANN, "GET", f"/features/{feature['id']}")["documents"][0]
    assert prd["source"]["version"] == 2
    assert "second" in bulk.world.api.ok(ANN, "GET", f"/documents/{prd['id']}/content")["content"]


STEPS = [
    ("save", 1),  # the turn claimed, nothing done
    ("put_chunk", 1),  # features made, their outcomes not noted
    ("save", 2),  # outcomes noted, not counted
    ("save", 3),  # all counted, the job not over
]


@pytest.mark.parametrize(("step", "nth"), STEPS)
def test_I6_killed_at_any_step_it_is_taken_up_and_nothing_doubles(
    bulk: Bulk, monkeypatch: pytest.MonkeyPatch, step: str, nth: int
) -> None:
    pages = bulk.pages()[:3]
    job = bulk.start(pages=pages)
    jobs = type(bulk.world.runtime.import_jobs)
    original, calls = getattr(jobs, step), count_from_one()

    def dies(self: Any, *arguments: Any) -> Any:
        if next(calls) == nth:
            raise Killed
        return original(self, *arguments)

    monkeypatch.setattr(jobs, step, dies)
    with pytest.raises(Killed):
        bulk.turn()
    monkeypatch.undo()
    assert bulk.queue.sent == []
    bulk.world.clock.move(seconds=TURN_STALLED_SECONDS + 1)
    assert bulk.world.runtime.importing.many.send_again() == 1
    bulk.drain()
    done = bulk.shown(job["id"])
    assert (done["status"], done["pages"]) == ("completed", {"total": 3, "done": 3, "failed": 0})
    assert sorted(each["id"] for each in bulk.features()) == sorted(item["feature_id"] for item in done["items"])


def test_I6_what_was_noted_is_counted_and_not_asked_for_again(bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    job = bulk.start(pages=bulk.pages()[:3])
    jobs = type(bulk.world.runtime.import_jobs)
    original, calls = jobs.save, count_from_one()

    def dies(self: Any, saved: ImportJob) -> Any:
        if next(calls) == 2:
            raise Killed
        return original(self, saved)

    monkeypatch.setattr(jobs, "save", dies)
    with pytest.raises(Killed):
        bulk.turn()
    monkeypatch.undo()
    bulk.world.simulator.reset_requests()
    bulk.world.clock.move(seconds=TURN_STALLED_SECONDS + 1)
    bulk.world.runtime.importing.many.send_again()
    bulk.drain()
    assert bulk.shown(job["id"])["pages"] == {"total": 3, "done": 3, "failed": 0}
    assert bulk.world.simulator.by_endpoint.total() == 0


def count_from_one() -> Iterator[int]:
    number = 0
    while True:
        number += 1
        yield number


def test_I7_a_turn_ends_in_time_and_the_next_goes_on(bulk: Bulk) -> None:
    """Chunks of 25; a turn that has used up its time passes the job on."""
    pages = [page for key in ("GUIDE", "SHOP", "ENG") for page in bulk.pages(key)]
    pages += [str(770_000_000 + number) for number in range(2 * CHUNK_PAGES - len(pages))]  # there are no such pages
    job = bulk.start(pages=pages, mode="link")
    clock, reader = bulk.world.clock, type(bulk.world.runtime.site_readers)
    original = reader.of

    def slow(self: Any, connection: Any, deadline: Any) -> Any:
        clock.move(seconds=50)
        return original(self, connection, deadline)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "of", slow)
        bulk.turn(seconds=60)
    halfway = bulk.shown(job["id"])
    assert (halfway["status"], len(halfway["items"])) == ("running", CHUNK_PAGES)
    assert [work.turn for work, _ in bulk.queue.sent] == [2]
    bulk.drain()
    assert [item["page_id"] for item in bulk.shown(job["id"])["items"]] == pages


def test_I8_a_message_of_an_older_turn_changes_nothing(bulk: Bulk) -> None:
    job = bulk.start(pages=bulk.pages()[:2])
    ((work, _),) = bulk.queue.sent
    bulk.drain()
    before = bulk.world.state_of()
    bulk.world.runtime.importing.worker.work(work, TimeLeft(bulk.world.clock, 60))
    assert bulk.world.state_of() == before
    assert bulk.shown(job["id"])["status"] == "completed"


def test_C2_a_disconnect_ends_the_job_without_another_call(bulk: Bulk) -> None:
    job = bulk.start(pages=bulk.pages()[:2])
    bulk.world.api.ok(ANN, "DELETE", f"/connections/{bulk.connection_id}")
    bulk.world.simulator.reset_requests()
    bulk.drain()
    assert bulk.shown(job["id"])["status"] == "cancelled"
    assert bulk.world.simulator.by_endpoint.total() == 0


def test_pages_are_not_looked_for_on_another_site(bulk: Bulk) -> None:
    """Page ids collide between sites: after a reconnect elsewhere the same number is somebody else's page."""
    job = bulk.start(pages=bulk.pages()[:2])
    connections = bulk.world.runtime.connections
    connection = connections.get(ACME, ConnectionId(bulk.connection_id))
    assert connection
    assert connection.site
    connections.save(replace(connection, site=replace(connection.site, cloud_id=CloudId("9" * 8))))
    bulk.world.simulator.reset_requests()
    bulk.drain()
    done = bulk.shown(job["id"])
    assert (done["status"], done["failure"]["code"]) == ("failed", "site_changed")
    assert bulk.world.simulator.by_endpoint.total() == 0


def test_C4_a_revoked_grant_fails_the_job_and_says_why(bulk: Bulk) -> None:
    job = bulk.start(pages=bulk.pages()[:2])
    bulk.world.simulator.revoke("grace")
    bulk.world.clock.move(seconds=7200)
    bulk.drain()
    done = bulk.shown(job["id"])
    assert (done["status"], done["failure"]["code"]) == ("failed", "reconnect_required")


def test_J8_a_rate_limit_puts_the_job_off_and_burns_nothing(bulk: Bulk) -> None:
    job = bulk.start(pages=bulk.pages()[:2])
    bulk.world.simulator.script("*", status=429, headers={"retry-after": "100"}, times=1)
    bulk.turn()
    assert [delay for _, delay in bulk.queue.sent] == [100]
    bulk.drain()
    assert bulk.shown(job["id"])["status"] == "completed"


def test_G12_a_forged_message_is_parked_and_told(bulk: Bulk) -> None:
    job = bulk.job(bulk.start(pages=bulk.pages()[:1])["id"])
    other = ConnectionId(bulk.world.runtime.new_id("con"))
    forged = [replace(work_of(job), connection_id=other), replace(work_of(job), workspace="globex")]
    for work in forged:
        with pytest.raises(ForgedWork):
            bulk.world.runtime.importing.worker.work(work, TimeLeft(bulk.world.clock, 60))
    assert [event["kind"] for event in bulk.world.aws.published("SecurityEvent")] == ["forged_work"] * 2
    assert bulk.features() == []


def test_J3_two_workers_with_one_message_make_each_feature_once(bulk: Bulk) -> None:
    """The second finds the turn taken; even if it did not, a page's feature is claimed under the job."""
    job = bulk.job(bulk.start(pages=bulk.pages()[:2])["id"])
    worker = bulk.world.runtime.importing.worker
    chunk = bulk.world.runtime.import_jobs.chunk(job, 0)
    connection = bulk.world.runtime.connections.get(ACME, ConnectionId(bulk.connection_id))
    assert connection
    assert connection.site
    reader = worker.sites.of(connection, TimeLeft(bulk.world.clock, 60))
    first, again = (worker.chunk.run(job, chunk, connection.site, reader) for _ in range(2))
    assert first == again
    assert len(bulk.features()) == 2
