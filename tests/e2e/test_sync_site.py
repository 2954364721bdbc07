"""Space sync on the whole product: it begins by itself, shows its work, keeps in step, and goes with its connection."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.e2e.conftest import Stack, new_stack
from tests.e2e.syncing import SyncedSite, simulator, until

pytestmark = pytest.mark.e2e

PAGES = 300


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose site these tests may change."""
    stack = new_stack(tmp_path_factory.mktemp("sync"), SIMULATOR_GENERATE=str(PAGES))
    stack.start()
    yield stack
    stack.stop()


type Connect = Callable[[str], SyncedSite]


@pytest.fixture
def connect(own: Stack) -> Iterator[Connect]:
    """Connects acme for sync, by workspace."""
    with ExitStack() as browsers:
        yield lambda workspace: SyncedSite.connected(own, workspace, browsers)


def dispatch(stack: Stack) -> Any:
    """The dispatcher's minute, without waiting for it."""
    answer = stack.aws("lambda").invoke(
        FunctionName=stack.resources["SyncDispatcherFunction"], Payload=json.dumps({"task": "dispatch"}).encode()
    )
    assert "FunctionError" not in answer, answer["Payload"].read()
    return json.loads(answer["Payload"].read())


def the_sync(site: SyncedSite) -> dict[str, Any]:
    """Its item as the dispatcher reads it."""
    key = {"pk": {"S": f"WS#{site.workspace}"}, "sk": {"S": f"SYNC#{site.connection_id}"}}
    found = site.stack.aws("dynamodb").get_item(TableName=site.stack.resources["StateTable"], Key=key)
    return dict(found.get("Item", {}))


def make_due(site: SyncedSite) -> None:
    """Its next run is due now, as an hour later."""
    item = the_sync(site)
    site.stack.aws("dynamodb").update_item(
        TableName=site.stack.resources["StateTable"],
        Key={name: item[name] for name in ("pk", "sk")},
        UpdateExpression="SET next_run_at = :now, due_at = :due",
        ExpressionAttributeValues={
            ":now": {"S": time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())},
            ":due": {"S": time.strftime("%Y-%m-%dT%H:%M:%S.000000+00:00", time.gmtime())},
        },
    )


def test_it_begins_by_itself_and_follows_the_site(own: Stack, connect: Connect, workspace: str) -> None:
    site = connect(workspace)
    seen = until(lambda: [run for run in site.runs() if run["pages"]["seen"]] or None, 60, "progress")[0]
    assert (seen["trigger"], seen["spaces"]["total"] > 0) == ("first", True)
    first = site.finished(1)
    assert (first["status"], first["pages"]["failed"], first["failure"]) == ("completed", 0, None)
    pages = site.pages()
    assert len(pages) == first["pages"]["new"] > PAGES
    assert len(site.objects()) == 2 * len(pages), "each with its metadata beside it"
    assert [page["title"].casefold() for page in pages] == sorted(page["title"].casefold() for page in pages)

    one = next(page for page in pages if page["space_key"] == "GEN1" and page["labels"])
    assert one in site.pages(q=one["title"][3:].upper(), space="GEN1")
    read = site.admin.get(f"{site.path}/corpus/pages/{one['id']}")
    assert read["markdown"].startswith("---\n")
    assert read["trust"] == "untrusted"

    changes, since = site.changes()
    assert {change["page_id"] for change in changes} == {page["id"] for page in pages}
    simulator(own, f"pages/{one['id']}/edit", title="Renamed by a person", storage="<p>Written anew</p>")
    gone = next(page for page in pages if page["space_key"] == "SHOP" and page["parent_id"])
    simulator(own, f"pages/{gone['id']}/trash")
    running = site.trigger()
    assert running["trigger"] == "manual"
    second = site.finished(2)
    assert second["pages"] == {"seen": 1, "new": 0, "changed": 1, "unchanged": 0, "removed": 0, "failed": 0}
    assert second["requests"] <= 3
    assert "Written anew" in site.admin.get(f"{site.path}/corpus/pages/{one['id']}")["markdown"]

    site.trigger(accept_removals=True)  # a walk, which a day brings as well
    assert site.finished(3)["pages"]["removed"] == 1
    assert site.admin.call("GET", f"{site.path}/corpus/pages/{gone['id']}").status_code == 404
    since_then, _ = site.changes(since)
    assert [(change["kind"], change["page_id"]) for change in since_then] == [
        ("changed", one["id"]),
        ("removed", gone["id"]),
    ]
    simulator(own, f"pages/{gone['id']}/restore")


def test_an_unchanged_site_costs_a_request_and_writes_nothing(connect: Connect, workspace: str) -> None:
    site = connect(workspace)
    site.finished(1)
    objects, rows, feed = site.objects(), site.rows(), site.changes()
    site.trigger()
    run = site.finished(2)
    assert (run["requests"], run["points"] <= 25, run["status"]) == (1, True, "completed")
    assert (site.objects(), site.rows(), site.changes()[0]) == (objects, rows, feed[0])


def test_what_is_due_is_begun_by_the_dispatcher(own: Stack, connect: Connect, workspace: str) -> None:
    site = connect(workspace)
    site.finished(1)
    make_due(site)
    assert dispatch(own)["syncs"] >= 1
    assert site.finished(2)["trigger"] == "schedule"
    assert the_sync(site)["next_run_at"]["S"] > time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def test_the_schedule_itself_starts_the_dispatcher(connect: Connect, workspace: str) -> None:
    """Nobody calls it here: within its minute, and the ten seconds in which the embedded Scheduler looks."""
    site = connect(workspace)
    site.finished(1)
    make_due(site)
    until(lambda: len(site.runs()) == 2 or None, 90, "a run of the schedule's")
    assert site.finished(2)["trigger"] == "schedule"


def test_a_cancelled_run_ends_and_what_it_wrote_stays(connect: Connect, workspace: str) -> None:
    site = connect(workspace)
    run_id = site.runs()[0]["id"]
    site.admin.post(f"{site.path}/sync/runs/{run_id}/cancel")
    assert site.finished(1)["status"] == "cancelled"
    kept = len(site.followed())
    site.trigger()
    assert site.finished(2)["status"] == "completed"
    assert kept <= len(site.pages()) == len(site.followed())


def test_C2_C3_a_disconnect_takes_the_corpus_along(connect: Connect, workspace: str) -> None:
    during, site = connect(f"{workspace}-2"), connect(workspace)
    assert during.admin.call("DELETE", during.path).is_success  # its first run is at work, or about to be
    site.finished(1)
    assert site.objects()
    assert site.rows()
    assert site.admin.call("DELETE", site.path).is_success
    for each in (during, site):
        until(lambda each=each: not (each.names() or each.rows() or the_sync(each)) or None, 120, "all gone")
        assert each.admin.call("GET", f"{each.path}/corpus/pages").json()["code"] == "sync_not_set_up"


def test_J1_J9_a_poison_message_keeps_nobody_and_is_parked_after_five_receives(
    own: Stack, connect: Connect, workspace: str
) -> None:
    site, sqs = connect(workspace), own.aws("sqs")
    site.finished(1)
    work, parked = own.resources["WorkQueue"], own.resources["WorkDeadLetters"]
    sqs.set_queue_attributes(QueueUrl=work, Attributes={"VisibilityTimeout": "6"})  # five receives within the test
    poison = json.dumps({"v": 9, "task": "sync"})
    done = json.dumps(
        {"v": 1, "task": "sync", "workspace": workspace, "connection_id": site.connection_id}
        | {"id": site.runs()[0]["id"], "turn": 1}
    )
    sqs.send_message_batch(
        QueueUrl=work,
        Entries=[{"Id": str(place), "MessageBody": poison if place == 4 else done} for place in range(10)],
    )
    site.trigger()
    assert site.finished(2)["status"] == "completed", "the good ones are not kept"

    def lies_there() -> list[Any] | None:
        return sqs.receive_message(QueueUrl=parked, AttributeNames=["All"]).get("Messages")

    message = until(lies_there, 90, "the poison in the dead-letter queue")[0]
    assert message["Body"] == poison
    left = sqs.get_queue_attributes(QueueUrl=work, AttributeNames=["All"])["Attributes"]
    assert left["ApproximateNumberOfMessages"] == left["ApproximateNumberOfMessagesNotVisible"] == "0"
    sqs.delete_message(QueueUrl=parked, ReceiptHandle=message["ReceiptHandle"])

    before = site.objects(), site.rows(), site.changes()[0], site.runs()
    sqs.send_message(QueueUrl=work, MessageBody=done)  # what a redrive does, of a turn that is long over
    until(lambda: "sync_message_stale" in own.log("SyncWorkerFunction") or None, 30, "the repeat seen")
    assert (site.objects(), site.rows(), site.changes()[0], site.runs()) == before
