"""Answers beyond what Lambda returns: handed over, and gone when the cache's promise ends (D2, H1)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fetch_step import answer

from tests.aws import Aws, started
from tests.conftest import MovableClock
from tests.connecting import World
from tests.http import LambdaContext
from tests.shelf import Shelf


@pytest.fixture
def aws() -> Iterator[Aws]:
    with started(PIPELINE_WORKSPACES="acme") as running:
        yield running


@pytest.fixture
def shelf(aws: Aws, clock: MovableClock) -> Shelf:
    shelf = Shelf.of(World.over(aws, clock))
    shelf.write("<p>" + "Überlänge " * 500_000 + "</p>")
    return shelf


def step(shelf: Shelf, **more: Any) -> Any:
    event = {"workspace": "acme", "document_id": shelf.document_id} | more
    return answer(event, LambdaContext(), shelf.world.runtime)


def handed(shelf: Shelf) -> list[str]:
    bucket = shelf.world.aws.settings.transient_bucket
    return [each["Key"] for each in shelf.world.aws.s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def good_for(url: str) -> int:
    asked = parse_qs(urlsplit(url).query)
    return int((asked.get("X-Amz-Expires") or ["0"])[0])


def test_the_url_ends_with_the_cached_text_it_leads_to(shelf: Shelf, clock: MovableClock) -> None:
    fresh = step(shelf)
    assert (fresh["expires_in"], good_for(fresh["download_url"])) == (300, 300)
    clock.move(seconds=500)
    aged = step(shelf)
    assert (aged["expires_in"], good_for(aged["download_url"])) == (100, 100)


def test_text_about_to_be_forgotten_is_read_anew_for_a_pipeline(shelf: Shelf, clock: MovableClock) -> None:
    step(shelf)
    clock.move(seconds=580)
    assert step(shelf)["expires_in"] == 300
    assert shelf.upstream_reads == 2


def test_over_http_the_refusal_says_how_long_its_url_is_good(shelf: Shelf, clock: MovableClock) -> None:
    assert shelf.read().json()["expires_in"] == 300
    clock.move(seconds=450)
    refused = shelf.read()
    assert (refused.status, refused.code) == (413, "too_large")
    assert (refused.json()["expires_in"], good_for(refused.json()["download_url"])) == (150, 150)


def test_the_sweeper_deletes_it_when_its_text_is_ten_minutes_old(shelf: Shelf, clock: MovableClock) -> None:
    step(shelf)
    clock.move(seconds=400)
    step(shelf)
    handovers = shelf.world.runtime.handovers
    assert (handovers.sweep(), len(handed(shelf))) == (0, 2)
    clock.move(seconds=199)
    assert handovers.sweep() == 0
    clock.move(seconds=1)
    assert (handovers.sweep(), handed(shelf)) == (2, [])
