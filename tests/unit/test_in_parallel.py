"""Many small jobs: a defect in one stops no other, and nobody starts what cannot be finished."""

import pytest

from confluence_connector.services.in_parallel import ENOUGH_SECONDS, in_parallel


class Left:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def remaining_seconds(self) -> float:
        return self.seconds


def test_a_defect_is_raised_after_all_others_had_their_turn() -> None:
    done: list[int] = []

    def act(number: int) -> None:
        if number == 0:
            raise ZeroDivisionError
        done.append(number)

    with pytest.raises(ZeroDivisionError):
        in_parallel(range(50), act, Left(60))
    assert sorted(done) == list(range(1, 50))


def test_nothing_is_begun_without_time_for_it() -> None:
    done: list[int] = []
    assert in_parallel(range(50), done.append, Left(ENOUGH_SECONDS - 1)) == 0
    assert done == []
    assert in_parallel(range(50), done.append, Left(ENOUGH_SECONDS)) == 50
