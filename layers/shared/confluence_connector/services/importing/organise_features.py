"""Features and their folders: list, look, rename, move, delete. Any member of the workspace may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from confluence_connector.domain.documents import Document, Feature
from confluence_connector.domain.identifiers import FeatureId
from confluence_connector.domain.people import Principal
from confluence_connector.errors import NotFound
from confluence_connector.ports import Stale
from confluence_connector.ports.documents import Documents, Features


@dataclass(frozen=True, slots=True)
class FeatureOrganiser:
    features: Features
    documents: Documents

    def page(self, person: Principal, *, limit: int, after: str | None) -> tuple[Sequence[Feature], str | None]:
        return self.features.page(person.workspace, limit=limit, after=after)

    def get(self, person: Principal, feature_id: FeatureId) -> tuple[Feature, Sequence[Document]]:
        """Raises NotFound."""
        feature = self._feature(person, feature_id)
        return feature, self.documents.of_feature(feature)

    def change(self, person: Principal, feature_id: FeatureId, *, name: str | None, folder: str | None) -> Feature:
        """None leaves it as it is. Raises NotFound."""
        feature = self._feature(person, feature_id)
        changed = replace(
            feature,
            name=feature.name if name is None else name,
            folder=feature.folder if folder is None else folder,
        )
        try:
            self.features.rename(changed)
        except Stale:
            raise NotFound from None
        return changed

    def delete(self, person: Principal, feature_id: FeatureId) -> None:
        """With its documents and the copies' texts; nothing happens to Confluence. Raises NotFound."""
        if not self.features.remove(person.workspace, feature_id):
            raise NotFound

    def folders(self, person: Principal) -> Mapping[str, Sequence[str]]:
        """The folders in use, sorted, with the names of their features."""
        return self.features.by_folder(person.workspace)

    def _feature(self, person: Principal, feature_id: FeatureId) -> Feature:
        feature = self.features.get(person.workspace, feature_id)
        if feature is None:
            raise NotFound
        return feature
