"""What the simulator does with what was written: respelled as Confluence does it, and kept over a restart."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.simulator import create_simulator
from local.simulator.storage_normaliser import MalformedStorage, normalised
from tests.conftest import MovableClock
from tests.contract.simulator_caller import WRITING, Caller, new_caller
from tests.contract.test_simulator_uploads import upload

V2, V1 = "/wiki/api/v2", "/wiki/rest/api"


def respelled(storage: str) -> str:
    return normalised(storage, random.Random(1))


def test_ids_and_spaces_are_added_outside_of_cdata_only() -> None:
    code = "<ac:plain-text-body><![CDATA[<p><br/>&nbsp;&what;</p>]]></ac:plain-text-body>"
    macro = f'<ac:structured-macro ac:name="code">{code}</ac:structured-macro>'
    written = (
        f'{macro}<p title="a>b">x<br/>&nbsp;&rsquo;</p><!-- <br/> --><ac:link><ri:user ri:account-id="1"/></ac:link>'
    )
    kept = respelled(written)
    assert code in kept
    assert 'ac:name="code" ac:schema-version="1" ac:macro-id="' in kept
    assert '<p title="a>b" local-id="' in kept
    assert "<br />&nbsp;&rsquo;</p><!-- <br/> -->" in kept
    assert '<ri:user ri:account-id="1" ri:local-id="' in kept
    assert kept.count("-id=") == 4


def test_what_has_been_read_goes_back_as_it_is(spec: Path) -> None:
    bodies = sorted((spec / "pages" / "real").rglob("*.xhtml"))
    assert len(bodies) >= 8
    for body in bodies:
        kept = respelled(body.read_text(encoding="utf-8"))
        assert normalised(kept, random.Random(2)) == kept


@pytest.mark.parametrize(
    "storage",
    [
        "<p>",
        "<p></b>",
        "a & b",
        "&nosuch;",
        "<x:y/>",
        "</root><root>",
        "\x01",
        "<!DOCTYPE a><p/>",
        "\ud800",
        "<p a=b/>",
    ],
)
def test_malformed_bodies_are_refused_without_their_text(storage: str) -> None:
    with pytest.raises(MalformedStorage, match="Error parsing xhtml") as refused:
        respelled(storage)
    assert "nosuch" not in str(refused.value)


@given(st.text())
def test_any_text_is_kept_or_refused(text: str) -> None:
    try:
        kept = respelled(text)
    except MalformedStorage:
        return
    assert normalised(kept, random.Random(2)) == kept


def write(caller: Caller, value: str) -> str:
    body = {"representation": "storage", "value": value}
    page = {"spaceId": caller.space_id("SHOP"), "title": "Written", "body": body}
    answer = caller.send("POST", f"{V2}/pages", page)
    assert answer.status_code == 200, answer.text
    found = caller.get(f"{V2}/pages/{answer.json()['id']}", body_format="storage").json()["body"]["storage"]["value"]
    assert answer.json()["body"]["storage"]["value"] == found
    return str(found)


def test_the_same_seed_makes_the_same_ids_and_a_switch_makes_none(clock: MovableClock) -> None:
    callers = [new_caller(clock).consent(WRITING) for _ in range(3)]
    callers[2].simulator.behaviour.normalises_storage = False
    first, second, third = (write(caller, "<p>a<br/></p>") for caller in callers)
    assert first == second
    assert "local-id" in first
    assert third == "<p>a<br/></p>"


def test_a_malformed_body_is_a_400_with_the_switch_off_too(clock: MovableClock) -> None:
    caller = new_caller(clock).consent(WRITING)
    page = {"spaceId": caller.space_id("SHOP"), "title": "Bad", "body": {"representation": "storage", "value": "<p>"}}
    for switch in (True, False):
        caller.simulator.behaviour.normalises_storage = switch
        answer = caller.send("POST", f"{V2}/pages", page)
        assert (answer.status_code, answer.json()["errors"][0]["title"][:19]) == (400, "Error parsing xhtml")
    assert caller.get(f"{V2}/pages", title="Bad").json()["results"] == []


def started(clock: MovableClock, state: Path, tokens: dict[str, Any] | None = None) -> Caller:
    caller = Caller(clock, create_simulator(clock=clock, seed=7, sleep=clock.sleep, state=state))
    if tokens is None:
        return caller.consent(WRITING)
    caller.tokens = tokens
    return caller


def test_writes_survive_a_restart(clock: MovableClock, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    first = started(clock, state)
    page, other = first.page("PRD: Gift cards"), first.page("Decisions")["id"]
    path = f"{V2}/pages/{page['id']}"
    storage = {"representation": "storage", "value": "<p>Kept.</p>"}
    whole = {"id": page["id"], "status": "current", "title": "Kept", "body": storage, "version": {"number": 2}}
    first.send("PUT", path, whole)
    comment = first.send("POST", f"{V2}/footer-comments", {"pageId": page["id"], "body": storage}).json()["id"]
    first.send("POST", f"{path}/properties", {"key": "ticket", "value": [1]})
    first.send("POST", f"{V1}/content/{page['id']}/label", {"prefix": "global", "name": "kept"})
    made = [upload(first, page["id"], (f"{n}.bin", bytes(range(256)))).json()["results"][0]["id"] for n in range(3)]
    first.send("DELETE", f"{V2}/attachments/{made[1]}")
    for more in ({}, {"purge": "true"}):
        first.send("DELETE", f"{V2}/attachments/{made[2]}", **more)
        first.send("DELETE", f"{V2}/pages/{other}", **more)
    new = {"spaceId": page["spaceId"], "title": "New", "status": "draft"}
    draft = first.send("POST", f"{V2}/pages", new, private="true").json()["id"]
    first.simulator.editor().lock(page["id"], [])
    task = first.send("DELETE", f"{V1}/space/ENG").json()["id"]

    again = started(clock, state, first.tokens)
    now = again.get(path, body_format="storage").json()
    assert (now["title"], now["version"]["number"]) == ("Kept", 2)
    assert now["body"]["storage"]["value"].endswith(">Kept.</p>")
    assert [row["id"] for row in again.walk(f"{path}/footer-comments")] == [comment]
    assert [row["value"] for row in again.walk(f"{path}/properties")] == [[1]]
    assert "kept" in [row["name"] for row in again.walk(f"{path}/labels")]
    assert [row["id"] for row in again.walk(f"{path}/attachments", status="trashed")] == [made[1]]
    redirect = again.get(f"{V1}/content/{page['id']}/child/attachment/{made[0]}/download").headers["location"]
    assert again.http.get(redirect).content == bytes(range(256))
    assert again.get(f"{V2}/attachments/{made[2]}").status_code == 404
    assert again.get(f"{V2}/pages/{other}").status_code == 404
    assert again.get(f"{V2}/pages/{draft}", get_draft="true").status_code == 200
    assert again.send("PUT", path, whole | {"version": {"number": 3}}).status_code == 403
    assert again.get(f"{V1}/longtask/{task}").status_code == 200
    assert again.get(f"{V2}/spaces", keys="ENG").json()["results"] == []
    fresh = again.send("POST", f"{V2}/pages", {"spaceId": page["spaceId"], "title": "Fresh"}).json()["id"]
    assert int(fresh) > int(task), "ids go on where they were"
