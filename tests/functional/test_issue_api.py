"""Pages' issues over HTTP: selected, made by a run, shown, moved on, edited, written down (G3, G5–G7)."""

from typing import Any

import pytest

from local.simulator.accounts import ACME
from tests.connecting import ADMIN, ANN, BOB, World
from tests.http import Answer, Person
from tests.synchronizers import Bridge

WITH_JIRA = ("link", "jira")


@pytest.fixture
def bridge(world: World) -> Bridge:
    """Grace's account is the technical user's; Ann has Jira as alice, Bob is Noël, who has none."""
    made = Bridge.of(world)
    world.connect(ANN, "alice", purposes=WITH_JIRA, sites=[ACME])
    world.connect(BOB, "nojira", purposes=WITH_JIRA)
    return made


class Issue:
    """One page's issue, as people reach it."""

    def __init__(self, bridge: Bridge, title: str = "PRD: Saved carts", **settings: Any) -> None:
        self.bridge = bridge
        self.synchronizer = bridge.create(**settings)["id"]
        bridge.drain()
        self.page = bridge.page(title).id
        self.path = f"/{self.synchronizer}/pages/{self.page}"

    def select(self, person: Person = ANN, body: Any = None) -> Answer:
        return self.bridge.call(person, "PUT", self.path, body)

    def made(self) -> "Issue":
        """Selected, and its run is over."""
        assert self.select().status == 202
        self.bridge.drain()
        return self

    def shown(self, person: Person = ANN) -> Any:
        return self.bridge.ok(person, "GET", f"{self.path}/issue")

    def refused(self, person: Person, method: str, part: str = "", body: Any = None) -> tuple[int, str | None]:
        answer = self.bridge.call(person, method, f"{self.path}{part}", body)
        return answer.status, answer.code

    def move(self, person: Person, transition: str = "21") -> Any:
        self.bridge.world.clock.move(seconds=1)  # the trail's lines are in the order of their time
        return self.bridge.ok(person, "POST", f"{self.path}/transition", {"transition_id": transition})

    @property
    def link(self) -> Any:
        rows = self.bridge.ok(ADMIN, "GET", f"/{self.synchronizer}/pages")["items"]
        return next((row for row in rows if row["page_id"] == self.page), None)


def test_from_a_selected_page_to_an_issue_that_is_done(bridge: Bridge) -> None:
    issue = Issue(bridge)
    assert issue.link is None
    begun = issue.select()
    assert begun.status == 202
    assert (begun.json()["state"], begun.json()["issue"], begun.json()["selected_by"]) == ("creating", None, "ann")
    assert issue.refused(ANN, "GET", "/issue") == (409, "no_issue_yet")
    bridge.drain()
    assert issue.select().status == 200
    link = issue.link
    assert link["state"] == "active"
    shown = issue.shown()
    key = link["issue"]["key"]
    assert (shown["issue"]["key"], shown["issue"]["url"]) == (key, f"https://acme.atlassian.net/browse/{key}")
    assert (shown["issue"]["summary"], shown["issue"]["status"]) == ("PRD: Saved carts", "To Do")
    assert (shown["state"], shown["acting_as"], shown["trust"]) == ("active", "self", "untrusted")
    assert {"id": "31", "name": "Done", "to_status": "Done", "needs": []} in shown["transitions"]
    done = issue.move(ANN, "31")
    assert (done["deed"], done["acting_as"]) == ("transition", "self")
    assert issue.shown()["issue"]["status"] == "Done"
    assert bridge.world.simulator.violations == []


def test_fields_are_changed_and_read_back(bridge: Bridge) -> None:
    issue = Issue(bridge).made()
    wanted = {"fields": {"summary": "Carts that stay", "description": "*one* @all", "labels": ["spec"]}}
    bridge.ok(ANN, "PATCH", f"{issue.path}/fields", wanted)
    fields = {each["id"]: each["value"] for each in issue.shown()["issue"]["fields"]}
    assert (fields["summary"], fields["labels"]) == ("Carts that stay", ["spec"])
    assert fields["description"]["content"] == [
        {"type": "paragraph", "content": [{"type": "text", "text": "*one* @all"}]}
    ]


def test_a_persons_summary_stays_while_the_title_stays(bridge: Bridge) -> None:
    """M1, M2: our own edit of the issue is a person's, too."""
    issue = Issue(bridge).made()
    bridge.ok(ANN, "PATCH", f"{issue.path}/fields", {"fields": {"summary": "Carts that stay"}})
    bridge.ok(ADMIN, "POST", f"/{issue.synchronizer}/runs")
    bridge.drain()
    assert issue.shown()["issue"]["summary"] == "Carts that stay"


def test_the_technical_user_acts_for_who_has_no_jira_and_both_are_named(bridge: Bridge) -> None:
    issue = Issue(bridge).made()
    assert issue.shown(BOB)["acting_as"] == "technical_user"
    issue.move(BOB)
    issue.move(ANN, "31")
    answer = bridge.ok(ADMIN, "GET", f"/{issue.synchronizer}/acts")
    rows = [(row["member"], row["deed"], row["what"], row["acting_as"], row["outcome"]) for row in answer["items"]]
    assert rows == [
        ("ann", "transition", ["31"], "self", "done"),
        ("bob", "transition", ["21"], "technical_user", "done"),
        ("ann", "select", ["10002"], "self", "done"),
    ]
    accounts = bridge.world.simulator.world.directory
    bobs = answer["items"][1]
    assert bobs["member_account_id"] == accounts.named("nojira").account_id
    assert bobs["acting_account_id"] == accounts.named("grace").account_id
    assert bobs["connection_id"] == bridge.connection_id


def test_the_trail_is_for_admins_and_goes_on_page_by_page(bridge: Bridge) -> None:
    issue = Issue(bridge).made()
    for transition in ("21", "31"):
        issue.move(ANN, transition)
    path = f"/synchronizers/{issue.synchronizer}/acts"
    assert bridge.call(ANN, "GET", f"/{issue.synchronizer}/acts").status == 403
    seen, cursor = [], ""
    while cursor is not None:
        query = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        answer = bridge.world.api.ok(ADMIN, "GET", path, query=query)
        seen += [row["what"] for row in answer["items"]]
        cursor = answer["next"]
    assert seen == [["31"], ["21"], ["10002"]]


def test_who_has_not_connected_is_told_how(bridge: Bridge) -> None:
    issue = Issue(bridge).made()
    for method, part, body in (
        ("GET", "/issue", None),
        ("POST", "/transition", {"transition_id": "21"}),
        ("PATCH", "/fields", {"fields": {"summary": "x"}}),
        ("PUT", "", {}),
        ("DELETE", "", None),
    ):
        answer = bridge.call(Person("carl"), method, f"{issue.path}{part}", body)
        assert (answer.status, answer.code) == (409, "connect_required"), method
        assert "jira" in answer.json()["remedy"]


def test_what_cannot_be_is_refused_by_name(bridge: Bridge) -> None:
    issue = Issue(bridge).made()
    assert issue.refused(ANN, "POST", "/transition", {"transition_id": "99"}) == (409, "transition_unavailable")
    assert issue.refused(ANN, "POST", "/transition", {"transition_id": "../31"}) == (422, "validation_failed")
    assert issue.refused(ANN, "POST", "/transition", {"transition": "31"}) == (422, "validation_failed")
    assert issue.refused(ANN, "PATCH", "/fields", {"fields": {}}) == (422, "validation_failed")
    assert issue.refused(ANN, "PATCH", "/fields", {"fields": {"status": "Done"}}) == (422, "jira_refused")
    assert issue.refused(ANN, "PATCH", "/fields", {"fields": {"summary": "x" * 300_000}}) == (413, "too_large")
    assert issue.refused(ANN, "PUT", "", {"issue_type": "10001"}) == (200, None)  # it has its issue
    other = bridge.page("PRD: Gift cards").id
    answer = bridge.call(ANN, "PUT", f"/{issue.synchronizer}/pages/{other}", {"issue_type": "10001"})
    assert (answer.status, answer.code) == (422, "validation_failed")
    answer = bridge.call(ANN, "PATCH", f"{issue.path}/fields", {"fields": {"duedate": "tomorrow", "summary": "x"}})
    assert (answer.status, answer.code, answer.json()["fields"]) == (422, "jira_refused", ["duedate"])
    assert "tomorrow" not in answer.text


def test_too_few_rights_are_never_upgraded(bridge: Bridge) -> None:
    issue = Issue(bridge).made()
    bridge.jira.permit("TRANSITION_ISSUES", ["grace"], "WEB")
    assert issue.shown()["transitions"] == []
    assert issue.refused(ANN, "POST", "/transition", {"transition_id": "21"}) == (409, "transition_unavailable")
    bridge.jira.permit("BROWSE_PROJECTS", ["grace"], "WEB")
    assert issue.refused(ANN, "GET", "/issue") == (410, "issue_gone")
    bridge.ok(ADMIN, "PATCH", f"/{issue.synchronizer}", {"allow_fallback": False})
    assert issue.refused(BOB, "GET", "/issue") == (403, "fallback_refused")


def test_a_deleted_issue_is_broken_and_made_again_on_request_only(bridge: Bridge) -> None:
    issue = Issue(bridge).made()
    first = issue.link["issue"]["key"]
    bridge.jira.delete(first)
    bridge.ok(ADMIN, "POST", f"/{issue.synchronizer}/runs")
    bridge.drain()
    shown = issue.shown()
    assert (shown["state"], shown["issue"], shown["transitions"]) == ("broken", None, [])
    assert issue.refused(ANN, "POST", "/transition", {"transition_id": "21"}) == (410, "issue_gone")
    assert issue.select().status == 202
    bridge.drain()
    assert issue.link["state"] == "active"
    assert issue.link["issue"]["key"] != first


def test_a_page_taken_back_keeps_its_issue(bridge: Bridge) -> None:
    issue = Issue(bridge).made()
    key = issue.link["issue"]["key"]
    assert bridge.call(ANN, "DELETE", issue.path).status == 204
    assert issue.link is None
    assert bridge.jira.issue(key).face.summary == "PRD: Saved carts"
    assert issue.refused(ANN, "GET", "/issue") == (404, "not_found")


def test_per_page_the_person_names_the_type(bridge: Bridge) -> None:
    issue = Issue(bridge, issue_type="per_page")
    assert issue.refused(ANN, "PUT", "", {}) == (422, "validation_failed")
    assert issue.refused(ANN, "PUT", "", {"issue_type": "10003"}) == (422, "jira_refused")  # asks for a severity
    assert issue.select(ANN, {"issue_type": "10001"}).status == 202
    bridge.drain()
    assert bridge.jira.issue(issue.link["issue"]["key"]).type_id == "10001"
