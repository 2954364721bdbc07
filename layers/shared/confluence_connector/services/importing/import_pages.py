"""Importing: one feature with its PRD, and a TRD that is another page or an empty one (C1–C7).

Everything that can fail happens first; then one transaction makes all of it (C4).

    find connections ──► read pages, convert copies ──► feature, documents, texts: one transaction
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from confluence_connector.domain.documents import Feature, Mode, Role
from confluence_connector.domain.identifiers import FeatureId, PageId
from confluence_connector.domain.people import Principal
from confluence_connector.errors import SamePageTwice
from confluence_connector.ports import Clock, Deadline, NewId
from confluence_connector.ports.documents import Features
from confluence_connector.services.importing.asking_confluence import Asked, ConfluenceAsker
from confluence_connector.services.importing.make_documents import DocumentMaker, Made, Origin, Owner


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
        owner = Owner(person.workspace, feature_id, person.sub)
        documents = list(self._documents(person, wanted, owner, deadline))
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

    def _documents(self, person: Principal, wanted: FeatureWanted, owner: Owner, deadline: Deadline) -> Iterator[Made]:
        with ExitStack() as connections:
            prd = connections.enter_context(self.asker.asking(person, wanted.prd.connection_id, deadline))
            if wanted.trd is None:
                yield self._read(owner, "prd", wanted.prd, prd)
                yield self._maker.empty_trd(owner)
                return
            trd = connections.enter_context(self.asker.asking(person, wanted.trd.connection_id, deadline))
            if (prd.site.cloud_id, wanted.prd.page_id) == (trd.site.cloud_id, wanted.trd.page_id):
                raise SamePageTwice
            yield self._read(owner, "prd", wanted.prd, prd)
            yield self._read(owner, "trd", wanted.trd, trd)

    def _read(self, owner: Owner, role: Role, wanted: PageWanted, asked: Asked) -> Made:
        origin, read_at = Origin(asked.connection.id, asked.site), self.now()
        if wanted.mode == "link":
            return self._maker.link(owner, role, asked.confluence.page_ref(wanted.page_id), origin)
        return self._maker.copy(owner, role, asked.confluence.page(wanted.page_id), origin, read_at)

    @property
    def _maker(self) -> DocumentMaker:
        return DocumentMaker(self.now, self.new_id)
