"""Text on its way into storage: nothing in it can end, open or forge an element, a macro or an attribute."""

import re
from html import escape
from typing import Final

from confluence_connector.content.hidden import without_forbidden, without_invisible

_CDATA_END: Final = "]]>"
_CDATA_END_SPLIT: Final = "]]]]><![CDATA[>"
_LINE_ENDS: Final = re.compile(r"[\t\r\n]+")


def clean(text: str) -> str:
    """Without what XML forbids and without characters that nobody sees: an agent leaves no hidden words either."""
    return without_invisible(without_forbidden(text)[0])[0]


def text(value: str) -> str:
    """Character data."""
    return escape(clean(value), quote=False)


def attribute(value: str) -> str:
    """One line between double quotes."""
    return escape(_LINE_ENDS.sub(" ", clean(value)))


def cdata(value: str) -> str:
    """A CDATA section; where the text holds the end of one, it goes on in a second (api-facts §6.1)."""
    return f"<![CDATA[{clean(value).replace(_CDATA_END, _CDATA_END_SPLIT)}]]>"
