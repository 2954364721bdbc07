"""Which link targets survive, and how they are written. Threat: script URLs, look-alike hosts, self-loading images."""

import re
from functools import cache
from typing import NamedTuple
from urllib.parse import quote, quote_plus, unquote, urlsplit

LONGEST_URL = 8_192
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_IGNORED_BY_BROWSERS = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_UNSAFE = re.compile(r"[\s<>()\[\]\\\"'`|{}^*]")
_NOT_IN_A_NAME = re.compile(r"[^\w!$+,;=@.\-]")
_ENTITY = re.compile(r"&(?=#?\w+;)")
# Nearly every link: https with nothing in it that needs a second look.
_PLAIN = re.compile(
    r"(https://[a-z0-9.-]+(?::[0-9]+)?)(?:[/?#][A-Za-z0-9/?=%#:.,;+_~!$@\-]*)?", re.IGNORECASE | re.ASCII
)
_PAGE_ID = re.compile(r"(?:/pages/(?:edit-v2/)?|[?&]pageId=)(\d+)(?:/([^/?#]+))?")


class Target(NamedTuple):
    """Where a link may lead: `url` None = nowhere. `loss` names what is to be reported, `external` = another site."""

    url: str | None
    loss: tuple[str, str] | None = None
    external: bool = True


_TOO_LONG = Target(None, ("dropped", "link longer than 8,192 characters"))


@cache
def _percent_of(character: str) -> str:
    return quote(character, safe="")


def _percent(match: re.Match[str]) -> str:
    return _percent_of(match.group(0))


def written(url: str) -> str:
    """The URL as it can stand between the parentheses of a Markdown link: no character there ends or changes it."""
    return _ENTITY.sub("&amp;", _UNSAFE.sub(_percent, url))


def origin(base_url: str) -> str:
    """Scheme and host of a site's URL, or nothing when it is not an https URL."""
    parts = urlsplit(base_url)
    return f"https://{parts.netloc}" if parts.scheme in {"https", "http"} and parts.netloc else ""


def _web(url: str, scheme: str, site: str) -> Target:
    rest = url.split(":", 1)[1].replace("\\", "/").lstrip("/")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if not authority or "@" in authority or "%" in authority:
        return Target(None, ("dropped", "link with a disguised host"))
    # http is raised to https: the promise is that no other web scheme leaves this converter. It is reported.
    loss = ("rewritten", "http link") if scheme == "http" else None
    return Target(written(f"https://{rest}"), loss, f"https://{authority}".lower() != site.lower())


def target(href: str, site: str) -> Target:
    """Judge an `href` as a browser would read it. `site` is the page's own origin, or empty when not known.

    Kept: https, mailto, anchors of the page, and paths of the same site. Everything else leads nowhere.
    """
    plain = _PLAIN.fullmatch(href)
    if plain and len(href) <= LONGEST_URL:
        return Target(href, None, plain.group(1).lower() != site.lower())
    url = _IGNORED_BY_BROWSERS.sub("", href).strip()
    if not url:
        return Target(None)
    if len(url) > LONGEST_URL:
        return _TOO_LONG
    if url[0] == "#":
        return Target(written(url), None, external=False)
    scheme = _SCHEME.match(url)
    return _with_scheme(url, scheme.group(1).lower(), site) if scheme else _path(url.replace("\\", "/"), site)


def _with_scheme(url: str, scheme: str, site: str) -> Target:
    if scheme in {"https", "http"}:
        return _web(url, scheme, site)
    if scheme == "mailto":
        return Target("mailto:" + written(url[7:]), None, external=False)
    return Target(None, ("dropped", f"link with scheme {scheme}"))


def _path(path: str, site: str) -> Target:
    if path.startswith("//"):
        return _web("https:" + path, "https", site)
    if ":" in re.split(r"[/?#]", path, maxsplit=1)[0] or path.startswith("&"):
        return Target(None, ("dropped", "link with an unreadable scheme"))
    if not path.startswith(("/", "?")):
        path = f"/wiki/{path}"
    return Target(written(site + path), None, external=False)


def relative_file(filename: str) -> str:
    """An attachment's name as a relative target: nothing in it can be read as a scheme, a host or a path."""
    return _NOT_IN_A_NAME.sub(_percent, filename)


def page_by_title(site: str, title: str, space_key: str | None) -> Target:
    """Where a person finds a page known by title only (Confluence redirects `/display/` to the page)."""
    if space_key:
        url = f"{site}/wiki/display/{quote(space_key, safe='~')}/{quote_plus(title)}"
    else:
        url = f"{site}/wiki/search?text={quote_plus(title)}"
    # Percent-encoded as it is, nothing in it is left to be judged.
    return Target(url, None, external=False) if len(url) <= LONGEST_URL else _TOO_LONG


def page_named_in(url: str) -> tuple[str, str | None] | None:
    """Page id and title, as far as the URL of a page carries them."""
    found = _PAGE_ID.search(url)
    if not found:
        return None
    return found.group(1), unquote(found.group(2).replace("+", " ")) if found.group(2) else None
