"""What hangs on Jira's issues in the simulator: properties, remote links, people."""

from typing import Any
from urllib.parse import quote

import pytest

from local.simulator.accounts import ACCOUNTS
from tests.conftest import MovableClock
from tests.contract.jira_caller import JiraCaller, beside, jira_caller


@pytest.fixture
def alice(clock: MovableClock) -> JiraCaller:
    return jira_caller(clock)


# ── properties and links ──────────────────────────────────────────────────────────────────────────────────────────
def test_properties(alice: JiraCaller) -> None:
    path = f"/issue/WEB-1/properties/{quote('a/b c', safe='')}"
    assert alice.jira("GET", path).status_code == 404
    assert [alice.jira("PUT", path, {"n": each}).status_code for each in (1, 2)] == [201, 200]
    assert alice.asked(path) == {"key": "a/b c", "value": {"n": 2}}
    assert [row["key"] for row in alice.asked("/issue/WEB-1/properties")["keys"]] == ["a/b c"]
    assert alice.jira("PUT", f"/issue/WEB-1/properties/{'k' * 256}", 1).status_code == 400
    assert alice.jira("PUT", "/issue/WEB-1/properties/long", "x" * 32_767).status_code == 400
    assert [alice.jira("DELETE", path).status_code for _ in range(2)] == [204, 404]


def test_a_second_link_of_the_same_global_id_nulls_what_it_leaves_out(alice: JiraCaller) -> None:
    global_id = "appId=a&pageId=7/8"
    link: dict[str, Any] = {
        "globalId": global_id,
        "application": {"type": "com.atlassian.confluence", "name": "Confluence"},
        "relationship": "mentioned in",
        "object": {"url": "https://acme.atlassian.net/wiki/x", "title": "A page", "summary": "Its text"},
    }
    first = alice.jira("POST", "/issue/WEB-1/remotelink", link)
    again = alice.jira("POST", "/issue/WEB-1/remotelink", {"globalId": global_id, "object": link["object"]})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    rows = alice.asked("/issue/WEB-1/remotelink")
    assert [(row["application"], "relationship" in row) for row in rows] == [({}, False)]
    assert alice.asked("/issue/WEB-1/remotelink", globalId=global_id)["object"]["title"] == "A page"
    assert alice.jira("GET", "/issue/WEB-1/remotelink?globalId=none").status_code == 404
    deleted = [alice.jira("DELETE", "/issue/WEB-1/remotelink", globalId=global_id).status_code for _ in range(2)]
    assert deleted == [204, 404]


def test_a_link_needs_a_url_and_a_title(alice: JiraCaller) -> None:
    assert alice.jira("POST", "/issue/WEB-1/remotelink", {"globalId": "g"}).status_code == 400
    for thing in ({"url": "https://x.example"}, {"title": "x"}, {"url": "", "title": "x"}):
        answer = alice.jira("POST", "/issue/WEB-1/remotelink", {"object": thing})
        assert answer.status_code == 400
        assert answer.json()["errors"]


# ── people ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_users_are_found_with_jira_or_without(alice: JiraCaller) -> None:
    nojira, none = ACCOUNTS["nojira"].account_id, ACCOUNTS["none"].account_id
    row = alice.asked("/user", accountId=nojira, expand="applicationRoles")
    assert (row["displayName"], row["applicationRoles"]["size"], "emailAddress" in row) == ("Noël Jirasek", 0, False)
    mine = alice.asked("/myself", expand="applicationRoles")
    assert (mine["emailAddress"], mine["applicationRoles"]["size"]) == ("alice@example.com", 1)
    assert alice.jira("GET", "/user", accountId=none).status_code == 404
    assert alice.jira("GET", "/user").status_code == 400
    many = [ACCOUNTS[name].account_id for name in ACCOUNTS]
    assert len(alice.asked("/user/bulk", accountId=many)["values"]) == 4
    assert alice.asked("/user/bulk", accountId=",".join(many))["values"] == [], "ids are repeated, not joined"
    assert alice.asked("/user/assignable/search", project="WEB", accountId=nojira) == []
    assert len(alice.asked("/user/viewissue/search", projectKey="WEB", query="")) == 3
    alice.simulator.world.directory.rename("ada", "Ada Renamed", alice.clock())
    assert alice.asked("/issue/WEB-1")["fields"]["creator"]["displayName"] == "Ada Renamed"
    assert beside(alice, "ada").asked("/myself")["displayName"] == "Ada Renamed"
