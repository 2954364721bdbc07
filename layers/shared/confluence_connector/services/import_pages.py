"""Importing: one feature with its PRD, and a TRD that is another page or an empty one (C1–C7).

Everything that can fail happens first; then one transaction makes all of it (C4).

    find connections ──► read pages, convert copies ──► feature, documents, texts: one transaction
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from confluence_connector.domain.documents import Document, Feature, LossRecord, Mode, Role, Source
from confluence_connector.domain.identifiers import DocumentId, FeatureId, PageId
from confluence_connector.domain.pages import PageRef
from confluence_connector.domain.people import Principal
from confluence_connector.errors import SamePageTwice, TooLarge
from confluence_connector.limits import COPY_BYTES, LOSSES_KEPT
from confluence_connector.ports import Clock, Deadline, NewId
from confluence_connector.ports.documents import Features
from confluence_connector.services.asking_confluence import Asked, ConfluenceAsker
from confluence_connector.services.convert_page import convert


@dataclass(frozen=True, slots=True)
class PageWanted:
    connection_id: str
    page_id: PageId
    mode: Mode


@dataclass(frozen=True, slots=True)
class FeatureWanted:
    """`trd` None: an empty, editable one is made (C6)."""

    name: str
    folder: str
    prd: PageWanted
    trd: PageWanted | None = None


@dataclass(frozen=True, slots=True)
class PageImporter:
    asker: ConfluenceAsker
    features: Features
    now: Clock
    new_id: NewId

    def create(self, person: Principal, wanted: FeatureWanted, *, request: str, deadline: Deadline) -> FeatureId:
        """The new feature's id; the earlier one's if `request` has made one before.

        Raises SamePageTwice, PageNotFound, TooLarge, ContentUnreadable, and as `ConfluenceAsker.asking` does. After
        any failure there is nothing of it.
        """
        feature_id = FeatureId(self.new_id("ftr"))
        documents = list(self._documents(person, wanted, feature_id, deadline))
        feature = Feature(
            id=feature_id,
            workspace=person.workspace,
            name=wanted.name,
            folder=wanted.folder,
            status="draft",
            created_at=self.now(),
            created_by=person.sub,
            document_ids=tuple(document.id for document, _ in documents),
        )
        return self.features.create(feature, documents, request=request)

    def _documents(
        self, person: Principal, wanted: FeatureWanted, feature_id: FeatureId, deadline: Deadline
    ) -> Iterator[tuple[Document, str | None]]:
        with ExitStack() as connections:
            prd = connections.enter_context(self.asker.asking(person, wanted.prd.connection_id, deadline))
            if wanted.trd is None:
                yield self._read(person, feature_id, "prd", wanted.prd, prd)
                yield self._empty(person, feature_id), ""
                return
            trd = connections.enter_context(self.asker.asking(person, wanted.trd.connection_id, deadline))
            if (prd.site.cloud_id, wanted.prd.page_id) == (trd.site.cloud_id, wanted.trd.page_id):
                raise SamePageTwice
            yield self._read(person, feature_id, "prd", wanted.prd, prd)
            yield self._read(person, feature_id, "trd", wanted.trd, trd)

    def _read(
        self, person: Principal, feature_id: FeatureId, role: Role, wanted: PageWanted, asked: Asked
    ) -> tuple[Document, str | None]:
        """A copy with its text, or a link, which keeps nothing but the reference (D1)."""
        read_at = self.now()
        markdown: str | None = None
        losses: Sequence[LossRecord] = ()
        if wanted.mode == "copy":
            page = asked.confluence.page(wanted.page_id)
            markdown, losses = convert(page, asked.site.url)
            ref = page.ref
            if len(markdown.encode()) > COPY_BYTES:
                raise TooLarge("The page is larger than a copy may be.", remedy="Import it as a link.")
        else:
            ref = asked.confluence.page_ref(wanted.page_id)
        document = Document(
            id=DocumentId(self.new_id("doc")),
            feature_id=feature_id,
            workspace=person.workspace,
            role=role,
            mode=wanted.mode,
            created_at=self.now(),
            created_by=person.sub,
            source=_source(asked, ref),
            connection_id=asked.connection.id,
            last_synced=read_at if wanted.mode == "copy" else None,  # of a link nothing but its name was fetched
            archived=ref.status == "archived",
            losses=_bounded(losses),
        )
        return document, markdown

    def _empty(self, person: Principal, feature_id: FeatureId) -> Document:
        return Document(
            id=DocumentId(self.new_id("doc")),
            feature_id=feature_id,
            workspace=person.workspace,
            role="trd",
            mode="copy",
            created_at=self.now(),
            created_by=person.sub,
        )


def _source(asked: Asked, ref: PageRef) -> Source:
    return Source(
        provider="confluence",
        cloud_id=asked.site.cloud_id,
        site_url=asked.site.url,
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
