"""The query that finds a synchronizer's pages: one space's, and among them what an admin's own CQL asks for (G2, M5).

    space = "SHOP" AND type = page AND ( label = "spec" OR label = "prd" )

Threat: a condition that closes the parentheses and goes on behind them ("a) OR (type = page"), or that a server reads
otherwise than we do. So only what has one reading gets in: strings in double quotes, with a backslash shielding the
next character; outside of them no backslash and no other quote; parentheses that match. Whether the rest is CQL,
Confluence says when the query is asked. And whatever a query finds, a page of another space is no page of ours.
Source: "Advanced searching using CQL" (api-facts, CQL grammar).
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from confluence_connector.domain.identifiers import PAGE, PageId
from confluence_connector.errors import CqlRefused
from confluence_connector.limits import ADDITIONAL_CQL_LENGTH

STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
AMBIGUOUS: Final = re.compile(r"""["'\\]""")
"""Outside of strings: a quote without its pair, one of another kind, a backslash."""
ORDER_BY: Final = re.compile(r"\border\s+by\b", re.IGNORECASE)
CONTROLS: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Controls, halves of characters, separators of lines and paragraphs."""


def fenced(space_key: str, additional: str | None = None) -> str:
    """The query for the current pages of a space that the additional CQL, if any, is true for. Raises CqlRefused."""
    query = f"space = {_quoted(space_key)} AND type = page"
    return query if additional is None else f"{query} AND ( {_one_condition(additional)} )"


def among(fence: str, ids: Sequence[PageId]) -> str:
    """The same, of these pages only. Without one there is nothing to ask: ValueError, as for what is no page's id."""
    if not ids or not all(PAGE.fullmatch(each) for each in ids):
        raise ValueError("not ids of pages")
    return f"{fence} AND id in ({','.join(ids)})"


def written_lately(fence: str, minutes: int) -> str:
    """The same, of pages with a version of the last so many minutes. By Confluence's own clock, in no zone."""
    return f'{fence} AND lastmodified >= now("-{minutes}m")'


def _one_condition(text: str) -> str:
    if len(text) > ADDITIONAL_CQL_LENGTH or any(unicodedata.category(each) in CONTROLS for each in text):
        raise CqlRefused
    condition = text.strip()
    bare = STRING.sub(" ", condition)
    if not condition or AMBIGUOUS.search(bare) or ORDER_BY.search(bare):
        raise CqlRefused
    depth = 0
    for each in bare:
        depth += (each == "(") - (each == ")")
        if depth < 0:
            raise CqlRefused
    if depth:
        raise CqlRefused
    return condition


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
