"""Limits of Atlassian's that an answer showed, told to all processes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of
from confluence_connector.domain.rate_limits import Hold, Lane, Product, Standing, hold_of
from confluence_connector.errors import ConnectorError
from confluence_connector.ports import Clock, Telemetry

if TYPE_CHECKING:
    from confluence_connector.adapters.dynamodb.limits import DynamoLimits

ROUNDING: Final = timedelta(seconds=1)
"""Two answers that mean the same moment, one by a date and one by seconds, differ by so much."""


@dataclass(frozen=True, slots=True)
class Holds:
    """Tells all processes of a limit that an answer showed: a write per limit and process, none where there is none."""

    limits: "DynamoLimits"
    now: Clock
    telemetry: Telemetry
    _told: dict[tuple[Product, Lane | None], datetime] = field(default_factory=dict)

    def tell(self, lane: Lane, standing: Standing) -> Hold | None:
        """The hold, if it is news. Never raises: a store that does not answer must not cost a reader the page."""
        now = self.now()
        hold = hold_of(standing, lane, now)
        if hold is None or self._told.get((hold.product, hold.lane), now) + ROUNDING >= hold.until:
            return None
        self._told[hold.product, hold.lane] = hold.until
        self.telemetry.warn(
            "atlassian_slows_us",
            product=hold.product,
            site=hold.lane.cloud_id if hold.lane else None,
            seconds=int((hold.until - now).total_seconds()),
        )
        self.telemetry.count("AtlassianLimitsMet")
        try:
            if hold.lane is None:
                self.limits.hold_app(hold, now)
            else:
                self.limits.hold(hold.lane, hold.until)
        except (ConnectorError, ClientError) as error:
            do_without(self.telemetry, "hold", error)
        return hold


def do_without(telemetry: Telemetry, operation: str, why: ConnectorError | ClientError) -> None:
    """A store of limits that does not answer makes us careful, not silent; a missing right must be mended (N12)."""
    if isinstance(why, ConnectorError):
        telemetry.refused(why, "limits_unavailable", operation=operation)
    else:
        telemetry.warn("limits_unavailable", operation=operation, why=code_of(why))
    telemetry.count("LimitsUnavailable")
