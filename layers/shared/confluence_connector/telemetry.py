"""Log lines and metrics. Ids, codes and counts go in; no page text, token, title or exception text does.

One JSON object per line (powertools Logger escapes what would break it, N2). Metrics are CloudWatch EMF lines.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from confluence_connector.errors import AppMisconfigured, ConnectorError

TALKATIVE = ("botocore", "urllib3", "httpcore", "httpx", "asyncio", "mangum", "hpack")
"""Libraries whose INFO and DEBUG lines hold URLs, bodies and tokens; LogLevel=DEBUG must not open them (N1)."""

type Fact = str | int | bool | None


def _one_ascii_line(entry: dict[str, Any]) -> str:
    """JSON without a character that any reader could take for the end of a line, U+2028 among them (N2)."""
    return json.dumps(entry, default=str, separators=(",", ":"))


class StructuredTelemetry:
    """The `Telemetry` port, one per process. `invocation` brackets a request, so that no key outlives it (N13)."""

    def __init__(self, service: str, namespace: str) -> None:
        self._logger = Logger(
            service=service, log_uncaught_exceptions=False, use_rfc3339=True, json_serializer=_one_ascii_line
        )
        self._metrics = EphemeralMetrics(service=service, namespace=namespace)
        self._counted = False
        for library in TALKATIVE:
            logging.getLogger(library).setLevel(logging.WARNING)

    @contextmanager
    def invocation(self, request_id: str) -> Iterator[None]:
        self._logger.clear_state()
        self._logger.append_keys(request_id=request_id)
        try:
            yield
        finally:
            if self._counted:
                self._metrics.flush_metrics()
                self._counted = False

    def note(self, event: str, **facts: Fact) -> None:
        self._logger.info(event, extra=facts)

    def warn(self, event: str, **facts: Fact) -> None:
        self._logger.warning(event, extra=facts)

    def refused(self, error: ConnectorError, event: str = "refused", **facts: Fact) -> None:
        """By its code. The one place that counts the deployment's own faults, for the alarm to hear of each once."""
        self.note(event, code=error.code, status=error.status, **facts)
        if isinstance(error, AppMisconfigured):
            self.count("AppMisconfigured")

    def count(self, metric: str, value: int = 1) -> None:
        self._metrics.add_metric(name=metric, unit=MetricUnit.Count, value=value)
        self._counted = True

    def unhandled(self, error: BaseException) -> None:
        """Where it happened and of which kind; never the exception's own text."""
        where = error.__traceback__
        while where and where.tb_next:
            where = where.tb_next
        frame = f"{where.tb_frame.f_code.co_filename.rpartition('/')[2]}:{where.tb_lineno}" if where else "?"
        self._logger.error("unhandled", extra={"kind": type(error).__name__, "at": frame})
        self.count("UnhandledError")
