"""The Confluence adapter over the simulator: what each answer of Atlassian's means to us."""

import pytest

from confluence_connector.domain.identifiers import PageId
from confluence_connector.errors import (
    ConfluenceUnavailable,
    PageForbidden,
    PageGone,
    ReconnectRequired,
    ScopesMissing,
    UpstreamProtocolError,
)
from local.simulator import create_simulator
from tests.atlassian import Rig
from tests.conftest import MovableClock

PAGE = "GET /wiki/api/v2/pages/{id}"
SPACES = "GET /wiki/api/v2/spaces"


@pytest.fixture
def rig(clock: MovableClock) -> Rig:
    return Rig(create_simulator(clock=clock, sleep=clock.sleep), clock)


# ── tokens ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_B1_an_expired_token_is_renewed_once_and_the_question_asked_again(rig: Rig) -> None:
    rig.confluence.page_ref(rig.page_of("Web shop"))
    rig.simulator.expire_access_tokens("alice")
    assert rig.confluence.page_ref(rig.page_of("Web shop")).title == "Web shop"
    assert rig.grant.renewed == 1
    assert rig.asked(rig.page_of("Web shop")) == 3


def test_B1_a_fresh_token_that_is_refused_too_ends_in_an_upstream_error_without_a_loop(rig: Rig) -> None:
    rig.simulator.script(PAGE, times=None, status=401, body={"code": 401, "message": "Unauthorized"})
    with pytest.raises(UpstreamProtocolError):
        rig.confluence.page_ref(rig.page_of("Web shop"))
    assert rig.grant.renewed == 1
    assert rig.asked(rig.page_of("Web shop")) == 2


def test_C4_a_revoked_grant_asks_for_reconnecting(rig: Rig) -> None:
    rig.confluence.page_ref(rig.page_of("Web shop"))
    rig.simulator.revoke("alice")
    with pytest.raises(ReconnectRequired):
        rig.confluence.page_ref(rig.page_of("Web shop"))


def test_a_missing_scope_is_told_and_no_token_is_renewed_for_it(rig: Rig) -> None:
    rig.grant.scope = "offline_access read:me read:space:confluence"
    with pytest.raises(ScopesMissing):
        rig.confluence.page_ref(rig.page_of("Web shop"))
    assert rig.grant.renewed == 0
    assert len(list(rig.confluence.spaces())) > 1


# ── a 404 is only gone with a healthy token (api-facts §1.7) ────────────────────────────────────────────────────────


def test_a_bad_token_that_looks_like_a_missing_page_is_renewed(rig: Rig) -> None:
    rig.confluence.page_ref(rig.page_of("Web shop"))
    rig.simulator.behaviour.bare_404 = True
    rig.simulator.expire_access_tokens("alice")
    assert rig.confluence.page_ref(rig.page_of("Web shop")).title == "Web shop"
    assert rig.grant.renewed == 1


def test_a_404_that_names_the_page_is_believed_without_asking_further(rig: Rig) -> None:
    with pytest.raises(PageGone):
        rig.confluence.page_ref(PageId("4242"))
    assert rig.asked("/spaces") == 0


def test_a_bare_404_is_believed_once_the_token_has_read_something_else(rig: Rig) -> None:
    rig.simulator.script("GET /wiki/api/v2/*", times=1, status=404, body={"errors": [{"title": "Not Found"}]})
    rig.simulator.script("GET /wiki/api/v2/blogposts/{id}", status=404, body="<html>404</html>")
    with pytest.raises(PageGone):
        rig.confluence.page_ref(rig.page_of("Web shop"))
    assert rig.asked("/spaces") == 2
    assert rig.grant.renewed == 0


def test_a_site_that_refuses_a_fresh_token_altogether_forbids_it_does_not_lose_the_page(rig: Rig) -> None:
    """The account lost the site, or Confluence on it: that is no reason to call its pages deleted."""
    rig.simulator.script("GET /wiki/api/v2/*", times=None, status=404, body={"code": 404, "message": "Not Found"})
    with pytest.raises(PageForbidden):
        rig.confluence.page_ref(rig.page_of("Web shop"))
    assert rig.grant.renewed == 1


def test_trouble_while_checking_the_token_is_trouble_not_a_missing_page(rig: Rig) -> None:
    rig.simulator.script(PAGE, times=None, status=404, body={"errors": [{"title": "Not Found"}]})
    rig.simulator.script(SPACES, times=None, status=503)
    with pytest.raises(ConfluenceUnavailable):
        rig.confluence.page_ref(rig.page_of("Web shop"))


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_trashed_purged_and_restricted_pages_are_gone_archived_ones_are_not(rig: Rig) -> None:
    editor, page_id = rig.simulator.editor(), rig.page_of("PRD: Saved carts")
    editor.archive(page_id)
    assert rig.confluence.page(page_id).ref.status == "archived"
    for change in (editor.trash, editor.purge):
        change(page_id)
        with pytest.raises(PageGone):
            rig.confluence.page(page_id)
    other = rig.page_of("PRD: Gift cards")
    editor.restrict(other, ["somebody-else"])
    with pytest.raises(PageGone):
        rig.confluence.page(other)


def test_no_licence_is_forbidden(rig: Rig) -> None:
    rig.simulator.script(PAGE, status=403, body={"message": "Current user not permitted to use Confluence"})
    with pytest.raises(PageForbidden):
        rig.confluence.page(rig.page_of("Web shop"))


def test_urls_are_of_the_connections_site_whatever_the_answer_says(rig: Rig) -> None:
    rig.simulator.script(PAGE, patch={"_links": {"base": "https://evil.example/wiki"}})
    assert rig.confluence.page_ref(rig.page_of("Web shop")).url.startswith("https://acme.atlassian.net/wiki/spaces/")


def test_a_page_whose_link_names_no_space_is_placed_by_its_space_id(rig: Rig) -> None:
    rig.simulator.script(PAGE, patch={"_links": {"webui": "/pages/viewpage.action?pageId=5"}})
    assert rig.confluence.page(rig.page_of("Web shop")).ref.space_key == "SHOP"
    space = rig.confluence.space("SHOP")
    assert space
    assert {page.space_key for batch in rig.confluence.pages_of(space) for page in batch.pages} == {"SHOP"}


def test_a_key_that_is_a_list_or_worse_is_no_space(rig: Rig) -> None:
    for key in ("SHOP,ENG", "", "SHOP ENG", "a" * 300, "../x", "SHÖP"):
        assert rig.confluence.space(key) is None
    assert rig.watched.paths == []
    found = rig.confluence.space("shop")
    assert found
    assert found.key == "SHOP"


def test_a_personal_space_is_found_by_its_key(rig: Rig) -> None:
    personal = next(space for space in rig.confluence.spaces() if space.type == "personal")
    assert rig.confluence.space(personal.key) == personal
    assert rig.confluence.page_ref(personal.homepage_id or PageId("")).space_key == personal.key


def test_a_current_page_wins_over_an_archived_one_of_the_same_title(rig: Rig) -> None:
    editor, old = rig.simulator.editor(), rig.page_of("Style guide of 2019")
    author = rig.simulator.sites[rig.cloud_id].content[old].author_id
    editor.create("999", "GUIDE", "Style guide of 2019", rig.clock(), author, storage="<p/>", parent_id=None)
    assert rig.confluence.find("GUIDE", "style guide OF 2019") == "999"
    editor.purge("999")
    assert rig.confluence.find("GUIDE", "Style guide of 2019") == old
    assert rig.confluence.find("GUIDE", "Nothing like it") is None
    assert rig.confluence.find("NOPE", "Web shop") is None
    assert rig.confluence.find("GUIDE", "") is None


def test_nothing_we_ask_for_is_undocumented(rig: Rig) -> None:
    confluence, folder = rig.confluence, rig.page_of("Past incidents")
    for space in confluence.spaces():
        for batch in confluence.pages_of(space):
            assert batch.pages
    list(confluence.children(rig.page_of("Web shop")))
    list(confluence.children(folder))
    confluence.page(rig.page_of("A year of saved carts"))
    assert rig.simulator.violations == []
