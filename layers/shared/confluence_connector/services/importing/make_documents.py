"""The documents of a feature, made from pages as they were read: copies with their text, links without it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from confluence_connector.domain.connections import Site
from confluence_connector.domain.documents import Document, LossRecord, Role, Source
from confluence_connector.domain.identifiers import ConnectionId, DocumentId, FeatureId, MemberId, WorkspaceId
from confluence_connector.domain.pages import Page, PageRef
from confluence_connector.errors import TooLarge
from confluence_connector.limits import COPY_BYTES, LOSSES_KEPT
from confluence_connector.ports import Clock, NewId
from confluence_connector.services.reading.convert_page import convert

type Made = tuple[Document, str | None]
"""A document, and its text; None: a link, which keeps nothing but the reference (D1)."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose documents they are, and of which feature."""

    workspace: WorkspaceId
    feature_id: FeatureId
    member: MemberId


@dataclass(frozen=True, slots=True)
class Origin:
    """The connection that pages were read through, and its site."""

    connection_id: ConnectionId
    site: Site


@dataclass(frozen=True, slots=True)
class DocumentMaker:
    now: Clock
    new_id: NewId

    def copy(self, owner: Owner, role: Role, page: Page, origin: Origin, read_at: datetime) -> Made:
        """Raises ContentUnreadable, TooLarge."""
        markdown, losses = convert(page, origin.site.url)
        if len(markdown.encode()) > COPY_BYTES:
            raise TooLarge("The page is larger than a copy may be.", remedy="Import it as a link.")
        document = Document(
            id=DocumentId(self.new_id("doc")),
            feature_id=owner.feature_id,
            workspace=owner.workspace,
            role=role,
            mode="copy",
            created_at=self.now(),
            created_by=owner.member,
            source=_source(origin.site, page.ref),
            connection_id=origin.connection_id,
            last_synced=read_at,
            archived=page.ref.status == "archived",
            losses=_bounded(losses),
        )
        return document, markdown

    def link(self, owner: Owner, role: Role, ref: PageRef, origin: Origin) -> Made:
        document = Document(
            id=DocumentId(self.new_id("doc")),
            feature_id=owner.feature_id,
            workspace=owner.workspace,
            role=role,
            mode="link",
            created_at=self.now(),
            created_by=owner.member,
            source=_source(origin.site, ref),
            connection_id=origin.connection_id,
            archived=ref.status == "archived",  # `last_synced` stays empty: nothing but its name was fetched
        )
        return document, None

    def empty_trd(self, owner: Owner) -> Made:
        """Editable, and nobody's page (C6)."""
        document = Document(
            id=DocumentId(self.new_id("doc")),
            feature_id=owner.feature_id,
            workspace=owner.workspace,
            role="trd",
            mode="copy",
            created_at=self.now(),
            created_by=owner.member,
        )
        return document, ""


def _source(site: Site, ref: PageRef) -> Source:
    return Source(
        provider="confluence",
        cloud_id=site.cloud_id,
        site_url=site.url,
        space_key=ref.space_key,
        page_id=ref.id,
        title=ref.title,
        url=ref.url,
        version=ref.version,
    )


def _bounded(losses: Sequence[LossRecord]) -> tuple[LossRecord, ...]:
    """A page of ten thousand different macros reports most of them as one line, so that the report has an end."""
    if len(losses) <= LOSSES_KEPT:
        return tuple(losses)
    rest = losses[LOSSES_KEPT - 1 :]
    return (*losses[: LOSSES_KEPT - 1], LossRecord("more", "further losses", sum(loss.count for loss in rest), "all"))
