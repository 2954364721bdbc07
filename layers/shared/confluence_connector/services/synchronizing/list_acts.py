"""What people did to the issues of a synchronizer's pages, for admins (G6)."""

from collections.abc import Sequence
from dataclasses import dataclass

from confluence_connector.domain.identifiers import OURS, ActId, SynchronizerId
from confluence_connector.domain.page_acts import PageAct
from confluence_connector.domain.people import Principal
from confluence_connector.errors import Forbidden, NotFound
from confluence_connector.ports.synchronizing import PageActs, Synchronizers


@dataclass(frozen=True, slots=True)
class ListActs:
    synchronizers: Synchronizers
    acts: PageActs

    def page(
        self, person: Principal, synchronizer_id: str, *, limit: int, after: str | None
    ) -> tuple[Sequence[PageAct], str | None]:
        """Newest first; a deleted synchronizer's stay. The second answer is the position of the next page.

        Raises NotFound for what never was a synchronizer here, Forbidden for who is no admin.
        """
        if not OURS.fullmatch(synchronizer_id):
            raise NotFound
        known, before = SynchronizerId(synchronizer_id), ActId(after) if after else None
        found, following = self.acts.page(person.workspace, known, limit=limit, before=before)
        if not found and self.synchronizers.get(person.workspace, known) is None:
            raise NotFound
        if not person.is_admin:
            raise Forbidden("Only an admin reads the audit trail of a synchronizer.")
        return found, following
