"""Fault case C5: a whole workspace is deleted. Verified by scan, killed on its way, and while others are at work."""

from itertools import count
from typing import Any

import pytest

from confluence_connector.domain.corpus import CoveredSpace
from confluence_connector.domain.identifiers import ConnectionId, CorpusId, PageId, SpaceId
from confluence_connector.limits import TURN_STALLED_SECONDS
from confluence_connector.ports.corpus import CorpusScope
from tests.aws import started
from tests.conftest import MovableClock
from tests.connecting import World
from tests.http import Person
from tests.workspaces import HEAD, MIA, NEXT_DOOR, House, Street

SHORT = 0.0
"""So short an invocation takes one step."""
EVERY_OTHER = 5
"""Of an erasure's writes; each of them was tried when this was written."""


@pytest.fixture(scope="module")
def street() -> Street:
    with started() as aws:
        return Street.built(World.over(aws, MovableClock()))


@pytest.fixture
def house(world: World, street: Street) -> House:
    world.aws.s3.put_bucket_versioning(
        Bucket=world.aws.settings.content_bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    return street.put_back(world)


def left(job: Any) -> list[str]:
    """What may be left of a workspace that was erased."""
    return [f"WS#hearth / WORKSPACEJOB#{job['id']}"]


def until_quiet(house: House) -> Any:
    """Its job, with the first half done: what is left waits for whoever is still at work."""
    job = house.erase()
    while house.job(job["id"])["stage"] != "quiet":
        house.turn(SHORT)
    house.turn(SHORT)
    return job


def test_C5_nothing_of_the_workspace_is_left(world: World, street: Street, house: House) -> None:
    neighbours = street.of(world, street.neighbours)
    theirs = neighbours.traces()
    assert len(house.traces()) > 80, "there was something to erase"
    job = house.erase()
    assert (job["kind"], job["status"], job["stage"]) == ("erasure", "queued", "grants")
    world.aws.calls.clear()
    house.drain()
    assert house.traces() == left(job)
    assert neighbours.traces() == theirs
    done = house.job(job["id"])
    assert (done["status"], done["stage"], done["failure"]) == ("completed", None, None)
    assert done["erased"]["connections"] == 4
    (told,) = world.aws.published("WorkspaceErased")
    assert told == {"workspace": "hearth", "job_id": job["id"]} | {
        name: str(number) for name, number in done["erased"].items()
    }
    (item,) = [each for each in world.aws.items() if each["pk"]["S"] == "WS#hearth"]
    assert "mia" not in repr(item)
    assert "head" not in repr(item)


# ── while others are at work ────────────────────────────────────────────────────────────────────────────────────────


def test_C5_from_the_first_turn_on_nothing_is_called_and_nothing_begins(world: World, house: House) -> None:
    job = until_quiet(house)
    world.simulator.reset_requests()
    assert not any("hearth" in name for name in world.aws.secret_names())
    own = house.ids["own"]
    for person, method, path, body, refusal in (
        (MIA, "GET", f"/connections/{own}/spaces", None, "reconnect_required"),
        (MIA, "POST", "/connections", {"owner": "user", "purposes": ["link"]}, "workspace_being_erased"),
        (MIA, "POST", f"/connections/{own}/reconnect", {}, "workspace_being_erased"),
        (MIA, "GET", f"/documents/{house.ids['copy']}/content", None, "not_found"),
        (MIA, "GET", f"/documents/{house.ids['link']}/content", None, "not_found"),
        (HEAD, "POST", "/workspace/export", None, "workspace_busy"),
    ):
        answer = world.api.call(person, method, path, json_body=body)
        assert answer.code == refusal, f"{method} {path}: {answer.text}"
    assert house.call("GET", "/wiki/api/v2/spaces") == 401
    assert world.simulator.by_endpoint == {}
    assert house.erase()["id"] == job["id"], "asked for again, it is the same job"


def test_C5_what_somebody_was_writing_goes_too(world: World, house: House) -> None:
    """Invocations that had begun before write on for a while: State, corpus, cache, both buckets."""
    settings, aws = world.aws.settings, world.aws
    connection_id, corpus_id = ConnectionId(house.ids["connection"]), CorpusId(world.runtime.new_id("cor"))
    job = until_quiet(house)
    scope = CorpusScope(house.workspace, connection_id, corpus_id)
    world.runtime.syncing.index.put_spaces(scope, [CoveredSpace(SpaceId("1"), "DOC", "Docs", "global", covered=True)])
    world.runtime.syncing.objects.put(scope, PageId("4711"), b"# text", b"{}")
    aws.s3.put_object(Bucket=settings.content_bucket, Key=f"copies/hearth/{house.ids['copy']}/9-late", Body=b"text")
    aws.s3.put_object(Bucket=settings.transient_bucket, Key="handovers/hearth/x/9-late", Body=b"text")
    late = {"pk": {"S": f"WS#hearth#CONN#{connection_id}#G7"}, "sk": {"S": "CHUNK#4711#late#00"}}
    aws.dynamodb.put_item(TableName=settings.cache_table, Item=late)
    aws.dynamodb.put_item(TableName=settings.state_table, Item={"pk": {"S": "WS#hearth"}, "sk": {"S": "FEATURE#late"}})
    house.drain()
    assert house.traces() == left(job)


def test_C5_a_grant_that_somebody_was_storing_goes_with_its_secret(world: World, street: Street, house: House) -> None:
    """A callback that had begun before writes the connection and its secret when all others are gone."""
    job = until_quiet(house)
    own = house.ids["own"]
    (late,) = [item for item in street.items["state"] if item["sk"]["S"] == f"CONNECTION#{own}"]
    world.aws.dynamodb.put_item(TableName=world.aws.settings.state_table, Item=late)
    for name in [name for name in street.secrets if own in name]:
        world.aws.secrets.create_secret(Name=name, SecretString="{}")
    assert any(own in name for name in world.aws.secret_names())
    house.drain()
    assert house.traces() == left(job)


def test_C5_a_workspace_that_is_used_again_starts_empty(world: World, house: House) -> None:
    house.erase()
    house.drain()
    for person, path in ((MIA, "/connections"), (MIA, "/features"), (HEAD, "/agents"), (HEAD, "/approvals")):
        assert world.api.ok(person, "GET", path)["items"] == []
    assert world.connect(MIA, "grace")["status"] == "connected"
    assert house.erase()["status"] == "queued", "and can be erased again"


# ── crashes and outages ─────────────────────────────────────────────────────────────────────────────────────────────


def test_C5_killed_on_its_way_it_comes_to_the_same_end(world: World, street: Street, house: House) -> None:
    for write in count(1, EVERY_OTHER):
        job = house.erase()
        was_killed = house.dies_after(write)
        house.get_through()
        assert house.job(job["id"])["status"] == "completed", f"killed after write {write}"
        assert house.traces() == left(job), f"killed after write {write}"
        if not was_killed:
            break
        house = street.put_back(world.restarted())
        house.drain()
    assert write > 40, "so many writes it takes"


def test_C5_a_lost_message_is_sent_again(world: World, house: House) -> None:
    job = house.erase()
    house.queue.sent.clear()
    world.clock.move(seconds=TURN_STALLED_SECONDS)
    assert world.runtime.connecting.workspaces.starter.send_again() == 1
    house.drain()
    assert house.traces() == left(job)


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("secretsmanager", "DeleteSecret"),
        ("s3", "DeleteObject"),
        ("s3", "ListObjectVersions"),
        ("dynamodb", "BatchWriteItem"),
        ("dynamodb", "Scan"),
        ("events", "PutEvents"),
    ],
)
def test_C5_an_outage_is_waited_out(world: World, house: House, service: str, operation: str) -> None:
    job = house.erase()
    world.aws.fail(service, operation, "ServiceUnavailable", times=3)
    house.drain()
    assert house.job(job["id"])["status"] == "completed"
    assert house.traces() == left(job)


# ── who may ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_C5_only_an_admin_and_under_no_other_workspaces_name(world: World) -> None:
    world.connect(Person("mia", workspace="hearth"))
    before = world.state_of()
    for person, body, code in (
        (MIA, {"confirm": "hearth"}, "forbidden"),
        (HEAD, {"confirm": "lodge"}, "validation_failed"),
        (HEAD, {"confirm": True}, "validation_failed"),
        (HEAD, {}, "validation_failed"),
        (MIA, None, "forbidden"),
        (NEXT_DOOR, {"confirm": "hearth"}, "validation_failed"),
    ):
        assert world.api.call(person, "DELETE", "/workspace", json_body=body).code == code
    assert world.state_of() == before
    assert world.api.call(MIA, "POST", "/workspace/export").code == "forbidden"


@pytest.mark.parametrize("body", [None, {"confirm": "hearth"}], ids=["bare", "by name"])
def test_C5_a_job_is_shown_to_its_workspaces_admins(world: World, body: dict[str, str] | None) -> None:
    started = world.api.call(HEAD, "DELETE", "/workspace", json_body=body)
    job = started.json()
    assert (started.status, job["kind"]) == (202, "erasure")
    path = f"/workspace/jobs/{job['id']}"
    assert world.api.ok(HEAD, "GET", path)["id"] == job["id"]
    assert world.api.call(MIA, "GET", path).status == 403
    assert world.api.call(NEXT_DOOR, "GET", path).status == 404
