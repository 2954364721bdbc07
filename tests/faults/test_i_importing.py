"""I1–I3, I5: imports asked for twice, at once, killed half-way, and pages that change meanwhile."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_lambda_powertools.utilities.idempotency.persistence import base, datarecord, dynamodb

from confluence_connector.domain.identifiers import MemberId, WorkspaceId
from confluence_connector.domain.people import Principal
from confluence_connector.errors import IdempotencyKeyReused, InProgress
from confluence_connector.ports.idempotency import Request
from confluence_connector.services.importing.import_pages import FeatureWanted, PageWanted
from tests.aws import Fault
from tests.connecting import ADMIN, ANN, BOB, World
from tests.importing import PRD, Desk

PAGE = "GET /wiki/api/v2/pages/{id}"


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk.of(world)


class Killed(BaseException):
    """The process ends here: nothing is caught, nothing is cleaned up."""


# ── once ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_I1_the_same_request_twice_makes_one_feature(desk: Desk) -> None:
    first = desk.ask(desk.body(), key="k-1")
    items, asked = desk.items(), desk.world.simulator.by_endpoint[PAGE]
    again = desk.ask(desk.body(), key="k-1")
    assert (first.status, again.status) == (201, 201)
    assert again.json() == first.json()
    assert desk.items() == items
    assert desk.world.simulator.by_endpoint[PAGE] == asked


def test_I1_order_and_blanks_of_the_json_do_not_make_another_request(desk: Desk) -> None:
    first = desk.ask(desk.body(), key="k-1").json()
    assert desk.ask(dict(reversed(desk.body().items())), key="k-1").json()["id"] == first["id"]


def test_I1_another_key_caller_or_workspace_is_another_request(world: World) -> None:
    desk = Desk(world, world.connect(ADMIN, owner="workspace")["id"])
    made = [desk.ask(desk.body(), key="k-1", person=person).json()["id"] for person in (ANN, BOB, ADMIN)]
    made.append(desk.ask(desk.body(), key="k-2").json()["id"])
    assert len(set(made)) == 4


def test_I1_while_the_first_is_under_way_the_second_is_told_to_wait(desk: Desk) -> None:
    idempotency, deadline = desk.world.runtime.importing.idempotency, _Left()
    request = Request("acme", "ann", "POST /features", "k-1", {"a": 1})  # type: ignore[arg-type]

    def meanwhile(_: str) -> str:
        with pytest.raises(InProgress) as told:
            idempotency.once(request, lambda _: "never", deadline)
        assert told.value.retry_after
        return "ftr_1"

    assert idempotency.once(request, meanwhile, deadline) == "ftr_1"
    assert idempotency.once(request, lambda _: "never", deadline) == "ftr_1"


@pytest.mark.parametrize("effect", [False, True], ids=["before the effect", "after the effect"])
def test_I1_killed_half_way_the_repeat_makes_one_feature(desk: Desk, effect: bool) -> None:
    """Before the transaction nothing is there; after it everything is, and the claim says so to the repeat."""

    def die(call: Callable[[], Any]) -> Any:
        if effect:
            call()
        raise Killed

    importing = desk.world.runtime.importing
    ann = Principal(MemberId("ann"), WorkspaceId("acme"), frozenset(), frozenset())
    prd = PageWanted(desk.connection_id, desk.page(PRD)["page_id"], "copy")
    request = Request(ann.workspace, ann.sub, "POST /features", "k-1", {"a": 1})

    def create() -> str:
        return importing.idempotency.once(
            request,
            lambda name: importing.importer.create(
                ann, FeatureWanted("Carts", "", prd), request=name, deadline=_Left()
            ),
            _Left(),
        )

    desk.world.aws.faults.append(Fault("dynamodb", "TransactWriteItems", 1, die))
    with pytest.raises(Killed):
        create()
    assert any(key.startswith("FEATURE#") for key in desk.items()) is effect
    with pytest.raises(InProgress):  # nobody can tell yet that it is dead
        create()
    _let_the_record_of_a_dead_function_lapse(desk)
    made = create()
    assert [key for key in desk.items() if key.startswith("FEATURE#")] == [f"FEATURE#{made}"]
    assert len([key for key in desk.items() if key.startswith("DOCUMENT#")]) == 2
    assert create() == made


def test_I1_a_transaction_whose_answer_was_lost_counts_once(desk: Desk) -> None:
    desk.world.aws.lose_answer("dynamodb", "TransactWriteItems")
    answer = desk.ask(desk.body(), key="k-1")
    assert answer.status == 201
    assert [key for key in desk.items() if key.startswith("FEATURE#")] == [f"FEATURE#{answer.json()['id']}"]


def test_I1_a_failed_import_can_be_repeated_with_its_key(desk: Desk) -> None:
    desk.world.simulator.script(PAGE, times=1, status=500)
    failed = desk.ask(desk.body(), key="k-1")
    assert (failed.status, failed.code) == (503, "confluence_unavailable")
    assert desk.ask(desk.body(), key="k-1").status == 201


def test_I1_after_a_day_the_key_is_free(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first = desk.ask(desk.body(), key="k-1").json()["id"]
    for seconds, same in ((86_390, True), (86_410, False)):
        _powertools_at(monkeypatch, seconds)
        desk.world.clock.at = datetime(2026, 11, 22, 9, 0, tzinfo=UTC) + timedelta(seconds=seconds)
        assert (desk.ask(desk.body("link"), key="k-1").code == "idempotency_key_reused") is same
    assert desk.ask(desk.body(), key="k-1").status == 422  # the key is the second request's by now
    assert len(desk.world.api.ok(ANN, "GET", "/features")["items"]) == 2
    assert first


def test_I2_the_same_key_with_another_body_is_refused(desk: Desk) -> None:
    desk.ask(desk.body(), key="k-1")
    items = desk.items()
    for change in ({"name": "Other"}, {"folder": ""}, {"default_mode": "link"}, {"trd": desk.page("TRD: Saved carts")}):
        answer = desk.ask(desk.body() | change, key="k-1")
        assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    assert desk.items() == items


def test_I2_the_port_says_so_too(desk: Desk) -> None:
    idempotency = desk.world.runtime.importing.idempotency
    idempotency.once(Request("acme", "ann", "r", "k", {"a": 1}), lambda _: "x", _Left())  # type: ignore[arg-type]
    with pytest.raises(IdempotencyKeyReused):
        idempotency.once(Request("acme", "ann", "r", "k", {"a": 2}), lambda _: "x", _Left())  # type: ignore[arg-type]


def test_I3_a_missing_blank_or_unfit_key_is_refused(desk: Desk) -> None:
    missing = desk.world.api.call(ANN, "POST", "/features", json_body=desk.body())
    assert (missing.status, missing.code) == (400, "idempotency_key_required")
    for key in ("", " ", "\t", "k" * 129, "schlüssel", "k\x00", "k\x7f"):
        answer = desk.ask(desk.body(), key=key)
        assert (answer.status, answer.code) == (400, "idempotency_key_required"), repr(key)
    assert desk.items() == []


def test_records_hold_hashes_a_status_and_an_id(desk: Desk) -> None:
    made = desk.ask(desk.body(), key="the-callers-own-key").json()
    (record,) = [item for item in desk.world.aws.items() if item["sk"]["S"].startswith("IDEMPOTENCY#")]
    assert set(record) == {"pk", "sk", "expires_at", "in_progress_expiration", "status", "data", "validation"}
    assert re.fullmatch(r"IDEMPOTENCY#[0-9a-f]{64}", record["sk"]["S"])
    assert record["data"]["S"] == f'{{"id": "{made["id"]}"}}'
    assert record["pk"]["S"] == "WS#acme"
    assert abs(int(record["expires_at"]["N"]) - datetime.now(UTC).timestamp() - 86_400) < 60
    every = repr(desk.world.aws.items())
    assert "the-callers-own-key" not in every


# ── one version ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_I5_body_and_version_are_of_one_answer(desk: Desk) -> None:
    """The page is edited between any two calls of ours; what is stored is one version, whichever."""
    wanted, editor = desk.page(PRD), desk.world.simulator.editor()
    page_id = wanted["page_id"]
    transport = desk.world.simulator.handle
    edits = {"done": 0}

    def edited_after_each_call(request: Any) -> Any:
        reply = transport(request)
        if f"/pages/{page_id}" in request.path:
            edits["done"] += 1
            editor.edit(
                page_id, desk.world.clock(), storage=f"<p>text {edits['done']}</p>", title=f"Title {edits['done']}"
            )
        return reply

    editor.edit(page_id, desk.world.clock(), storage="<p>text 0</p>", title="Title 0")
    desk.world.runtime.http_client._transport._handle = edited_after_each_call  # type: ignore[attr-defined]
    before = desk.world.simulator.sites[next(iter(desk.world.simulator.sites))].content[page_id].version.number
    body = {"name": "Carts", "default_mode": "copy", "prd": wanted}
    prd = desk.ask(body).json()["documents"][0]
    assert desk.text(prd["id"]).strip() == "text 0"
    assert (prd["source"]["version"], prd["source"]["title"]) == (before, "Title 0")
    assert edits["done"] == 1


# ── the clock of powertools ─────────────────────────────────────────────────────────────────────────────────────────


class _Left:
    def remaining_seconds(self) -> float:
        return 20


def _powertools_at(monkeypatch: pytest.MonkeyPatch, seconds_from_now: float) -> None:
    """Its records are dated by the machine's clock; here it is moved."""

    class Moved(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(seconds=seconds_from_now)

    class Module:
        datetime = Moved
        timedelta = timedelta

    for module in (base, datarecord, dynamodb):
        monkeypatch.setattr(module, "dt", Module)


def _let_the_record_of_a_dead_function_lapse(desk: Desk) -> None:
    """As if the dead invocation's time-out had passed."""
    for item in desk.world.aws.items():
        if item["sk"]["S"].startswith("IDEMPOTENCY#"):
            item["in_progress_expiration"] = {"N": "1"}
            desk.world.aws.dynamodb.put_item(TableName=desk.world.aws.settings.state_table, Item=item)
