"""Links and images for writes: what they lead to in storage, judged by the converter's own rules (links.py)."""

import re
from typing import Final
from urllib.parse import unquote

from confluence_connector.content.links import LONGEST_URL, target
from confluence_connector.content.writing.escaping import attribute, clean, text

_FILE_NAME: Final = re.compile(r"[^/\\?#:]+")
# Other relative paths mean a place in the agent's own world, which Confluence does not know.
_WRITABLE: Final = re.compile(r"https?:|mailto:|[#/]", re.IGNORECASE)


def _file(url: str, attachments_url: str) -> str | None:
    """The attachment that a URL means: a bare file name, or a file of this page as our converter writes it."""
    if len(url) > LONGEST_URL:
        return None
    if attachments_url and url.startswith(attachments_url):
        url = url.removeprefix(attachments_url).partition("?")[0]
    if not _FILE_NAME.fullmatch(url):
        return None
    name = clean(unquote(url)).strip()
    return name if name and not {"/", "\\", "\n", "\t"} & set(name) else None


def _web_url(url: str) -> str | None:
    """The URL, if it is one that may be written. Reading raises http to https; a write keeps what it was given."""
    if len(url) > LONGEST_URL or not _WRITABLE.match(url):
        return None
    goal = target(clean(url), "")
    if goal.url is not None and goal.loss == ("rewritten", "http link"):
        return goal.url.replace("https:", "http:", 1)
    return goal.url


def link(url: str, attachments_url: str) -> tuple[str, str]:
    """What stands before and after a link's text; nothing where the target is not a safe one: the text stays."""
    name = _file(url, attachments_url)
    if name is not None:
        return f'<ac:link><ri:attachment ri:filename="{attribute(name)}" /><ac:link-body>', "</ac:link-body></ac:link>"
    safe = _web_url(url)
    if safe is None:
        return "", ""
    if safe.startswith("#"):
        return f'<ac:link ac:anchor="{attribute(safe[1:])}"><ac:link-body>', "</ac:link-body></ac:link>"
    return f'<a href="{attribute(safe)}">', "</a>"


def image(url: str, description: str, title: str, attachments_url: str) -> str:
    """An attachment or a picture from the web; only its description where the source is not a safe one."""
    name = _file(url, attachments_url)
    if name is not None:
        source = f'<ri:attachment ri:filename="{attribute(name)}" />'
    else:
        safe = _web_url(url)
        if safe is None or not safe.startswith(("https:", "http:")):
            return text(description)
        source = f'<ri:url ri:value="{attribute(safe)}" />'
    alt = f' ac:alt="{attribute(description)}"' if description.strip() else ""
    caption = f"<ac:caption><p>{text(title)}</p></ac:caption>" if title.strip() else ""
    return f"<ac:image{alt}>{source}{caption}</ac:image>"
