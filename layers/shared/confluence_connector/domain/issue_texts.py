"""What of a page gets into its issue: the title, as one line of plain text, and where the page is (G5). Nothing else.

A summary and a remote link's title are plain text in Jira: what a title says in JQL, wiki markup or mentions is inert
there (M7). What would not be: a second line, characters that nobody sees, and those that turn the order of others.
"""

import unicodedata
from typing import Final

from confluence_connector.domain.identifiers import CloudId, PageId
from confluence_connector.limits import SUMMARY_UNITS

UNTITLED: Final = "Untitled page"
CUT: Final = "…"
BREAKS: Final = frozenset({"Cc", "Zl", "Zp", "Zs"})
HALF: Final = "Cs"
UNSEEN: Final = "Cf"
JOINERS: Final = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}")
"""Format characters that shape scripts and emoji; the others hide or turn text."""


def summary_of(title: str) -> str:
    """One line of 1 to SUMMARY_UNITS UTF-16 units; the same for the same title, always."""
    kept = "".join(map(_as_text, title))
    line = " ".join(kept.split())
    if not line.strip("".join(JOINERS)):
        return UNTITLED
    if _units(line) <= SUMMARY_UNITS:
        return line
    return _cut(line, SUMMARY_UNITS - _units(CUT)) + CUT


def page_url(site_url: str, page_id: PageId) -> str:
    """Where a page is, whatever it is called and wherever it moves to."""
    return f"{site_url}/wiki/pages/viewpage.action?pageId={page_id}"


def global_id_of(cloud_id: CloudId, page_id: PageId) -> str:
    """Under which an issue's remote link to the page is found again, and replaced."""
    return f"confluence-connector:{cloud_id}:{page_id}"


def _as_text(character: str) -> str:
    category = unicodedata.category(character)
    if category in BREAKS:
        return " "
    if category == HALF:
        return "\N{REPLACEMENT CHARACTER}"
    return "" if category == UNSEEN and character not in JOINERS else character


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, units: int) -> str:
    """As many whole characters as fit."""
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore").rstrip()
