"""A line of Markdown as storage."""

from collections.abc import Sequence
from typing import Final

from markdown_it.token import Token

from confluence_connector.content.writing import storage_links
from confluence_connector.content.writing.escaping import text
from confluence_connector.content.writing.house_markdown import TAG
from confluence_connector.content.writing.tag_pairs import paired

_BREAK: Final = "<br />"
_MARKS: Final = {"strong": "strong", "em": "em", "s": "del", "del": "del", "u": "u", "sub": "sub", "sup": "sup"}


def line(children: Sequence[Token], attachments_url: str) -> str:
    """Storage of one block's text, well-formed by itself."""
    pairs = paired(children)
    markup = {*pairs, *pairs.values()}
    out: list[str] = []
    closings: list[str] = []
    for index, token in enumerate(children):
        kind = token.type
        if kind == TAG:
            out.append(_tag(token, is_markup=index in markup))
        elif kind == "link_open":
            before, after = storage_links.link(str(token.attrs.get("href", "")), attachments_url)
            out.append(before)
            closings.append(after)
        elif kind == "link_close":
            out.append(closings.pop())
        elif kind == "image":
            source, title = str(token.attrs.get("src", "")), str(token.attrs.get("title", ""))
            out.append(storage_links.image(source, _description(token), title, attachments_url))
        elif kind == "code_inline":
            out.append(f"<code>{text(token.content)}</code>")
        elif kind == "hardbreak":
            out.append(_BREAK)
        elif kind == "softbreak":
            out.append(" ")
        elif token.nesting:
            name = _MARKS[token.tag]
            out.append(f"<{name}>" if token.nesting > 0 else f"</{name}>")
        else:
            out.append(text(token.content))
    return "".join(out)


def _tag(token: Token, *, is_markup: bool) -> str:
    if token.tag == "br":
        return _BREAK
    return token.content if is_markup else text(token.content)


def _description(image: Token) -> str:
    """The plain text of an image's description."""
    return "".join(" " if child.type == "softbreak" else child.content for child in image.children or ())
