"""The vault, killed at a step and resumed later, case by case (B6 to B11)."""

from collections.abc import Iterator

import pytest

from confluence_connector.services.vault.token_steps import Step
from tests.vault import World, crash_at, world


@pytest.fixture
def it() -> Iterator[World]:
    with world() as made:
        yield made
        assert made.reuse() == []


@pytest.mark.parametrize("delay", [5, 11 * 60, 2 * 3600])
def test_B6_a_crash_before_the_post_spends_nothing(it: World, delay: int) -> None:
    connection = it.expired()
    assert crash_at(it.steps(connection), Step.BEFORE_POST)
    assert it.token_calls == 0
    it.clock.move(seconds=delay)
    assert it.use(connection)
    assert it.token_calls == 1


def test_B7_a_lost_answer_is_had_again_with_the_same_token_within_nine_minutes(it: World) -> None:
    connection = it.expired()
    assert crash_at(it.steps(connection), Step.AFTER_POST)
    it.clock.move(seconds=9 * 60 - 20)
    assert it.token(connection)
    assert it.token_calls == 2
    assert it.works(connection)


def test_B8_nobody_calls_and_the_sweeper_recovers(it: World) -> None:
    connection = it.expired()
    assert crash_at(it.steps(connection), Step.AFTER_POST)
    it.clock.move(seconds=120)
    assert it.sweep() == 1
    assert it.now_stored(connection).unsettled_since is None
    it.clock.move(seconds=2 * 3600)
    assert it.token(connection)
    assert it.works(connection)


def test_B10_a_stored_answer_is_rolled_forward_without_asking_atlassian(it: World) -> None:
    connection = it.expired()
    assert crash_at(it.steps(connection), Step.STORED)
    it.clock.move(seconds=91)
    assert it.token(connection)
    assert it.token_calls == 1
    assert it.puts == 1


def test_B11_after_the_pointer_moved_the_next_use_needs_no_lease(it: World) -> None:
    connection = it.expired()
    assert crash_at(it.steps(connection), Step.POINTED)
    assert it.token(connection)
    assert it.token_calls == 1
    it.clock.move(seconds=3600)
    assert it.token(connection)
    assert it.token_calls == 2


def test_B11_the_sweeper_moves_the_label_that_a_crash_left_behind(it: World) -> None:
    connection = it.expired()
    assert crash_at(it.steps(connection), Step.POINTED)
    pointed = it.now_stored(connection)
    assert pointed.grant
    assert it.labels(pointed)["AWSCURRENT"] != pointed.grant.pointer.version_id
    it.clock.move(seconds=120)
    it.sweep()
    assert it.labels(pointed)["AWSCURRENT"] == pointed.grant.pointer.version_id
    assert it.sweep() == 0


def test_B11_a_rotation_labels_the_pointed_version_before_a_put_takes_its_only_label(it: World) -> None:
    connection = it.expired()
    assert crash_at(it.steps(connection), Step.POINTED)
    pointed = it.now_stored(connection)
    assert pointed.grant
    it.clock.move(seconds=3600)
    assert crash_at(it.steps(connection), Step.STORED)
    assert pointed.grant.pointer.version_id in it.labels(pointed).values()
