"""Takes turns of syncs, imports and synchronizers from the work queue: one message, one turn.

A message that cannot be understood, or meets a defect, is reported alone; the queue shows it again and parks it in the
end. What Atlassian or AWS is too busy for is no failure: the turn goes on later, in a message of its own (J1, J8).
"""

from collections.abc import Callable
from typing import Any, Final

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from sync_deadlines import Shares

from confluence_connector.domain.work import Task, Work, from_message
from confluence_connector.ports import Deadline
from confluence_connector.runtime import InvocationDeadline, Runtime, from_environment


class NotAQueueEvent(Exception):
    """The event holds no records of a queue (J6)."""


TASKS: Final[dict[Task, Callable[[Runtime], Callable[[Work, Deadline], None]]]] = {
    "sync": lambda runtime: runtime.syncing.worker.work,
    "remove_corpus": lambda runtime: runtime.syncing.remover.work,
    "import": lambda runtime: runtime.importing.worker.work,
    "synchronize": lambda runtime: runtime.synchronizing.worker.work,
    "workspace": lambda runtime: runtime.connecting.workspaces.worker.work,
}


def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """The messages that are to be shown again."""
    records = event.get("Records")
    if not isinstance(records, list):
        raise NotAQueueEvent
    if not records:
        return {"batchItemFailures": []}
    runtime = from_environment()
    shares = Shares(InvocationDeadline(context), len(records))

    def take(record: SQSRecord) -> None:
        try:
            deadline = shares.next()
            work = from_message(record.body)
            TASKS[work.task](runtime)(work, deadline)
        except Exception as error:
            runtime.telemetry.unhandled(error)  # never its text
            raise

    with runtime.telemetry.invocation(context.aws_request_id):
        processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        return process_partial_response(event, take, processor, context)
