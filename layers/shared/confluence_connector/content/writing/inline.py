"""A line of Markdown as storage."""

from collections.abc import Sequence
from typing import Final

from markdown_it.token import Token

from confluence_connector.content.writing import storage_links
from confluence_connector.content.writing.escaping import text
from confluence_connector.content.writing.house_markdown import TAG
from confluence_connector.content.writing.output import Output
from confluence_connector.content.writing.tag_pairs import paired

_MARKS: Final = {"strong": "strong", "em": "em", "s": "del", "del": "del", "u": "u", "sub": "sub", "sup": "sup"}


def write_line(out: Output, children: Sequence[Token], attachments_url: str) -> None:
    """The text of one block. Raises as `Output` does."""
    pairs = paired(children)
    ends = set(pairs.values())
    for index, token in enumerate(children):
        if token.nesting < 0 or index in ends:
            out.close()
        elif token.nesting > 0 or index in pairs:
            out.open(*_around(token, attachments_url))
        else:
            out.add(_piece(token, attachments_url))


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
