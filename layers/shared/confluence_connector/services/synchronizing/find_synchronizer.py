"""A synchronizer that a member asks for by its id. Every member of its workspace sees it (G1)."""

from confluence_connector.domain.identifiers import OURS, SynchronizerId
from confluence_connector.domain.people import Principal
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.errors import Forbidden, NotFound
from confluence_connector.ports.synchronizing import Synchronizers


def find_synchronizer(synchronizers: Synchronizers, person: Principal, synchronizer_id: str) -> Synchronizer:
    """Raises NotFound, also for one that is being deleted. What is no id of ours is not looked up, so that it cannot
    become a key (fault case G7).
    """
    if not OURS.fullmatch(synchronizer_id):
        raise NotFound
    found = synchronizers.get(person.workspace, SynchronizerId(synchronizer_id))
    if found is None or found.ending:
        raise NotFound
    return found


def synchronizer_to_manage(synchronizers: Synchronizers, person: Principal, synchronizer_id: str) -> Synchronizer:
    """Raises NotFound, and then Forbidden for who is no admin."""
    found = find_synchronizer(synchronizers, person, synchronizer_id)
    admins_only(person)
    return found


def admins_only(person: Principal) -> None:
    if not person.is_admin:
        raise Forbidden("Only an admin manages synchronizers.")
