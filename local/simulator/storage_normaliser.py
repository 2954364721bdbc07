"""What Confluence does to a storage body between a write and the next read: it checks it, then adds and respells.

Source: api-facts, storage basics (not byte-stable: `ac:schema-version`, `ac:macro-id`, `local-id`, `<br/>` becomes
`<br />`). What the server has added once it keeps, so a body that came from a read goes back unchanged.
"""

import re
from collections.abc import Callable
from html.entities import html5
from random import Random
from uuid import UUID
from xml.parsers.expat import ExpatError, ParserCreate

OUTSIDE_CDATA = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|&(?P<entity>[A-Za-z0-9]+);", re.DOTALL)
# Quoted values may hold `>`; CDATA and comments are passed over whole.
MARKUP = re.compile(
    r"""<!\[CDATA\[.*?\]\]>|<!--.*?-->|<(?P<name>[A-Za-z][\w:.-]*)(?P<attributes>(?:[^"'>]|"[^"]*"|'[^']*')*)>""",
    re.DOTALL,
)
OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
HEADINGS = tuple(f"h{level}" for level in range(1, 7))
WRAPPING = '<root xmlns:ac="urn:ac" xmlns:ri="urn:ri" xmlns:at="urn:at">', "</root>"
# Attribute → its value; None stands for a new uuid.
ADDED: dict[str, dict[str, str | None]] = {
    "ac:structured-macro": {"ac:schema-version": "1", "ac:macro-id": None},
    "table": {"ac:local-id": None},
    "ri:user": {"ri:local-id": None},
    **{name: {"local-id": None} for name in ("p", *HEADINGS)},
}


class MalformedStorage(Exception):
    """The body is not well-formed; the text is Confluence's complaint, with the place and without the content."""


def normalised(storage: str, random: Random) -> str:
    """The body as a read will give it. `random` makes the ids. Raises MalformedStorage."""
    check(storage)
    return MARKUP.sub(lambda found: _tag(found, lambda: str(UUID(int=random.getrandbits(128), version=4))), storage)


def check(storage: str) -> None:
    """Raises MalformedStorage unless the body is a well-formed fragment with HTML's entities."""
    head, tail = WRAPPING
    parser = ParserCreate(namespace_separator=" ")
    try:
        parser.Parse((head + OUTSIDE_CDATA.sub(_numbered, storage) + tail).encode(), True)
    except ExpatError as error:
        column = error.offset + 1 - (len(head) if error.lineno == 1 else 0)
        place = f"at [row,col {{unknown-source}}]: [{error.lineno},{column}]"
        raise MalformedStorage(f"Error parsing xhtml: {str(error).partition(':')[0]}\n {place}") from None
    except UnicodeEncodeError:
        raise MalformedStorage("Error parsing xhtml: Illegal character") from None


def _numbered(found: re.Match[str]) -> str:
    """HTML's entities as numbers, which XML knows; CDATA and comments as they are."""
    name = found["entity"]
    if name is None or name in OF_XML or f"{name};" not in html5:
        return found[0]
    return "".join(f"&#{ord(character)};" for character in html5[f"{name};"])


def _tag(found: re.Match[str], new_id: Callable[[], str]) -> str:
    name, attributes = found["name"], found["attributes"]
    if name is None:
        return found[0]
    empty = attributes.endswith("/")
    attributes = attributes.removesuffix("/").rstrip()
    for attribute, value in ADDED.get(name, {}).items():
        if not re.search(rf"\s{attribute}\s*=", attributes):
            attributes += f' {attribute}="{value or new_id()}"'
    return f"<{name}{attributes}{' />' if empty else '>'}"
