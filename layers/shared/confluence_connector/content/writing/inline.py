"""A line of Markdown as storage."""

from collections.abc import Sequence
from typing import Final

from markdown_it.token import Token

from confluence_connector.content.writing import storage_links
from confluence_connector.content.writing.escaping import text
from confluence_connector.content.writing.house_markdown import MOST_NESTING, TAG
from confluence_connector.content.writing.tag_pairs import paired
from confluence_connector.errors import MarkdownTooDeep

_MARKS: Final = {"strong": "strong", "em": "em", "s": "del", "del": "del", "u": "u", "sub": "sub", "sup": "sup"}


def line(children: Sequence[Token], attachments_url: str) -> str:
    """Storage of one block's text, well-formed by itself. Raises `MarkdownTooDeep`."""
    pairs = paired(children)
    ends = set(pairs.values())
    out: list[str] = []
    closings: list[str] = []
    for index, token in enumerate(children):
        if token.nesting < 0 or index in ends:
            out.append(closings.pop())
        elif token.nesting > 0 or index in pairs:
            before, after = _around(token, attachments_url)
            out.append(before)
            closings.append(after)
            if len(closings) > MOST_NESTING:
                raise MarkdownTooDeep
        else:
            out.append(_piece(token, attachments_url))
    return "".join(out)


def _around(token: Token, attachments_url: str) -> tuple[str, str]:
    """What stands before and after the text of a link or a mark."""
    if token.type == "link_open":
        return storage_links.link(str(token.attrs.get("href", "")), attachments_url)
    name = _MARKS[token.tag]
    return f"<{name}>", f"</{name}>"


def _piece(token: Token, attachments_url: str) -> str:
    kind = token.type
    if kind == "image":
        source, title = str(token.attrs.get("src", "")), str(token.attrs.get("title", ""))
        return storage_links.image(source, _description(token), title, attachments_url)
    if kind == "code_inline":
        return f"<code>{text(token.content)}</code>"
    if kind == "softbreak":
        return " "
    if kind == "hardbreak" or (kind == TAG and token.tag == "br"):
        return "<br />"
    return text(token.content)


def _description(image: Token) -> str:
    """The plain text of an image's description."""
    return "".join(" " if child.type == "softbreak" else child.content for child in image.children or ())
