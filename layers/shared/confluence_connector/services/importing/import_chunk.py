"""Some pages of a bulk import, read in one request and made into a feature each."""

from collections.abc import Mapping
from dataclasses import dataclass

from confluence_connector.domain.connections import Site
from confluence_connector.domain.documents import Feature
from confluence_connector.domain.identifiers import FeatureId, PageId, SpaceId
from confluence_connector.domain.import_jobs import Chunk, ImportJob, PageOutcome
from confluence_connector.domain.pages import Page, PageRef
from confluence_connector.domain.placement import Outline, name_of
from confluence_connector.errors import ConnectorError, ContentUnreadable, PageNotFound, TooLarge
from confluence_connector.ports import Clock, NewId
from confluence_connector.ports.documents import Features
from confluence_connector.ports.site_reading import ListedPage, SiteReader
from confluence_connector.services.importing.make_documents import DocumentMaker, Made, Origin, Owner


@dataclass(frozen=True, slots=True)
class ImportChunk:
    features: Features
    now: Clock
    new_id: NewId

    def run(self, job: ImportJob, chunk: Chunk, site: Site, reader: SiteReader) -> tuple[PageOutcome, ...]:
        """What became of each page. Again: the same features, since each is claimed by job and page (I6).

        A page that fails stops no other. Raises what concerns them all: RateLimited, ReconnectRequired, and so on.
        """
        listed = {page.id: page for page in reader.pages(chunk.pages, bodies=job.mode == "copy")}
        wanted = {page.space_id for page in listed.values()}
        keys = {space.id: space.key for space in reader.spaces_by_id(sorted(wanted))} if wanted else {}
        return tuple(self._one(job, page_id, listed.get(page_id), keys, site) for page_id in chunk.pages)

    def _one(
        self, job: ImportJob, page_id: PageId, page: ListedPage | None, keys: Mapping[SpaceId, str], site: Site
    ) -> PageOutcome:
        if page is None or page.status == "trashed" or page.space_id not in keys:
            return failed(page_id, PageNotFound())
        try:
            feature, documents = self._made(job, page, keys[page.space_id], site)
        except (ContentUnreadable, TooLarge) as error:
            return failed(page_id, error)
        except Exception:  # noqa: BLE001 — a defect of ours on one page; its text must not keep all others out
            return failed(page_id, ConnectorError("This page could not be converted."))
        return PageOutcome(page_id, self.features.create(feature, documents, request=f"{job.id}.{page.id}"))

    def _made(self, job: ImportJob, page: ListedPage, space_key: str, site: Site) -> tuple[Feature, list[Made]]:
        owner = Owner(job.workspace, FeatureId(self.new_id("ftr")), job.started_by)
        maker, origin, ref = (
            DocumentMaker(self.now, self.new_id),
            Origin(job.connection_id, site),
            ref_of(page, space_key),
        )
        if page.body is None:
            document, text = maker.link(owner, "prd", ref, origin)
        else:
            document, text = maker.copy(owner, "prd", Page(ref, page.body), origin, self.now())
        trd = maker.empty_trd(owner)
        feature = Feature(
            id=owner.feature_id,
            workspace=owner.workspace,
            name=name_of(Outline.of(text or ""), page.title),  # of a link its title is all we keep (D1)
            folder=job.folder,
            status="draft",
            created_at=self.now(),
            created_by=owner.member,
            document_ids=(document.id, trd[0].id),
        )
        return feature, [(document, text), trd]


def failed(page_id: PageId, error: ConnectorError) -> PageOutcome:
    return PageOutcome(page_id, code=error.code, detail=error.detail)


def ref_of(page: ListedPage, space_key: str) -> PageRef:
    return PageRef(
        id=page.id,
        title=page.title,
        url=page.url,
        space_key=space_key,
        parent_id=page.parent_id,
        version=page.version,
        updated_at=page.updated_at,
        status="archived" if page.status == "archived" else "current",
    )
