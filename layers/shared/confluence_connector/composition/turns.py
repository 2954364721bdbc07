"""The composition root's part that all who work in turns share."""

from typing import TYPE_CHECKING

from confluence_connector.services.turns import Turns

if TYPE_CHECKING:
    from confluence_connector.runtime import Runtime


def turns_of(runtime: "Runtime") -> Turns:
    return Turns(runtime.work_queue, runtime.background_pace, runtime.telemetry, runtime.now, runtime.new_secret)
