"""Reading a pasted URL: which page does it name? Pure text; nothing is ever requested from it (B4).

Threat: the text comes from outside, and whatever is taken from it goes into a call that carries a bearer token. URL
parsers disagree about hosts (userinfo, backslashes, Unicode dots, ports), so the URL must fit one narrow grammar, its
host must equal the connection's site letter by letter, and only digits, a space key or a title come out of it.

Sources: api-facts §4 (URL shapes of Confluence Cloud, tiny links); RFC 3986 for the grammar.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, unquote_plus, urlsplit

from confluence_connector.domain import tiny_links
from confluence_connector.domain.connections import Site
from confluence_connector.domain.identifiers import PageId
from confluence_connector.errors import OtherSite, UnsupportedPageUrl

LONGEST: Final = 4096
GATEWAY_HOST: Final = "api.atlassian.com"
LARGEST_ID: Final = 2**63 - 1

URL: Final = re.compile(r"https://(?P<host>[^/?#]*)(?P<path>/[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?", re.IGNORECASE)
HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?\.?", re.ASCII)
ID: Final = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
KEY: Final = re.compile(r"~?[A-Za-z0-9._:@-]{1,254}", re.ASCII)
BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
HIDDEN_ESCAPE: Final = re.compile(r"%(?:25|2e|2f|5c|00)", re.IGNORECASE)
DATE: Final = re.compile(r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}", re.ASCII)

OPEN_IT: Final = "Open it in your browser and copy the URL from the address bar, then paste that."
PICK_A_PAGE: Final = "Open a page inside it and copy that page's URL."


@dataclass(frozen=True, slots=True)
class ById:
    """A page or blog post by id: the only part of a URL that stays true when a page moves or is renamed."""

    page_id: PageId


@dataclass(frozen=True, slots=True)
class ByTitle:
    """A legacy address: the page with that very title in that space."""

    space_key: str
    title: str


@dataclass(frozen=True, slots=True)
class HomeOf:
    """A space's own address, which shows its homepage."""

    space_key: str


type Address = ById | ByTitle | HomeOf


def parse(url: str, site: Site) -> Address:
    """What `url` names on `site`.

    Raises OtherSite for a well-formed URL of another host or cloud id, UnsupportedPageUrl for all else that is not a
    page of the site, with a remedy that fits what it is instead.
    """
    if len(url) > LONGEST or "\\" in url or any(sign.isspace() or not sign.isprintable() for sign in url):
        raise UnsupportedPageUrl
    found = URL.fullmatch(url)
    if found is None or not HOST.fullmatch(found["host"]):
        raise UnsupportedPageUrl
    path = _on_site(found["host"].lower().removesuffix("."), found["path"], site)
    head, *segments = path.removeprefix("/").removesuffix("/").split("/")
    if head != "wiki" or not segments:
        raise UnsupportedPageUrl
    return _address(segments, found["query"] or "")


def _on_site(host: str, path: str, site: Site) -> str:
    """The path on the site, from `/wiki`. Raises OtherSite."""
    if host == GATEWAY_HOST:
        ours = f"/ex/confluence/{site.cloud_id}/"
        if not path.startswith(ours):
            raise OtherSite
        return path[len(ours) - 1 :]
    if host != urlsplit(site.url).hostname:
        raise OtherSite
    return path


def _address(segments: list[str], query: str) -> Address:  # noqa: PLR0911 — the table of shapes reads best as one
    match segments:
        case ["spaces", key, "pages" | "blog", "edit-v2", page] | ["spaces", key, "pages", page]:
            return _by_id(page, key)
        case ["spaces", key, "pages", page, title]:
            return _by_id(page, key, title)
        case ["spaces", key, "blog", year, month, day, page, *rest] if len(rest) <= 1 and _is_date(year, month, day):
            return _by_id(page, key, *rest)
        case ["spaces", key] | ["spaces", key, "overview"] | ["display", key]:
            return HomeOf(_key(key))
        case ["display", key, title]:
            return ByTitle(_key(key), _title(unquote_plus(_checked(title))))
        case ["pages", "viewpage.action" | "editpage.action"]:
            return _by_query(query, "pageId")
        case ["pages", "resumedraft.action"]:
            return _by_query(query, "draftId")
        case ["x", code]:
            return ById(tiny_links.decode(code))
        case _:
            raise _no_page(segments)


def _no_page(segments: list[str]) -> UnsupportedPageUrl:
    """What it is instead, where we can tell, and how to get at a page."""
    match segments:
        case ["spaces", _, "folder" | "whiteboard" | "database" | "embed", *_]:
            return UnsupportedPageUrl("This URL names a folder, board or database, not a page.", remedy=PICK_A_PAGE)
        case ["display", _, year, month, day, _] if _is_date(year, month, day):
            return UnsupportedPageUrl("This old address of a blog post does not tell its id.", remedy=OPEN_IT)
        case ["l", "cp", *_]:
            return UnsupportedPageUrl("A share link does not tell which page it leads to.", remedy=OPEN_IT)
        case ["download", *_]:
            return UnsupportedPageUrl("This URL names an attachment, not a page.", remedy=PICK_A_PAGE)
        case _:
            return UnsupportedPageUrl()


def _by_id(page: str, key: str, title: str = "") -> ById:
    """By an id in the path. Key and title are decoration, and may be stale, but must not hide anything either."""
    _key(key)
    if title:
        _title(unquote_plus(_checked(title)))
    return ById(_id(page))


def _by_query(query: str, name: str) -> Address:
    given = [pair.partition("=")[::2] for pair in query.split("&")]
    values = {wanted: [value for key, value in given if key == wanted] for wanted in (name, "spaceKey", "title")}
    if any(len(each) > 1 for each in values.values()):
        raise UnsupportedPageUrl("This URL names more than one page.")
    match values[name], values["spaceKey"], values["title"]:
        case [page], _, _:
            return ById(_id(page))
        case [], [key], [title] if name == "pageId":
            return ByTitle(_key(key), _title(unquote_plus(_checked(title))))
        case _:
            raise UnsupportedPageUrl


def _id(text: str) -> PageId:
    """Digits as they stand: no sign, exponent, other script or escape. Confluence's ids are positive int64."""
    if not ID.fullmatch(text) or int(text) > LARGEST_ID:
        raise UnsupportedPageUrl
    return PageId(text)


def _key(text: str) -> str:
    key = unquote(_checked(text))
    if not KEY.fullmatch(key) or set(key) <= {"."}:
        raise UnsupportedPageUrl
    return key


def _title(title: str) -> str:
    """A title may hold an escaped slash, but no step of a path and no second layer of escapes (D4)."""
    steps = re.split(r"[/\\]", title)
    hidden = HIDDEN_ESCAPE.search(title) is not None
    if not title.strip() or not title.isprintable() or "\ufffd" in title or hidden or {".", ".."} & set(steps):
        raise UnsupportedPageUrl
    return title


def _checked(text: str) -> str:
    if BROKEN_ESCAPE.search(text):
        raise UnsupportedPageUrl
    return text


def _is_date(*parts: str) -> bool:
    return DATE.fullmatch("/".join(parts)) is not None
