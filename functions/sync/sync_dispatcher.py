"""What the schedules start: `{"task": "dispatch"}` every minute, `sweep` every two, `keep_alive` every hour,
`report_accounts` every two hours.

A part that fails stops no other; the invocation then ends as an error, which is what the alarm listens for.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from aws_lambda_powertools.utilities.typing import LambdaContext
from sync_deadlines import Sooner

from confluence_connector.errors import ConnectorError
from confluence_connector.ports import Deadline
from confluence_connector.runtime import InvocationDeadline, Runtime, from_environment

KEPT_FOR_OTHERS_SECONDS: Final = 15


class UnknownTask(Exception):
    """The event names no task of ours."""


class UpkeepFailed(Exception):
    """Parts that did not get through; the message names them."""


type Part = Callable[[Runtime, Deadline], int]

TASKS: Final[Mapping[str, Mapping[str, Part]]] = {
    "sweep": {
        "connections": lambda runtime, deadline: runtime.vault.sweep_connections.sweep(
            Sooner(deadline, KEPT_FOR_OTHERS_SECONDS)
        ),
        "consents": lambda runtime, _: runtime.connecting.sweep_consents.sweep(),
        "cache": lambda runtime, deadline: runtime.text_cache.sweep(runtime.now(), deadline),
        "handovers": lambda runtime, _: runtime.handovers.sweep(),
        "approvals": lambda runtime, deadline: runtime.agents.sweeper.sweep(deadline),
    },
    "dispatch": {
        "syncs": lambda runtime, deadline: runtime.syncing.dispatcher.dispatch(
            Sooner(deadline, KEPT_FOR_OTHERS_SECONDS)
        ),
        "imports": lambda runtime, _: runtime.importing.many.send_again(),
        "synchronizers": lambda runtime, deadline: runtime.synchronizing.dispatcher.dispatch(deadline),
        "workspaces": lambda runtime, _: runtime.connecting.workspaces.starter.send_again(),
    },
    "keep_alive": {
        "grants": lambda runtime, deadline: runtime.vault.keep_alive.rotate_idle(deadline),
    },
    "report_accounts": {
        "accounts": lambda runtime, deadline: runtime.syncing.report_accounts.report(deadline),
    },
}


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """How much each part had to do. Raises UnknownTask, UpkeepFailed."""
    runtime = from_environment()
    with runtime.telemetry.invocation(context.aws_request_id):
        task = str(event.get("task"))
        if task not in TASKS:
            raise UnknownTask
        done: dict[str, int] = {}
        for name, part in TASKS[task].items():
            try:
                done[name] = part(runtime, InvocationDeadline(context))
            except ConnectorError as error:
                runtime.telemetry.refused(error, "part_failed", part=name)
            except Exception as error:  # noqa: BLE001 — the other parts go on; its text may hold anything
                runtime.telemetry.unhandled(error)
        runtime.telemetry.note("upkeep_done", task=task, **done)
    if missing := sorted(TASKS[task].keys() - done.keys()):
        raise UpkeepFailed(", ".join(missing))
    return done
