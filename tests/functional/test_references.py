"""Pages by their URLs, over HTTP and as a pipeline step: all of them, or a failure that says which (H1, H2, H4)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fetch_step import answer

from confluence_connector import errors
from local.simulator.accounts import ACME
from tests.atlassian import page_titled
from tests.aws import Aws, started
from tests.canary import LINKED_SENTENCE
from tests.conftest import MovableClock
from tests.connecting import ADMIN, ANN, BOB, STRANGER, World
from tests.http import Answer, LambdaContext, Person
from tests.shelf import LINKED, PAGE_READS

SITE = "https://acme.atlassian.net/wiki"


@pytest.fixture
def aws() -> Iterator[Aws]:
    with started(PIPELINE_WORKSPACES="acme") as running:
        yield running


@pytest.fixture
def world(aws: Aws, clock: MovableClock) -> World:
    """The workspace has a connection of its own, made by an admin with a service account, to one site."""
    world = World.over(aws, clock)
    world.connect(ADMIN, "grace", owner="workspace")
    world.simulator.editor(ACME).edit(page_id(world), clock(), storage=f"<p>{LINKED_SENTENCE}</p>")
    world.simulator.reset_requests()
    return world


def page_id(world: World, title: str = "PRD: Saved carts") -> str:
    return page_titled(world.simulator, title)


def url_of(world: World, title: str = "PRD: Saved carts") -> str:
    return f"{SITE}/spaces/SHOP/pages/{page_id(world, title)}"


def other_titles(world: World, count: int) -> list[str]:
    pages = (each for each in world.simulator.sites[ACME].content.values() if each.type == "page")
    current = [each.title for each in pages if each.status == "current" and each.title != "PRD: Saved carts"]
    return current[:count]


def ask(world: World, person: Person = ANN, **body: Any) -> Answer:
    return world.api.call(person, "POST", "/references", json_body=body)


def step(world: World, **wanted: Any) -> Any:
    return json.loads(json.dumps(answer({"workspace": "acme"} | wanted, LambdaContext(), world.runtime)))


def reads(world: World) -> int:
    return world.simulator.by_endpoint[PAGE_READS]


def test_a_marked_page_comes_with_its_provenance_marked_untrusted(world: World) -> None:
    found = ask(world, text=f"Adds carts.\n\n@droid fill {url_of(world)}\n").json()
    (item,) = found["items"]
    assert LINKED_SENTENCE in item["markdown"]
    assert (item["trust"], item["freshness"], item["state"]) == ("untrusted", "live", "ok")
    assert item["url"] == url_of(world)
    assert (item["page"]["page_id"], item["page"]["title"]) == (page_id(world), "PRD: Saved carts")
    assert (item["read_as"]["owner"], item["read_as"]["account"]) == ("workspace", "Grace Mbeki")


def test_the_step_answers_the_same_for_a_url_and_for_a_text(world: World) -> None:
    over_http = ask(world, urls=[url_of(world)]).json()
    by_url = step(world, url=url_of(world))
    assert by_url == step(world, text=f"@droid fill <{url_of(world)}>")
    assert over_http["items"][0] | {"freshness": "cached"} == by_url["items"][0]
    assert by_url["trust"] == "untrusted"


def test_reads_are_link_style_cached_ten_minutes_and_never_stored(world: World, clock: MovableClock) -> None:
    before = len(world.aws.items())
    freshness = [ask(world, urls=[url_of(world)]).json()["items"][0]["freshness"] for _ in range(3)]
    assert (freshness, reads(world)) == (["live", "cached", "cached"], 1)
    clock.move(seconds=599)
    aged = ask(world, urls=[url_of(world)]).json()["items"][0]
    assert (aged["freshness"], aged["age_seconds"]) == ("cached", 599)
    clock.move(seconds=1)
    assert ask(world, urls=[url_of(world)]).json()["items"][0]["freshness"] == "live"
    assert step(world, url=url_of(world), max_age=0)["items"][0]["freshness"] == "live"
    assert reads(world) == 3
    assert len(world.aws.items()) == before
    assert all(LINKED_SENTENCE not in repr(item) for item in world.aws.items())


def test_a_page_named_twice_in_two_forms_comes_once(world: World) -> None:
    forms = [url_of(world), f"{url_of(world)}/Title#anchor", f"{SITE}/display/SHOP/PRD%3A+Saved+carts"]
    found = ask(world, urls=[*forms, forms[0]]).json()["items"]
    assert [item["url"] for item in found] == [forms[0]]
    assert reads(world) == 1


def test_several_connections_each_serve_their_own_site(world: World) -> None:
    world.connect(ADMIN, "ada", owner="workspace", sites=others(world))
    theirs = next(iter(world.simulator.sites[others(world)[0]].content.values()))
    url = f"https://globex.atlassian.net/wiki/spaces/X/pages/{theirs.id}"
    found = step(world, text=f"@droid fill {url}\n@droid fill {url_of(world)}")["items"]
    assert [item["page"]["site_url"] for item in found] == [
        "https://globex.atlassian.net",
        "https://acme.atlassian.net",
    ]


def others(world: World) -> list[str]:
    return [cloud for cloud in world.simulator.sites if cloud != ACME]


def test_only_what_the_workspace_owns_is_used_unless_a_person_names_their_own(aws: Aws, clock: MovableClock) -> None:
    world = World.over(aws, clock)
    mine = world.connect(ANN, "grace")["id"]
    world.simulator.reset_requests()
    refused = ask(world, urls=[url_of(world)])
    assert (refused.status, refused.code) == (404, "connection_not_found")
    for smuggled in ({"connection_id": mine}, {}, {"connection_id": "con_" + "0" * 36}, {"connection_id": "../x"}):
        with pytest.raises(errors.ConnectionNotFound):
            step(world, url=url_of(world), **smuggled)
    assert ask(world, BOB, urls=[url_of(world)], connection_id=mine).status == 404
    assert ask(world, STRANGER, urls=[url_of(world)], connection_id=mine).status == 404
    assert world.simulator.requests == []
    own = ask(world, ANN, urls=[url_of(world)], connection_id=mine).json()["items"][0]
    assert own["read_as"] == {"id": mine, "owner": "user", "account": "Grace Mbeki"}


def test_one_failure_fails_the_whole_call_and_is_named(world: World) -> None:
    gone, fine = other_titles(world, 1)[0], url_of(world)
    world.simulator.editor(ACME).trash(page_id(world, gone))
    refused = ask(world, urls=[fine, url_of(world, gone)])
    assert (refused.status, refused.code) == (410, "page_gone")
    (failure,) = refused.json()["failures"]
    assert (failure["url"], failure["code"]) == (url_of(world, gone), "page_gone")
    assert failure["detail"].startswith(LINKED)
    assert LINKED_SENTENCE not in refused.text
    with pytest.raises(errors.PageGone) as raised:
        step(world, text=f"@droid fill {fine} {url_of(world, gone)}")
    assert "https://" not in str(raised.value)


def test_of_several_failures_one_that_no_repeat_mends_goes_first(world: World) -> None:
    urls = [url_of(world), *(url_of(world, title) for title in other_titles(world, 2))]
    world.simulator.script(PAGE_READS, times=2, status=429, headers={"retry-after": "600"})
    world.simulator.script(PAGE_READS, times=1, status=403)
    refused = ask(world, urls=urls)
    assert (refused.status, refused.code) == (403, "page_forbidden")
    assert [each["code"] for each in refused.json()["failures"]] == ["rate_limited", "rate_limited", "page_forbidden"]
    world.simulator.clear_scripts()
    world.simulator.script(PAGE_READS, times=None, status=429, headers={"retry-after": "600"})
    with pytest.raises(errors.RateLimited) as raised:
        step(world, url=urls[0], max_age=0)
    assert (raised.value.retry, raised.value.retry_after) == (True, 600)


def test_a_revoked_connection_and_a_foreign_site_end_by_name_before_any_page_is_read(world: World) -> None:
    foreign = "https://globex.atlassian.net/wiki/spaces/X/pages/7"
    with pytest.raises(errors.OtherSite):
        step(world, text=f"@droid fill {url_of(world)}\n@droid fill {foreign}")
    assert world.simulator.requests == []
    (connection,) = world.api.ok(ADMIN, "GET", "/connections")["items"]
    assert world.api.call(ADMIN, "DELETE", f"/connections/{connection['id']}").status == 200
    with pytest.raises(errors.ReconnectRequired):
        step(world, url=url_of(world))
    assert reads(world) == 0


WRONG: list[dict[str, Any]] = [
    {},
    {"urls": []},
    {"urls": [""]},
    {"text": 5},
    {"text": "x" * 65_537},
    {"urls": ["https://a"], "command": ""},
    {"urls": ["https://a"], "command": " "},
    {"urls": ["https://a"], "max_age": 601},
    {"urls": ["https://a"], "site": "x"},
]


@pytest.mark.parametrize("body", WRONG, ids=[str(number) for number in range(len(WRONG))])
def test_wrong_fields_are_refused_without_an_echo(world: World, body: dict[str, Any]) -> None:
    refused = ask(world, **body)
    assert (refused.status, refused.code) == (422, "validation_failed")
    assert world.simulator.requests == []


@pytest.mark.parametrize("more", [{"url": "https://a"}, {"feature_id": "ftr_" + "0" * 36}])
def test_the_step_takes_one_form_at_a_time(world: World, more: dict[str, str]) -> None:
    with pytest.raises(errors.Unprocessable):
        step(world, text="@droid fill x", **more)
