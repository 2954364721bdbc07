"""Markdown to HTML that can be put into any page: a CommonMark renderer, then an allow-list sanitizer.

The sanitizer is the defence; the renderer may produce whatever it likes. Nothing here runs, submits, or loads from
another site: scripts, handlers, styles, forms, frames and objects go, links carry `rel="noopener nofollow"`, and an
image from elsewhere becomes a link to it.
"""

import re
from functools import cache
from html import escape, unescape
from typing import Final

import nh3
from markdown_it import MarkdownIt

from confluence_connector.content.links import target

ALERTS: Final = {"NOTE": "Note", "TIP": "Tip", "IMPORTANT": "Important", "WARNING": "Warning", "CAUTION": "Caution"}

_TAGS: Final = frozenset(
    [
        "p",
        "br",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "code",
        "strong",
        "em",
        "del",
        "s",
        "u",
        "sub",
        "sup",
        "a",
        "img",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "div",
        "span",
        "input",
    ]
)
_ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "th": {"colspan", "rowspan", "align"},
    "td": {"colspan", "rowspan", "align"},
    "ol": {"start"},
    "code": {"class"},
    "div": {"class"},
    "p": {"class"},
    "li": {"class"},
    "input": {"type", "checked", "disabled"},
}
_DIGITS: Final = 10
_CLASSES: Final = re.compile(
    r"language-[a-z0-9+#_-]{1,32}|alert alert-(?:note|tip|important|warning|caution)|alert-title|task"
)
_ALERT = re.compile(r"<blockquote>\s*<p>\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\](?:<br ?/?>)?\s*(</p>)?")
_TASK = re.compile(r"<li>(\s*<p>)?\[([ xX])\] ")
_IMAGE = re.compile(r"<img [^>]*>")
_ALT = re.compile(r'\balt="([^"]*)"')
_SOURCE = re.compile(r'\bsrc="([^"]*)"')
_QUOTE = re.compile(r"<blockquote>|</blockquote>")


@cache
def _renderer() -> MarkdownIt:
    # 60 levels: more than the converter writes, few enough that hostile nesting stays cheap.
    return MarkdownIt("commonmark", {"html": True, "maxNesting": 60}).enable(["table", "strikethrough"])


def _allowed_attribute(tag: str, name: str, value: str) -> str | None:
    """None drops the attribute."""
    if name in {"href", "src"}:
        # The same judgement as in the converter; a relative address stays relative.
        goal = target(value, "")
        return goal.url if goal.url is None or goal.external else value
    if name == "class":
        return value if _CLASSES.fullmatch(value) else None
    if tag == "input":
        return value if name != "type" or value == "checkbox" else None
    if name in {"colspan", "rowspan", "start"}:
        return value if value.isascii() and value.isdigit() and len(value) < _DIGITS else None
    if name == "align":
        return value if value in {"left", "center", "right"} else None
    return value


def _alerts(html: str) -> str:
    """GitHub alerts: the quote becomes a titled box. Works on the renderer's own output, before the sanitizer."""
    pieces: list[str] = []
    position = 0
    boxes: list[bool] = []
    for match in _QUOTE.finditer(html):
        pieces.append(html[position : match.start()])
        position = match.end()
        if match.group(0) == "</blockquote>":
            pieces.append("</div>" if boxes and boxes.pop() else "</blockquote>")
            continue
        alert = _ALERT.match(html, match.start())
        boxes.append(alert is not None)
        if alert is None:
            pieces.append("<blockquote>")
            continue
        kind = alert.group(1)
        again = "" if alert.group(2) else "<p>"
        pieces.append(f'<div class="alert alert-{kind.lower()}"><p class="alert-title">{ALERTS[kind]}</p>{again}')
        position = alert.end()
    pieces.append(html[position:])
    return "".join(pieces)


def _task(match: re.Match[str]) -> str:
    checked = "" if match.group(2) == " " else " checked"
    return f'<li class="task">{match.group(1) or ""}<input type="checkbox" disabled{checked}> '


def _image(match: re.Match[str]) -> str:
    """An image of this site stays; one from another site is named and linked, one without a source is its text."""
    tag = match.group(0)
    found, described = _SOURCE.search(tag), _ALT.search(tag)
    source = unescape(found.group(1)) if found else ""
    text = described.group(1) if described else ""
    if not source:
        return f"<span>{text}</span>"
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|[/\\]{2}", source):
        return f'<a href="{escape(source)}" rel="noopener nofollow">{text or "image"}</a>'
    return tag


def render(markdown: str) -> str:
    """Inert HTML of the Markdown; alerts and task lists carry classes (`alert alert-note`, `task`) for a stylesheet."""
    html = _renderer().render(markdown)
    html = _TASK.sub(_task, _alerts(html))
    html = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_allowed_attribute,
        clean_content_tags={"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title"},
        url_schemes={"https", "mailto"},
        link_rel="noopener nofollow",
        strip_comments=True,
    )
    return _IMAGE.sub(_image, html)
