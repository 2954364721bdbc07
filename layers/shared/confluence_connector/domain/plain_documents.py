"""Somebody's plain words as an Atlassian Document, for fields of Jira that take nothing else. Pure.

Every line is a paragraph of one text node without marks: no mention, link, macro or list can come out of it, whatever
the words look like (fault case M7).
"""

import re
from typing import Any, Final

LINE_END: Final = re.compile(r"\r\n|\r|\n")
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def document_of(text: str) -> dict[str, Any] | None:
    """None, which empties the field, for nothing but white space. Control characters are left out."""
    lines = LINE_END.split(CONTROL.sub("", text))
    if not any(line.strip() for line in lines):
        return None
    return {"type": "doc", "version": 1, "content": [_paragraph(line) for line in lines]}


def _paragraph(line: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []}
