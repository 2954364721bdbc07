"""M6 and D1–D7 where page references come out of a text: the true ones, once each, capped; nobody else is asked."""

import pytest

from tests.connecting import ADMIN, ANN, World
from tests.faults import hostile_urls
from tests.http import Answer
from tests.unit.test_references import GENUINE

PAGE = f"{hostile_urls.OK}/wiki/spaces/SHOP/pages"


@pytest.fixture
def quiet(world: World) -> World:
    world.connect(ADMIN, "grace", owner="workspace")
    world.simulator.reset_requests()
    return world


def ask(world: World, **body: object) -> Answer:
    return world.api.call(ANN, "POST", "/references", json_body=body)


def test_M6_five_hundred_urls_are_too_many_before_anybody_is_asked(quiet: World) -> None:
    text = "\n".join(f"@droid fill {PAGE}/{number}" for number in range(1, 501))
    refused = ask(quiet, text=text)
    assert (refused.status, refused.code) == (422, "too_many_references")
    assert quiet.simulator.requests == []


def test_M6_the_same_page_five_hundred_times_is_one_reference(quiet: World) -> None:
    text = "\n".join(f"- @droid fill {PAGE}/4711" for _ in range(500))
    refused = ask(quiet, text=text)
    assert refused.code == "page_gone"  # of the one page that was asked for
    assert len(refused.json()["failures"]) == 1


def test_M6_urls_that_are_only_shown_or_mentioned_are_no_references(quiet: World) -> None:
    shown = f"""
See {PAGE}/1 and <{PAGE}/2>. `@droid fill {PAGE}/3`

> @droid fill {PAGE}/4

```md
@droid fill {PAGE}/5
```
<!-- @droid fill {PAGE}/6 -->
"""
    refused = ask(quiet, text=shown)
    assert (refused.status, refused.code) == (422, "no_references")
    assert quiet.simulator.requests == []


@pytest.mark.parametrize("case", sorted(hostile_urls.EVERY))
def test_M6_hostile_urls_are_refused_and_nobody_is_asked(quiet: World, case: str) -> None:
    for url in hostile_urls.EVERY[case]:
        refused = ask(quiet, urls=[url])
        assert (refused.status, refused.code) in {
            (422, "unsupported_page_url"),
            (422, "other_site"),
            (422, "validation_failed"),
        }, url
    assert quiet.simulator.requests == []


def test_M6_one_hostile_url_among_genuine_ones_stops_them_all(quiet: World) -> None:
    text = f"@droid fill {PAGE}/1\n@droid fill https://acme.atlassian.net.evil.com/wiki/spaces/SHOP/pages/2"
    refused = ask(quiet, text=text)
    assert [each["code"] for each in refused.json()["failures"]] == ["other_site"]
    assert quiet.simulator.requests == []


def test_M6_the_tables_hold_forty_genuine_and_150_hostile_forms() -> None:
    assert len(set(GENUINE)) >= 40
    assert len({url for table in hostile_urls.EVERY.values() for url in table}) >= 150
