"""Which grants the text of an answer came through, so that what is handed over goes when they go."""

from collections.abc import Iterable, Sequence

from confluence_connector.domain.readings import Reading, ReadReference
from confluence_connector.ports.cache import CacheScope, Origin


def of_documents(readings: Sequence[Reading]) -> Origin | None:
    """None: copies only, whose text is the workspace's own."""
    return _of(
        CacheScope(reading.document.workspace, reading.document.connection_id, reading.generation)
        for reading in readings
        if reading.document.connection_id is not None and reading.generation is not None
    )


def of_references(read: Sequence[ReadReference]) -> Origin | None:
    connections = [each.reading.connection for each in read]
    return _of(CacheScope(each.workspace, each.id, each.grant.generation) for each in connections if each.grant)


def _of(scopes: Iterable[CacheScope]) -> Origin | None:
    through = frozenset(scopes)
    return Origin(next(iter(through)).workspace, through) if through else None
