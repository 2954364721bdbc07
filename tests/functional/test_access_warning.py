"""A workspace's own connection says when its account sees more than the least (issue: best practice, least access)."""

from typing import Any

import oauth_models
import pytest

from confluence_connector.services.connecting import weigh_access
from tests.connecting import ADMIN, ANN, World

SPACES = "GET /wiki/api/v2/spaces"


@pytest.fixture
def one_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weigh_access, "SPACES_EXPECTED", 1)
    monkeypatch.setattr(oauth_models, "SPACES_EXPECTED", 1)


def shown(world: World, connection: Any, person: Any = ADMIN) -> Any:
    return world.api.ok(person, "GET", f"/connections/{connection['id']}")


@pytest.mark.usefixtures("one_expected")
def test_the_account_that_sees_much_is_warned_of_in_every_view_and_named(world: World) -> None:
    connection = world.connect(ADMIN, "grace", owner="workspace")
    assert connection["warning"] == oauth_models.SEES_MUCH
    assert world.simulator.by_endpoint[SPACES] == 1
    listed = world.api.ok(ANN, "GET", "/connections")["items"]
    for view in (shown(world, connection), shown(world, connection, ANN), *listed):
        assert view["warning"] == oauth_models.SEES_MUCH
        assert view["account"]["name"] == "Grace Mbeki"
    assert world.simulator.by_endpoint[SPACES] == 1  # looking asks nobody


def test_an_account_with_few_spaces_is_not_warned_of(world: World) -> None:
    connection = world.connect(ADMIN, "grace", owner="workspace")
    assert connection["warning"] is None
    stored = world.stored(connection["id"])
    assert stored is not None
    assert stored.spaces_seen


@pytest.mark.usefixtures("one_expected")
def test_a_members_own_connection_is_nobody_elses_business(world: World) -> None:
    connection = world.connect(ANN, "grace")
    assert connection["warning"] is None
    assert world.simulator.by_endpoint[SPACES] == 0


@pytest.mark.usefixtures("one_expected")
def test_with_several_sites_it_is_counted_once_one_is_chosen(world: World) -> None:
    connection = world.connect(ADMIN, "ada", owner="workspace")
    assert (connection["status"], connection["warning"]) == ("choosing_site", None)
    path = f"/connections/{connection['id']}"
    acme = next(site for site in world.api.ok(ADMIN, "GET", f"{path}/sites")["items"] if "acme" in site["url"])
    chosen = world.api.ok(ADMIN, "PUT", f"{path}/site", {"cloud_id": acme["cloud_id"]})
    assert chosen["warning"] == oauth_models.SEES_MUCH


@pytest.mark.usefixtures("one_expected")
def test_confluence_that_does_not_answer_spoils_no_consent(world: World) -> None:
    world.simulator.script(SPACES, times=None, status=503)
    connection = world.connect(ADMIN, "grace", owner="workspace")
    assert (connection["status"], connection["warning"]) == ("connected", None)


@pytest.mark.usefixtures("one_expected")
def test_a_new_consent_counts_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = world.connect(ADMIN, "grace", owner="workspace")
    monkeypatch.setattr(weigh_access, "SPACES_EXPECTED", 100)
    monkeypatch.setattr(oauth_models, "SPACES_EXPECTED", 100)
    page = world.consented(world.reconnect(ADMIN, connection["id"]), "grace")
    assert world.confirm(ADMIN, page).json()["warning"] is None
