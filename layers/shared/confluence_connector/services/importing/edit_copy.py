"""Editing a copy, with optimistic locking (C5). A link is edited in Confluence (D5)."""

import re
from dataclasses import dataclass
from typing import Final

from confluence_connector.domain.documents import Document
from confluence_connector.domain.identifiers import DocumentId
from confluence_connector.domain.people import Principal
from confluence_connector.errors import (
    LinkedReadOnly,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    TooLarge,
)
from confluence_connector.limits import COPY_BYTES
from confluence_connector.ports import Stale
from confluence_connector.ports.documents import Documents

TAGS: Final = re.compile(r'\s*(W/)?"([!#-~]*)"\s*(?:,|$)', re.ASCII)


@dataclass(frozen=True, slots=True)
class CopyEditor:
    documents: Documents

    def edit(self, person: Principal, document_id: DocumentId, markdown: str, if_match: str | None) -> Document:
        """The document at its next revision. Any member of the workspace may edit its copies.

        Raises NotFound, LinkedReadOnly with the page's `view_url`, PreconditionRequired without If-Match,
        PreconditionFailed for another revision than the present one, TooLarge.
        """
        document = self.documents.get(person.workspace, document_id)
        if document is None:
            raise NotFound
        if document.mode == "link":
            raise LinkedReadOnly(view_url=document.source.url if document.source else None)
        if if_match is None or if_match.strip() == "*":  # "*" would overwrite whatever is there
            raise PreconditionRequired
        if str(document.revision) not in strong_tags(if_match):
            raise PreconditionFailed
        if len(markdown.encode()) > COPY_BYTES:
            raise TooLarge("The text is larger than a copy may be.", remedy="Split it over several documents.")
        try:
            return self.documents.edit(document, markdown)
        except Stale:
            raise PreconditionFailed from None


def strong_tags(if_match: str) -> frozenset[str]:
    """The entity tags of an If-Match header; weak ones never match there (RFC 9110 §13.1.1). Garbage holds none."""
    found = TAGS.findall(if_match)
    return frozenset(tag for weak, tag in found if not weak)
