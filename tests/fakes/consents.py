"""Consents and lookups in memory, with the promises of their ports."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from confluence_connector.domain.consents import Consent, sealed
from confluence_connector.domain.identifiers import ConsentId, WorkspaceId
from confluence_connector.ports import Stale
from confluence_connector.ports.connections import LookupEntry


@dataclass
class FakeConsents:
    kept: dict[tuple[WorkspaceId, ConsentId], Consent] = field(default_factory=dict)

    def save(self, consent: Consent) -> Consent:
        key = consent.workspace, consent.id
        there = self.kept.get(key)
        if (there.revision if there else 0) != consent.revision:
            raise Stale
        self.kept[key] = replace(consent, revision=consent.revision + 1)
        return self.kept[key]

    def get(self, workspace: WorkspaceId, consent_id: ConsentId) -> Consent | None:
        return self.kept.get((workspace, consent_id))

    def remove(self, consent: Consent) -> None:
        there = self.kept.get((consent.workspace, consent.id))
        if there is not None and there.revision != consent.revision:
            raise Stale
        self.kept.pop((consent.workspace, consent.id), None)

    def of_workspace(self, workspace: WorkspaceId) -> Iterator[Consent]:
        return (consent for consent in list(self.kept.values()) if consent.workspace == workspace)

    def due(self, now: datetime) -> Iterator[Consent]:
        return (consent for consent in list(self.kept.values()) if consent.expires_at <= now)


@dataclass
class FakeLookups:
    kept: dict[str, LookupEntry] = field(default_factory=dict)

    def put(self, kind: str, value: str, entry: LookupEntry) -> None:
        self.kept[sealed(f"{kind}:{value}")] = entry

    def take(self, kind: str, value: str, now: datetime) -> LookupEntry | None:
        key = sealed(f"{kind}:{value}")
        entry = self.kept.get(key)
        if entry is None or entry.expires_at <= now:
            return None
        return self.kept.pop(key)
