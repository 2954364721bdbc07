"""Confluence as the use-cases see it: spaces, pages, and a page's text at one moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from confluence_connector.domain.identifiers import PageId, SpaceId


@dataclass(frozen=True, slots=True)
class Space:
    id: SpaceId
    key: str
    name: str
    type: str
    url: str
    homepage_id: PageId | None = None  # where its page tree begins


@dataclass(frozen=True, slots=True)
class PageRef:
    """A page without its text. `updated_at` is the time of its current version."""

    id: PageId
    title: str
    url: str
    space_key: str
    parent_id: PageId | None
    version: int
    updated_at: datetime
    status: Literal["current", "archived"] = "current"


@dataclass(frozen=True, slots=True)
class Page:
    """A page with its body, both of one version (fault case I5)."""

    ref: PageRef
    body: str
    representation: Literal["storage", "atlas_doc_format"] = "storage"


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A child in the page tree; folders have children and no text."""

    id: PageId
    title: str
    type: str
    has_text: bool
