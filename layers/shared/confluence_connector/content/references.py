"""Links to Confluence things and images, written the same way whichever format names them."""

import re
from html import escape as html_text
from typing import Final

from confluence_connector.content import tokens as t
from confluence_connector.content.emitter import Emitter
from confluence_connector.content.emoji import character
from confluence_connector.content.hidden import visible
from confluence_connector.content.links import Target, page_by_title, relative_file, target, written
from confluence_connector.content.names import Names

_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>&~|!]")
_SEPARATORS: Final = re.compile(f"[{t.BLOCK}{t.BREAK}][^{t.TEXT}]*{t.TEXT}")
_EDGE_SPACE: Final = " \n\t\r\xa0"
_CODES: Final = re.compile("[\x01-\x08\x0e-\x1b]")
UNKNOWN_USER: Final = "@unknown user"


def inline_text(text: str) -> str:
    """One line of text for a finished piece (image description, title): inert wherever it is put."""
    return _escaped(visible(text))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text) if _SPECIAL.search(text) else text


def link(emitter: Emitter, text: str, goal: Target) -> None:
    """`text` (fragments of the stream) as a link to `goal`, or as itself where that leads nowhere."""
    if goal.loss:
        emitter.ledger.add(*goal.loss)
    core = text.strip(_EDGE_SPACE)
    if not core and goal.url and not goal.url.startswith("#"):
        core = goal.url
    if goal.url is None or not core:
        emitter.append(text)
        return
    if emitter.inert and _leads_off(goal):
        _as_text(emitter, text if core != goal.url else "", goal.url)
        return
    if t.BLOCK in core or t.LINK in core:
        # A link cannot hold blocks or brackets of ours: it follows what it was around.
        emitter.append(f"{text} ")
        core = goal.url
    elif text[:1].isspace():
        emitter.append(" ")
    emitter.append(f"{t.LINK}{core}{t.LINK_END}")
    emitter.literal(f"({goal.url})")
    if text[-1:].isspace():
        emitter.append(" ")


def _leads_off(goal: Target) -> bool:
    return goal.external or (goal.url or "").startswith("mailto:")


def _as_text(emitter: Emitter, text: str, url: str) -> None:
    """A link that nobody follows by mistake: its text, and its address as code."""
    emitter.ledger.add("rewritten", "off-site link shown as text")
    if not text.strip():
        emitter.code(url)
        return
    emitter.append(f"{text.rstrip(_EDGE_SPACE)} (")
    emitter.code(url)
    emitter.append(") " if text[-1:].isspace() else ")")


def page_target(emitter: Emitter, names: Names, site: str, title: str, space_key: str | None) -> Target:
    """A page known by title: through the port, else where a person would find it, and reported."""
    url = names.page_url(title, space_key)
    if url is not None:
        return target(url, site)
    emitter.ledger.add("unresolved", f"page link: {title}")
    return page_by_title(site, title, space_key)


def attachment_target(emitter: Emitter, names: Names, site: str, filename: str, page_title: str | None) -> Target:
    """An attachment known by file name: through the port, else its name as a relative target, and reported."""
    url = names.attachment_url(filename, page_title)
    if url is not None:
        return target(url, site)
    emitter.ledger.add("unresolved", f"attachment: {filename}")
    return Target(relative_file(filename), None, external=False)


def mention(emitter: Emitter, names: Names, account_id: str, text: str = "") -> str:
    """A person's name where it may be known, else neutral text. An account id never reaches the page (E11)."""
    name = names.user_name(account_id) if account_id else None
    if name is None and not text.strip("@ "):
        emitter.ledger.add("unresolved", "mention")
        return UNKNOWN_USER
    return "@" + visible(name or text).removeprefix("@")


def emoji(emitter: Emitter, short_name: str, identifier: str, fallback: str, name: str = "") -> None:
    """An emoji as Confluence shows it: text, or a picture, and here one that loads nothing."""
    text, is_text = character(short_name, identifier, fallback, name)
    if text.startswith(":"):
        emitter.ledger.add("degraded", f"emoji {text}")
    if is_text:
        emitter.append(text)
    elif text:
        emitter.literal(f"![{inline_text(text)}]()")


def image(emitter: Emitter, goal: Target, label: str, *, filename: str = "", caption: str = "") -> None:
    """An image of this site; one from elsewhere becomes an ordinary link, because showing it would call out (F9).

    `caption` is raw text or stream. Plain, it becomes the image's title; with markup of its own, a line below.
    """
    description = filename if label == filename else visible(label) or filename
    if filename and filename not in description and goal.url and filename.replace(" ", "%20") not in goal.url:
        description = f"{description} ({filename})"
    if goal.loss:
        emitter.ledger.add(*goal.loss)
    below, title = _caption(emitter, caption) if caption else ("", "")
    if goal.url is None:
        emitter.ledger.add("dropped", "image")
        emitter.append(f"{description or 'image'} ")
    elif emitter.inert and _leads_off(goal):
        said = visible(caption.replace(emitter.separator, " ")) if title else ""
        _as_text(emitter, ", ".join(filter(None, [description or "image", said])), goal.url)
    else:
        show = "" if goal.external or (emitter.inert and ":" in goal.url) else "!"
        if goal.external:
            emitter.ledger.add("degraded", "external image shown as a link")
        titled = f' "{title}"' if title else ""
        emitter.literal(f"{show}[{_escaped(description) or 'image'}]({goal.url}{titled})")
    if below:
        emitter.append(f"{emitter.line_break}{below}")


def _caption(emitter: Emitter, caption: str) -> tuple[str, str]:
    """(stream to show below, title attribute): one of them is empty."""
    core = caption.replace(emitter.separator, " ").strip(" \n\t\r")
    if t.BLOCK in core or t.BREAK in core:
        core = _SEPARATORS.sub(" ", core).replace(t.EMPTY, "").strip(" \n\t\r")
    if not core:
        return "", ""
    if _CODES.search(core):
        return core, ""
    title = visible(core)
    if "\\" in title or '"' in title:
        title = title.replace("\\", "\\\\").replace('"', '\\"')
    if "&" in title or "<" in title:
        title = html_text(title, quote=False)
    return "", title


def attachment_image(
    emitter: Emitter,
    names: Names,
    site: str,
    filename: str,
    *,
    label: str = "",
    caption: str = "",
    page: str | None = None,
) -> None:
    goal = attachment_target(emitter, names, site, filename, page)
    if goal.external:
        # The port is ours: an attachment's URL is the site's own, whatever host serves it.
        goal = goal._replace(external=False)
    image(emitter, goal, label, filename=visible(filename), caption=caption)


def issue_target(site: str, key: str) -> Target:
    """A Jira issue of the same site."""
    return Target(written(f"{site}/browse/{key}") if site else None, None, external=False)
