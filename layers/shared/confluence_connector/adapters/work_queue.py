"""The queue that turns of work travel through: ids and a turn, never text (fault case J10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any, Final

from confluence_connector.adapters.aws import named_failures
from confluence_connector.domain.work import Work
from confluence_connector.errors import ServiceUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SENT_AT_ONCE: Final = 10
DELAY_MAX_SECONDS: Final = 900


@dataclass(frozen=True, slots=True)
class SqsWorkQueue:
    """The `WorkQueue` port.

    The workspace is the message group: on a standard queue that orders nothing, it makes the queue fair, so that one
    workspace's thousand messages do not keep another's one waiting (J7). Source: "Amazon SQS fair queues".
    """

    client: "SQSClient"
    url: str

    def send(self, works: Sequence[tuple[Work, int]]) -> None:
        """A batch may be taken in part: what was not is sent once more, then it is an outage. A repeat does no harm."""
        entries = [_entry(index, work, delay) for index, (work, delay) in enumerate(works)]
        for some in batched(entries, SENT_AT_ONCE, strict=False):
            left = self._send(list(some))
            if left and self._send(left):
                raise ServiceUnavailable(retry_after=5)

    def _send(self, entries: list[Any]) -> list[Any]:
        """Those that were not taken."""
        with named_failures():
            answer = self.client.send_message_batch(QueueUrl=self.url, Entries=entries)
        failed = {each["Id"] for each in answer.get("Failed", [])}
        return [entry for entry in entries if entry["Id"] in failed]


def _entry(index: int, work: Work, delay_seconds: int) -> dict[str, Any]:
    if not 0 <= delay_seconds <= DELAY_MAX_SECONDS:
        raise ValueError("a delay that the queue does not take")
    return {
        "Id": str(index),
        "MessageBody": work.to_message(),
        "DelaySeconds": delay_seconds,
        "MessageGroupId": work.workspace,
    }
