"""v1 search by CQL."""

from local.simulator.call import Handler

HANDLERS: dict[str, Handler] = {}
