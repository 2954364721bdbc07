"""Which addresses a text marks for fetching, and which it only shows (H2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_connector.domain.connections import Site
from confluence_connector.domain.identifiers import CloudId
from confluence_connector.domain.page_urls import parse
from confluence_connector.domain.references import references_in
from confluence_connector.errors import OtherSite, UnsupportedPageUrl
from tests.faults import hostile_urls
from tests.unit.test_page_urls import BY_ID, OTHERWISE, SITE, WIKI

ONE = f"{WIKI}/spaces/SHOP/pages/1/Saved+carts"
TWO = f"{WIKI}/spaces/SHOP/pages/2"
GENUINE = [WIKI + form for form in BY_ID + [form for form, _ in OTHERWISE]]


@pytest.mark.parametrize("way", ["{}", "<{}>", "[the PRD]({})", '[the PRD](<{}> "title")', "**{}**", "({})."])
@pytest.mark.parametrize("url", GENUINE)
def test_every_genuine_form_comes_out_as_it_was_written(url: str, way: str) -> None:
    assert references_in(f"Please:\n\n@droid fill {way.format(url)}\n\nThanks") == (url,)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"@droid fill {ONE}", (ONE,)),
        (f"@DROID Fill {ONE}", (ONE,)),
        (f"@droid\tfill: {ONE}", (ONE,)),
        (f"@droid fill {ONE}, {TWO} and [three]({ONE}3).", (ONE, TWO, f"{ONE}3")),
        (f"@droid fill\n{ONE}\n{TWO}\nSee also {ONE}9", (ONE, TWO)),
        (f"- @droid fill {ONE}\n- [x] @droid fill {TWO}\n- @droid fill {ONE}", (ONE, TWO)),
        (f"# @droid fill {ONE}\n\n<details>\n\n@droid fill {TWO}\n\n</details>", (ONE, TWO)),
        (f"@droid fill [prd]\n\n[prd]: {ONE}", (ONE,)),
        (f"@droid fill {ONE} <!-- and {TWO} -->", (ONE,)),
        (f"@droid fill {ONE}?a=1&amp;b=2", (f"{ONE}?a=1&b=2",)),
        (f"@droid fill {ONE}.!?", (ONE,)),
        (f"@droid fill {WIKI}/display/SHOP/Carts_(old)", (f"{WIKI}/display/SHOP/Carts_(old)",)),
        (f"@droid fill “{ONE}”", (ONE,)),
        (f"| @droid fill {ONE} | other |", (ONE,)),
    ],
)
def test_what_a_reader_sees_as_a_command_is_one(text: str, found: tuple[str, ...]) -> None:
    assert references_in(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        ONE,
        f"See {ONE}",
        "Write @droid fill to mark a page.",
        f"droid fill {ONE}",
        f"me@droid fill {ONE}",
        f"x/@droid fill {ONE}",
        f"@droid filled {ONE}",
        f"@droid fill the page {ONE}",
        f"@droid fill `{ONE}`",
        f"`@droid fill {ONE}`",
        f"```\n@droid fill {ONE}\n```",
        f"~~~text\n@droid fill {ONE}\n~~~",
        f"```\n@droid fill {ONE}",
        f"    @droid fill {ONE}",
        f"> @droid fill {ONE}",
        f"> lazy\n@droid fill {ONE}",
        f"- > @droid fill {ONE}",
        f"<!-- @droid fill {ONE} -->",
        f"<!--\n\n@droid fill {ONE}\n\n-->",
        f"a <!-- @droid fill {ONE} --> b",
        f"<pre>\n@droid fill {ONE}\n</pre>",
        f"![@droid fill {ONE}]({ONE})",
        f"@droid fill ![{ONE}]({ONE})",
        f"[@droid fill {ONE}](https://example.com)",
    ],
)
def test_what_is_shown_quoted_or_commented_out_is_none(text: str) -> None:
    assert references_in(text) == ()


def test_the_command_word_is_the_callers() -> None:
    text = f"/context {ONE}\n\n@droid fill {TWO}\n\n@bot  please (fill) {ONE}2"
    assert references_in(text, "/context") == (ONE,)
    assert references_in(text, "@bot please (fill)") == (f"{ONE}2",)


@pytest.mark.parametrize("way", ["{}", "<{}>", "[x]({})", "[x](<{}>)"])
def test_nothing_hostile_becomes_genuine_by_being_marked(way: str) -> None:
    """What a parser tidies (Unicode dots, escapes, blanks) must not turn a look-alike into the site."""
    site = Site(CloudId("1f5d0a3e-6c1b-4a57-9d0e-2b7c41a0acae"), "acme", hostile_urls.OK)
    accepted = []
    for url in (url for table in hostile_urls.EVERY.values() for url in table):
        for found in references_in(f"@droid fill {way.format(url)}"):
            try:
                parse(found, site)
            except (OtherSite, UnsupportedPageUrl):
                continue
            accepted.append((url, found))
    # In running text a blank ends an address and a full stop ends a sentence. Nothing else may be tidied.
    assert [(url, found) for url, found in accepted if found != url.split()[0].rstrip(".")] == []


@given(st.text(alphabet="@droid fil\n`>-<!*_[](){}|&;#~ahtps:/.\\\ue000\ue001é0", max_size=300))
def test_no_text_breaks_it_and_every_address_has_a_scheme_or_is_a_link(text: str) -> None:
    for address in references_in(text + f"\n\n@droid fill {SITE.url}"):
        assert not {"\ue000", "\ue001", "\ue002", "\n"} & set(address)
