"""The callback answers with a page of its own before its function is killed, however slow Atlassian is (A13, A18)."""

from dataclasses import dataclass, field

import pytest

from confluence_connector.limits import CALLBACK_RESERVED_SECONDS
from tests.conftest import MovableClock
from tests.connecting import ANN, World
from tests.http import LambdaContext

CALLS = ("POST /oauth/token", "GET /me", "GET /oauth/token/accessible-resources")


@dataclass
class EndingContext(LambdaContext):
    """An invocation whose time runs with the clock."""

    clock: MovableClock = field(default_factory=MovableClock)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def get_remaining_time_in_millis(self) -> int:
        return int((self.seconds - (self.clock() - self._began).total_seconds()) * 1000)


@pytest.mark.parametrize("slow", range(3), ids=["token", "me", "sites"])
@pytest.mark.parametrize("fault", [{"drip_seconds": 0.5}, {"latency_seconds": 60}], ids=["drips", "silent"])
def test_A13_slow_atlassian_leaves_time_to_say_so(
    world: World, clock: MovableClock, slow: int, fault: dict[str, float]
) -> None:
    browser = world.browser()
    begun = world.begin(ANN)
    url = browser.decide(browser.leave(begun["authorize_url"]), "grace")
    for call in CALLS[:slow]:
        world.simulator.script(call, latency_seconds=6)
    world.simulator.script(CALLS[slow], **fault)
    ending = EndingContext(seconds=6 * slow + CALLBACK_RESERVED_SECONDS + 1, clock=clock)
    world.api.context = ending
    page = browser.open(url)
    world.api.context = LambdaContext()
    assert (page.status, page.data["status"]) == (503, "confluence_unavailable")
    assert "nothing was connected" in page.text
    assert ending.get_remaining_time_in_millis() >= 1000 * (CALLBACK_RESERVED_SECONDS - 1)
    assert world.aws.secret_names() == []
    assert world.stored(page.data["connection"]).pending is None
    assert browser.open(url).status == 400, "the consent is spent"
    world.simulator.clear_scripts()
    assert world.connect(ANN)["status"] == "connected", "one can start again at once"


def test_A13_without_time_nothing_is_asked(world: World, clock: MovableClock) -> None:
    browser = world.browser()
    url = browser.decide(browser.leave(world.begin(ANN)["authorize_url"]), "grace")
    world.api.context = EndingContext(seconds=CALLBACK_RESERVED_SECONDS, clock=clock)
    page = browser.open(url)
    assert (page.status, page.data["status"]) == (503, "confluence_unavailable")
    assert world.token_calls() == 0


def test_A13_a_long_way_within_the_time_connects(world: World, clock: MovableClock) -> None:
    browser = world.browser()
    url = browser.decide(browser.leave(world.begin(ANN)["authorize_url"]), "grace")
    for call in CALLS:
        world.simulator.script(call, latency_seconds=6)
    world.api.context = EndingContext(clock=clock)
    assert browser.open(url).status == 200
