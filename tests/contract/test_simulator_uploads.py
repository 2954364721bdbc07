"""Labels and files written through the simulator: v1's forms, their traps, and v2's deletion."""

import random
from typing import Any

import httpx
import pytest

from local.simulator.accounts import ACME
from tests.conftest import MovableClock
from tests.contract.simulator_caller import API, WRITING, Caller, new_caller

V2, V1 = "/wiki/api/v2", "/wiki/rest/api"


@pytest.fixture
def caller(clock: MovableClock) -> Caller:
    return new_caller(clock).consent(WRITING)


@pytest.fixture
def page(caller: Caller) -> str:
    return str(caller.page("PRD: Gift cards")["id"])


def upload(
    caller: Caller,
    page: str,
    *files: tuple[Any, ...],
    method: str = "POST",
    more: str = "",
    fields: dict[str, Any] | None = None,
    token: str = "no-check",
) -> httpx.Response:
    form = [("file", each) for each in files] + [(name, (None, *value)) for name, value in (fields or {}).items()]
    return caller.http.request(
        method,
        f"{API}/ex/confluence/{ACME}{V1}/content/{page}/child/attachment{more}",
        files=form,
        headers=caller.headers | ({"X-Atlassian-Token": token} if token else {}),
    )


def labels(caller: Caller, page: str) -> list[str]:
    return [row["name"] for row in caller.walk(f"{V2}/pages/{page}/labels")]


def content_of(caller: Caller, page: str, attachment: str) -> bytes:
    redirect = caller.get(f"{V1}/content/{page}/child/attachment/{attachment}/download")
    return caller.http.get(redirect.headers["location"]).content


def test_labels_are_added_to_those_that_are_there(caller: Caller, page: str) -> None:
    before, path = labels(caller, page), f"{V1}/content/{page}/label"
    body = [{"prefix": "global", "name": "Reviewed"}, {"prefix": "global", "name": "a/b"}]
    answer = caller.send("POST", path, body)
    assert (answer.status_code, answer.json()["size"]) == (200, len(before) + 2)
    assert labels(caller, page) == sorted([*before, "a/b", "reviewed"])
    assert caller.send("POST", path, body).json()["size"] == len(before) + 2, "again changes nothing"
    assert caller.send("DELETE", f"{path}/a%2Fb").status_code == 400
    assert caller.send("DELETE", path, name="a/b").status_code == 204
    assert caller.send("DELETE", f"{path}/reviewed").status_code == 204
    assert labels(caller, page) == sorted(before)
    assert caller.get(f"{V2}/pages/{page}").json()["version"]["number"] == 1, "labels make no version"
    assert caller.violations() == []


@pytest.mark.parametrize("name", ["two words", "", "x" * 256, "a,b", "a?"])
def test_what_no_label_may_be(caller: Caller, page: str, name: str) -> None:
    before = labels(caller, page)
    good, bad = {"prefix": "global", "name": "good"}, {"prefix": "global", "name": name}
    assert caller.send("POST", f"{V1}/content/{page}/label", [good, bad]).status_code == 400
    assert caller.send("POST", f"{V1}/content/{page}/label", []).status_code == 400
    assert labels(caller, page) == before, "refused as a whole"


def test_labels_need_the_right_to_edit(caller: Caller, page: str) -> None:
    path, body = f"{V1}/content/{page}/label", {"prefix": "global", "name": "x"}
    assert caller.send("POST", f"{V1}/content/1/label", body).status_code == 404
    editor = caller.simulator.editor()
    editor.archive(page)
    assert caller.send("DELETE", path, name="x").status_code == 400, "not from archived pages"
    editor.restore(page)
    editor.lock(page, [])
    assert caller.send("POST", path, body).status_code == 403
    assert caller.send("DELETE", path, name="x").status_code == 403
    assert caller.send("DELETE", f"{path}/x").status_code == 403


def test_label_scopes_either_set(caller: Caller, page: str) -> None:
    path, body = f"{V1}/content/{page}/label", {"prefix": "global", "name": "x"}
    for scopes, status in (
        ("write:label:confluence", 401),
        ("read:label:confluence write:label:confluence", 200),
        ("write:confluence-content", 200),
    ):
        assert caller.consent(scopes).send("POST", path, body).status_code == status, scopes


def test_a_file_goes_up_and_comes_down_again(caller: Caller, page: str) -> None:
    body = random.Random(3).randbytes(20_000) + b"\r\n--x\r\n\r\n\n"
    answer = upload(caller, page, ("Pläne 1.bin", body), fields={"minorEdit": ("true",)})
    assert answer.status_code == 200, answer.text
    made = answer.json()["results"][0]
    assert (made["title"], made["extensions"]["fileSize"]) == ("Pläne 1.bin", len(body))
    assert content_of(caller, page, made["id"]) == body
    row = caller.get(f"{V2}/attachments/{made['id'].removeprefix('att')}").json()
    assert (row["title"], row["pageId"], row["version"]["number"]) == ("Pläne 1.bin", page, 1)
    assert caller.violations() == []


def test_a_name_is_there_once_and_put_makes_versions(caller: Caller, page: str) -> None:
    first = upload(caller, page, ("a.txt", b"one", "text/plain")).json()["results"][0]["id"]
    again = upload(caller, page, ("b.txt", b"x"), ("a.txt", b"two"))
    assert again.status_code == 400
    assert again.json()["message"].endswith("same file name as an existing attachment: a.txt")
    assert [row["title"] for row in caller.walk(f"{V2}/pages/{page}/attachments", filename="b.txt")] == []
    assert upload(caller, page, ("c.txt", b"x"), ("c.txt", b"y")).status_code == 400, "twice in one form"
    created = caller.get(f"{V2}/attachments/{first}").json()["createdAt"]
    caller.clock.move(seconds=60)
    second = upload(caller, page, ("a.txt", b"two"), method="PUT").json()["results"][0]
    caller.clock.move(seconds=-30)
    upload(caller, page, ("between.txt", b"x"))
    for field, names in (("created", ["a.txt", "between.txt"]), ("modified", ["between.txt", "a.txt"])):
        rows = caller.walk(f"{V2}/pages/{page}/attachments", sort=f"{field}-date", limit=1)
        assert [row["title"] for row in rows][-2:] == names, field
    row = caller.get(f"{V2}/attachments/{first}").json()
    assert row["createdAt"] == created
    assert row["version"]["createdAt"] > created
    assert (second["id"], second["version"]["number"]) == (first, 2)
    third = upload(caller, page, ("c.txt", b"three"), more=f"/{first}/data").json()
    assert (third["id"], third["title"], third["version"]["number"]) == (first, "a.txt", 3)
    assert content_of(caller, page, first) == b"three"
    assert upload(caller, page, ("c.txt", b"three"), more="/att1/data").status_code == 404


def test_text_without_a_charset_is_read_as_latin_1(caller: Caller, page: str) -> None:
    said = []
    for name, charset in (("a", "text/plain"), ("b", "text/plain; charset=utf-8")):
        fields = {"comment": ("für alle", charset)}
        made = upload(caller, page, (f"{name}.txt", b"x"), fields=fields).json()["results"][0]
        said.append(made["extensions"]["comment"])
    assert said == ["fÃ¼r alle", "für alle"]


def test_forms_need_the_header_and_the_field(caller: Caller, page: str) -> None:
    assert upload(caller, page, ("a.txt", b"x"), token="").status_code == 403
    assert upload(caller, page, ("a.txt", b"x"), token="nocheck").status_code == 200
    assert upload(caller, page, ("b.txt", b"x"), fields={"name": ("x",)}).status_code == 400
    assert upload(caller, page, fields={"comment": ("x",)}).status_code == 400
    assert caller.send("POST", f"{V1}/content/{page}/child/attachment", {}).status_code == 415
    assert caller.violations() == ["no_xsrf_header", "undocumented_member", "bad_media_type"]


def test_files_need_the_right_to_edit(caller: Caller, page: str) -> None:
    assert upload(caller, "1", ("a.txt", b"x")).status_code == 404
    made = upload(caller, page, ("a.txt", b"x")).json()["results"][0]["id"]
    caller.simulator.editor().lock(page, [])
    assert upload(caller, page, ("b.txt", b"x")).status_code == 403
    assert caller.send("DELETE", f"{V2}/attachments/{made[3:]}").status_code == 403
    caller.simulator.editor().restrict(page, [])
    assert caller.send("DELETE", f"{V2}/attachments/{made[3:]}").status_code == 404
    caller.consent("offline_access read:attachment:confluence")
    assert upload(caller, page, ("b.txt", b"x")).status_code == 401


def test_an_attachment_goes_to_the_trash_and_from_there_for_ever(caller: Caller, page: str) -> None:
    made = upload(caller, page, ("a.txt", b"x")).json()["results"][0]["id"]
    path = f"{V2}/attachments/{made}"
    assert caller.send("DELETE", path, purge="true").status_code == 400
    assert caller.send("DELETE", path).status_code == 204
    listed = f"{V2}/pages/{page}/attachments"
    assert made not in [row["id"] for row in caller.walk(listed)]
    assert [row["id"] for row in caller.walk(listed, status="trashed")] == [made]
    assert caller.send("DELETE", path).status_code == 404
    assert upload(caller, page, ("a.txt", b"y")).status_code == 200, "its name is free again"
    assert caller.send("DELETE", path, purge="true").status_code == 204
    assert caller.get(path).status_code == 404
