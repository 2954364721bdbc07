"""What a queue message says: ids and a turn, never text. A version that we do not know is parked, not guessed (J11).

{"v": 1, "task": "sync", "workspace": "acme", "connection_id": "con_…", "id": "run_…", "turn": 3}
"""

import json
import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

from confluence_connector.domain.identifiers import OURS, WORKSPACE, ConnectionId, WorkspaceId

type Task = Literal["sync", "remove_corpus", "import", "synchronize", "workspace"]

VERSION: Final = 1
TASKS: Final = frozenset(get_args(Task.__value__))
MESSAGE_BYTES: Final = 1_024
"""Ids fit ten times over; whatever is larger carries something that has no business in a queue (J10)."""


class UnreadableMessage(Exception):
    """Not a message of ours, or of a version that we do not know."""


class ForgedWork(Exception):
    """A message for what its workspace does not have, nor ever had (G12)."""


@dataclass(frozen=True, slots=True)
class Work:
    """One turn of one piece of work. `id` is a run's, a corpus's, a synchronizer's, an import's or a
    workspace's job's."""

    task: Task
    workspace: WorkspaceId
    connection_id: ConnectionId
    id: str
    turn: int

    def to_message(self) -> str:
        """Raises ValueError for what would not be read again."""
        body = json.dumps(
            {
                "v": VERSION,
                "task": self.task,
                "workspace": self.workspace,
                "connection_id": self.connection_id,
                "id": self.id,
                "turn": self.turn,
            },
            separators=(",", ":"),
        )
        try:
            from_message(body)
        except UnreadableMessage as error:
            raise ValueError("not a message that we would take") from error
        return body


def from_message(body: str) -> Work:
    """Raises UnreadableMessage."""
    if len(body) > MESSAGE_BYTES:
        raise UnreadableMessage
    try:
        said = json.loads(body)
    except ValueError:
        raise UnreadableMessage from None
    if not isinstance(said, dict) or said.get("v") != VERSION or said.get("task") not in TASKS:
        raise UnreadableMessage
    workspace, connection_id = said.get("workspace"), said.get("connection_id")
    identifier, turn = said.get("id"), said.get("turn")
    sound = (
        _fits(WORKSPACE, workspace)
        and _fits(OURS, connection_id)
        and _fits(OURS, identifier)
        and type(turn) is int
        and turn > 0
    )
    if not sound:
        raise UnreadableMessage
    return Work(
        said["task"], WorkspaceId(str(workspace)), ConnectionId(str(connection_id)), str(identifier), int(str(turn))
    )


def _fits(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
