"""Every genuine form of a page URL (B4). What must be refused is in tests/faults/test_d_page_urls.py."""

import pytest

from confluence_connector.domain import tiny_links
from confluence_connector.domain.connections import Site
from confluence_connector.domain.identifiers import CloudId, PageId
from confluence_connector.domain.page_urls import ById, ByTitle, HomeOf, parse
from confluence_connector.errors import OtherSite, UnsupportedPageUrl

CLOUD = "1f5d0a3e-6c1b-4a57-9d0e-2b7c41a0acae"
SITE = Site(CloudId(CLOUD), "acme", "https://acme.atlassian.net")
WIKI = "https://acme.atlassian.net/wiki"

BY_ID = [
    "/spaces/SHOP/pages/123456/Saved+carts",
    "/spaces/SHOP/pages/123456",
    "/spaces/SHOP/pages/123456/",
    "/spaces/SHOP/pages/123456/Saved+carts/",
    "/spaces/SHOP/pages/123456/Saved+carts#Open-questions",
    "/spaces/SHOP/pages/123456/Saved+carts#Umlaute-%C3%BC",
    "/spaces/SHOP/pages/123456/Saved+carts?focusedCommentId=998877",
    "/spaces/SHOP/pages/123456/Saved+carts?focusedCommentId=998877#comment-998877",
    "/spaces/SHOP/pages/123456?atlOrigin=eyJpIjoiYSJ9&pageId=77",
    "/spaces/SHOP/pages/123456/PRD%3A+Carts+%26+more",
    "/spaces/SHOP/pages/123456/In%2FOut",
    "/spaces/SHOP/pages/123456/100%25+done",
    "/spaces/SHOP/pages/123456/M%C3%BCller",
    "/spaces/SHOP/pages/123456/Müller",
    "/spaces/SHOP/pages/123456/%E3%82%AB%E3%83%BC%E3%83%88",
    "/spaces/SHOP/pages/123456/%F0%9F%9B%92+Carts",
    "/spaces/SHOP/pages/123456/v2...+final",
    "/spaces/SHOP/pages/edit-v2/123456",
    "/spaces/SHOP/pages/edit-v2/123456?draftShareId=0a1b2c3d",
    "/spaces/~5be24ad8b1653240376955d2/pages/123456/Notes",
    "/spaces/%7E5be24ad8b1653240376955d2/pages/123456/Notes",
    "/spaces/~557058%3A2d8e5f70-b1a9-4b36-a7c4-3e90d1f2c603/pages/123456/Notes",
    "/spaces/~ada.lovelace/pages/123456",
    "/spaces/DEV_OPS/pages/123456",
    "/spaces/SHOP/blog/2026/01/31/123456/Hello",
    "/spaces/SHOP/blog/2026/01/31/123456",
    "/spaces/SHOP/blog/edit-v2/123456",
    "/pages/viewpage.action?pageId=123456",
    "/pages/viewpage.action?pageId=123456#Scope",
    "/pages/viewpage.action?focusedCommentId=1&pageId=123456",
    "/pages/viewpage.action?pageId=123456&spaceKey=OLD&title=Stale",
    "/pages/editpage.action?pageId=123456",
    "/pages/resumedraft.action?draftId=123456",
    "/pages/resumedraft.action?draftId=123456&draftShareId=0a1b2c3d-1111",
    f"/x/{tiny_links.encode(123456)}",
    f"/x/{tiny_links.encode(123456)}/",
    f"/x/{tiny_links.encode(123456)}?atlOrigin=abc",
]
OTHERWISE = [
    ("/pages/viewpage.action?spaceKey=SHOP&title=Saved+carts", ByTitle("SHOP", "Saved carts")),
    ("/pages/viewpage.action?title=Saved%20carts&spaceKey=SHOP", ByTitle("SHOP", "Saved carts")),
    ("/display/SHOP/Saved+carts", ByTitle("SHOP", "Saved carts")),
    ("/display/SHOP/C%2B%2B+guide", ByTitle("SHOP", "C++ guide")),
    ("/display/SHOP/In%2FOut#Anchor", ByTitle("SHOP", "In/Out")),
    ("/display/~ada/M%C3%BCller", ByTitle("~ada", "Müller")),
    ("/display/SHOP", HomeOf("SHOP")),
    ("/spaces/SHOP", HomeOf("SHOP")),
    ("/spaces/SHOP/", HomeOf("SHOP")),
    ("/spaces/SHOP/overview", HomeOf("SHOP")),
    ("/spaces/~5be24ad8b1653240376955d2/overview", HomeOf("~5be24ad8b1653240376955d2")),
    ("/spaces/SHOP/overview?homepageId=55", HomeOf("SHOP")),
]


def test_the_table_holds_at_least_forty_genuine_forms() -> None:
    assert len(BY_ID) + len(OTHERWISE) >= 40


@pytest.mark.parametrize("form", BY_ID)
def test_a_url_with_an_id_names_the_page_of_that_id(form: str) -> None:
    assert parse(WIKI + form, SITE) == ById(PageId("123456"))


@pytest.mark.parametrize(("form", "address"), OTHERWISE)
def test_a_url_without_an_id_names_a_title_or_a_space(form: str, address: ByTitle | HomeOf) -> None:
    assert parse(WIKI + form, SITE) == address


@pytest.mark.parametrize("host", ["ACME.atlassian.net", "acme.atlassian.net.", "Acme.Atlassian.NET."])
def test_host_is_compared_without_case_and_trailing_dot(host: str) -> None:
    assert parse(f"HTTPS://{host}/wiki/spaces/SHOP/pages/7", SITE) == ById(PageId("7"))


def test_gateway_form_is_read_if_it_names_the_connections_site() -> None:
    assert parse(f"https://api.atlassian.com/ex/confluence/{CLOUD}/wiki/spaces/SHOP/pages/7", SITE) == ById(PageId("7"))
    with pytest.raises(OtherSite):
        parse("https://api.atlassian.com/ex/confluence/another/wiki/spaces/SHOP/pages/7", SITE)


def test_a_custom_domain_is_the_site_where_atlassian_says_so() -> None:
    site = Site(CloudId(CLOUD), "acme", "https://docs.acme.example")
    assert parse("https://docs.acme.example/wiki/spaces/SHOP/pages/7", site) == ById(PageId("7"))
    with pytest.raises(OtherSite):
        parse(WIKI + "/spaces/SHOP/pages/7", site)


@pytest.mark.parametrize(
    ("form", "part_of_the_remedy"),
    [
        ("/l/cp/8NcZ0d1x", "address bar"),
        ("/spaces/SHOP/folder/99", "page inside it"),
        ("/spaces/SHOP/whiteboard/99", "page inside it"),
        ("/spaces/SHOP/database/99", "page inside it"),
        ("/spaces/SHOP/embed/99", "page inside it"),
        ("/download/attachments/123456/spec.pdf?version=2", "page inside it"),
        ("/display/SHOP/2026/01/31/Hello", "address bar"),
        ("/home", "address bar"),
        ("/search?text=carts", "address bar"),
    ],
)
def test_what_is_no_page_is_told_with_a_remedy_that_fits(form: str, part_of_the_remedy: str) -> None:
    with pytest.raises(UnsupportedPageUrl) as refused:
        parse(WIKI + form, SITE)
    assert part_of_the_remedy in refused.value.remedy


@pytest.mark.parametrize(
    ("code", "number"), [("AYBfAg", 39813121), ("KYHfDg", 249528617), ("phDOEg", 315494566), ("I4Aa", 1736739)]
)
def test_tiny_links_read_and_write_the_known_examples(code: str, number: int) -> None:
    assert tiny_links.decode(code) == str(number)
    assert tiny_links.encode(number) == code


@pytest.mark.parametrize("number", [1, 62, 63, 255, 0xFBEFBE, 0xFFFFFF, 2**40 + 62, 2**63 - 1])
def test_tiny_links_swap_the_two_signs_the_confluence_way(number: int) -> None:
    code = tiny_links.encode(number)
    assert tiny_links.decode(code) == str(number)
    assert not set(code) & set("+/=")


def test_slash_becomes_minus_and_plus_becomes_underscore() -> None:
    assert tiny_links.encode(0xFFFFFF) == "----"  # Base64 says ////
    assert tiny_links.encode(0xBEEFFB) == "____"  # Base64 says ++++
