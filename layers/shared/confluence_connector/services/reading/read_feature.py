"""All documents of a feature, for a pipeline: each of them, or a failure. Never a part."""

from dataclasses import dataclass

from confluence_connector.domain.documents import Feature
from confluence_connector.domain.identifiers import FeatureId, WorkspaceId
from confluence_connector.domain.readings import Reading
from confluence_connector.errors import NotFound
from confluence_connector.ports import Deadline
from confluence_connector.ports.documents import Features
from confluence_connector.services.reading.read_document import DocumentReader


@dataclass(frozen=True, slots=True)
class FeatureReader:
    features: Features
    documents: DocumentReader

    def read(
        self, workspace: WorkspaceId, feature_id: FeatureId, *, max_age_seconds: int, deadline: Deadline
    ) -> tuple[Feature, tuple[Reading, ...]]:
        """The PRD first. Raises NotFound, and as reading a document does."""
        feature = self.features.get(workspace, feature_id)
        if feature is None:
            raise NotFound
        readings = tuple(
            self.documents.read(workspace, document_id, max_age_seconds=max_age_seconds, deadline=deadline)
            for document_id in feature.document_ids
        )
        return feature, readings
