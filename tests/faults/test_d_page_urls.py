"""D1–D7: hostile page URLs. None is accepted, and nobody is asked (figure 5)."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confluence_connector.domain import tiny_links
from confluence_connector.domain.connections import Site
from confluence_connector.domain.identifiers import CloudId, PageId
from confluence_connector.domain.page_urls import ById, ByTitle, parse
from confluence_connector.errors import OtherSite, UnsupportedPageUrl
from tests.atlassian import Rig, page_titled
from tests.connecting import ANN, STRANGER, World
from tests.faults import hostile_urls as urls

SITE = Site(CloudId("1f5d0a3e-6c1b-4a57-9d0e-2b7c41a0acae"), "acme", urls.OK)


def refused(url: str) -> None:
    with pytest.raises((UnsupportedPageUrl, OtherSite)) as why:
        parse(url, SITE)
    assert why.value.status == 422


@pytest.mark.parametrize("url", urls.D1)
def test_D1_lookalike_hosts_ports_and_schemes_are_refused(url: str) -> None:
    refused(url)


def test_D1_only_case_and_trailing_dot_are_normalised() -> None:
    for host in ("ACME.ATLASSIAN.NET", "acme.atlassian.net.", "Acme.Atlassian.Net."):
        assert parse(f"https://{host}{urls.GOOD}", SITE) == ById(PageId("123456"))


@pytest.mark.parametrize("url", urls.D2)
def test_D2_backslashes_blanks_controls_and_userinfo_are_refused(url: str) -> None:
    refused(url)


@pytest.mark.parametrize("url", urls.D3)
def test_D3_addresses_and_other_schemes_are_refused(url: str) -> None:
    refused(url)


@pytest.mark.parametrize("url", urls.D4)
def test_D4_path_tricks_are_refused(url: str) -> None:
    refused(url)


@pytest.mark.parametrize("url", urls.D5)
def test_D5_contradicting_and_odd_ids_are_refused(url: str) -> None:
    refused(url)


@pytest.mark.parametrize("url", urls.D6)
def test_D6_tiny_links_that_confluence_would_not_write_are_refused(url: str) -> None:
    refused(url)


def test_D6_known_tiny_link_is_read() -> None:
    assert tiny_links.decode("I4Aa") == "1736739"


@given(st.text(alphabet="ABCabc019_-+/=.%", min_size=0, max_size=14))
def test_D6_random_codes_are_refused_or_come_back_the_same(code: str) -> None:
    try:
        number = tiny_links.decode(code)
    except UnsupportedPageUrl:
        return
    assert tiny_links.encode(int(number)) == code


@given(st.integers(1, 2**63 - 1))
def test_D6_every_id_has_one_code(number: int) -> None:
    assert tiny_links.decode(tiny_links.encode(number)) == str(number)


def test_figure_5_at_least_150_hostile_urls_and_no_request(world: World) -> None:
    here = f"/connections/{world.connect()['id']}/resolve"
    world.simulator.reset_requests()
    every = [url for table in urls.EVERY.values() for url in table]
    assert len(set(every)) >= 150
    for url in every:
        answer = world.api.call(ANN, "POST", here, json_body={"url": url})
        assert answer.status == 422, url
        assert answer.code in {"unsupported_page_url", "other_site", "validation_failed"}
    assert world.simulator.requests == []


PIECES = st.sampled_from(
    [
        "wiki", "spaces", "pages", "SHOP", "123456", "..", ".", "%2e%2e", "%2f", "%252f", "x", "I4Aa", "display",
        "viewpage.action?pageId=", "&pageId=", "1e3", "-1", "~ada", "blog", "2026", "01", "edit-v2", "#", "?", "Ä",
        "%C3", "overview", "resumedraft.action?draftId=", "title=T&spaceKey=K", "rest", "api", "v2", "٣",
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=9), st.sampled_from(["/", "", "//"]))
def test_D4_whatever_is_accepted_holds_only_digits_a_key_or_a_title(pieces: list[str], glue: str) -> None:
    try:
        address = parse(f"{urls.OK}/{glue.join(pieces)}", SITE)
    except (UnsupportedPageUrl, OtherSite):
        return
    if isinstance(address, ById):
        assert re.fullmatch(r"[1-9][0-9]{0,18}", address.page_id, re.ASCII)
    else:
        assert re.fullmatch(r"~?[A-Za-z0-9._:@-]+", address.space_key, re.ASCII)
    if isinstance(address, ByTitle):
        assert not {".", ".."} & set(re.split(r"[/\\]", address.title))


def test_D4_the_path_that_is_asked_holds_only_digits(world: World, clock: Any) -> None:
    rig = Rig(world.simulator, clock)
    page_id = page_titled(world.simulator, "PRD: Saved carts")
    address = parse(f"{urls.OK}/wiki/spaces/SHOP/pages/{page_id}/Saved%2Fcarts", SITE)
    assert isinstance(address, ById)
    rig.confluence.page_ref(address.page_id)
    pattern = r"/ex/confluence/1f5d0a3e-6c1b-4a57-9d0e-2b7c41a0acae/wiki/api/v2/pages/\d+"
    assert [path for path in rig.watched.paths if not re.fullmatch(pattern, path, re.ASCII)] == []
    assert rig.watched.paths


@pytest.mark.parametrize("identifier", ["../1", "1/../2", "1?x=1", "1#", "٣", "", "1\n", "-1", "1" * 20])
def test_D4_what_is_no_id_never_becomes_a_path(world: World, clock: Any, identifier: str) -> None:
    rig = Rig(world.simulator, clock)
    for ask in (rig.confluence.page, rig.confluence.page_ref, lambda page: list(rig.confluence.children(page))):
        with pytest.raises(ValueError, match="not an id"):
            ask(identifier)  # type: ignore[arg-type]
    assert rig.watched.paths == []


def test_D7_a_page_of_another_site_or_another_workspaces_connection_is_not_asked_for(world: World) -> None:
    connection = world.connect()["id"]
    world.simulator.reset_requests()
    theirs = {"url": f"https://globex.atlassian.net{urls.GOOD}"}
    answer = world.api.call(ANN, "POST", f"/connections/{connection}/resolve", json_body=theirs)
    assert (answer.status, answer.code) == (422, "other_site")
    gateway = "https://api.atlassian.com/ex/confluence/8c2e4b90-0d3f-4e6a-b1c5-77d90e5f61b0"
    answer = world.api.call(ANN, "POST", f"/connections/{connection}/resolve", json_body={"url": gateway + urls.GOOD})
    assert (answer.status, answer.code) == (422, "other_site")
    own = {"url": urls.OK + urls.GOOD}
    assert world.api.call(STRANGER, "POST", f"/connections/{connection}/resolve", json_body=own).status == 404
    assert world.simulator.requests == []
