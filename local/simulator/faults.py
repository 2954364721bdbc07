"""Scripted faults: the next answers of an endpoint, as the network and Atlassian's worst days would give them."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import repeat
from typing import Any, Literal

from local.simulator.wire import JsonObject, Reply

CHUNK = 64 * 1024
DRIPS = 100_000
GZIP = 16 + zlib.MAX_WBITS


@dataclass(slots=True)
class Fault:
    """What happens to the next `times` requests of `endpoint` (a name as in the counters, or a glob such as `*`).

    `status`, `headers`, `body`: the answer given instead of the true one; a dict or list is sent as JSON.
    `effect`: the true handler runs first, so the answer is lost, not the deed.
    `reset`: the connection drops instead of answering, `before` or `after` the deed.
    `patch`, `drop`: the true JSON answer with members merged in or taken out (a hostile `next`, a missing token).
    `latency_seconds`: how long the answer takes. `endless_bytes`: a body of that many bytes, `compressed` or not;
    `drip_seconds`: a body that comes one byte at a time.
    `times` None: until cleared. `account`: only requests made with that account's tokens. `every`: the others pass,
    such as 7 for the seventh, the fourteenth and so on.
    """

    endpoint: str
    times: int | None = 1
    account: str | None = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str | bytes | JsonObject | list[Any] | None = None
    effect: bool = False
    reset: Literal["before", "after"] | None = None
    patch: JsonObject | None = None
    drop: tuple[str, ...] = ()
    latency_seconds: float = 0.0
    endless_bytes: int | None = None
    compressed: bool = False
    drip_seconds: float | None = None
    every: int = 1
    seen: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError("every is 1 or more")

    def matches(self, endpoint: str) -> bool:
        """Whether this fault is for requests of that endpoint."""
        return fnmatchcase(endpoint, self.endpoint)

    @property
    def replaces(self) -> bool:
        """Whether the true answer is not given."""
        return self.status is not None or self.reset is not None or self.body is not None or self._streams

    @property
    def acts(self) -> bool:
        """Whether the true handler runs."""
        return not self.replaces or self.effect or self.reset == "after"

    @property
    def _streams(self) -> bool:
        return self.endless_bytes is not None or self.drip_seconds is not None

    def answer(self, true: Reply | None) -> Reply:
        """The answer the client gets, given the true one if the handler ran."""
        if self.reset is not None:
            return Reply(0, reset=True, delay_seconds=self.latency_seconds)
        reply = self._scripted() if self.replaces else true or Reply.empty()
        if self.patch is not None or self.drop:
            reply = _patched(reply, self.patch or {}, self.drop)
        reply.headers.update({name.lower(): value for name, value in self.headers.items()})
        reply.delay_seconds += self.latency_seconds
        return reply

    def _scripted(self) -> Reply:
        status = self.status or 200
        if self.endless_bytes is not None:
            encoding = {"content-encoding": "gzip"} if self.compressed else {}
            head = {"content-type": "application/json", **encoding}
            return Reply(status, head, chunks=_flood(self.endless_bytes, compressed=self.compressed))
        if self.drip_seconds is not None:
            head = {"content-type": "application/json"}
            return Reply(status, head, chunks=repeat(b" ", DRIPS), chunk_delay_seconds=self.drip_seconds)
        if isinstance(self.body, dict | list):
            return Reply.json(self.body, status)
        content = self.body.encode("utf-8", "surrogatepass") if isinstance(self.body, str) else self.body or b""
        return Reply(status, {"content-type": _guess(content)}, content)


class Faults:
    """The faults waiting, in the order they were scripted."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def take(self, endpoint: str, account: str | None) -> Fault | None:
        """The fault for this request, used up by one."""
        for fault in self.waiting:
            if fault.matches(endpoint) and fault.account in {None, account}:
                fault.seen += 1
                if fault.seen % fault.every:
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.waiting.remove(fault)
                return fault
        return None


def _guess(content: bytes) -> str:
    return "text/html;charset=UTF-8" if content.lstrip()[:1] == b"<" else "application/json"


def _patched(reply: Reply, patch: JsonObject, drop: tuple[str, ...]) -> Reply:
    body = json.loads(reply.body)
    for name in drop:
        body.pop(name, None)
    reply.body = json.dumps(_merged(body, patch), ensure_ascii=False).encode()
    return reply


def _merged(base: JsonObject, patch: JsonObject) -> JsonObject:
    merged = dict(base)
    for name, value in patch.items():
        inner = merged.get(name)
        merged[name] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged


def _flood(size: int, *, compressed: bool) -> Iterator[bytes]:
    """`size` bytes after decoding. Compressed they are a thousandth of that on the wire."""
    packer = zlib.compressobj(wbits=GZIP)
    block = b" " * CHUNK
    for _ in range(max(1, size // CHUNK)):
        if not compressed:
            yield block
        elif packed := packer.compress(block):
            yield packed
    if compressed:
        yield packer.flush()
