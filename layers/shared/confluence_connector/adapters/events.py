"""Events on the stack's own bus: what others may want to react to. Ids and codes only."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import named_failures
from confluence_connector.errors import ServiceUnavailable

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE: Final = "confluence-connector"


@dataclass(frozen=True, slots=True)
class EventBus:
    """The `Events` port."""

    client: "EventBridgeClient"
    bus: str

    def publish(self, detail_type: str, detail: dict[str, str]) -> None:
        """Raises ServiceUnavailable if the bus did not take it; AppMisconfigured if it may not."""
        entry = {
            "Source": SOURCE,
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
            "EventBusName": self.bus,
        }
        try:
            with named_failures():
                answer = self.client.put_events(Entries=[entry])  # type: ignore[list-item]
        except ClientError as error:  # whatever it is, an event is never worth an answer
            raise ServiceUnavailable from error
        if answer.get("FailedEntryCount"):
            raise ServiceUnavailable
