"""A very small HTTP/1.1 server on loopback, for machines talking to machines: the Lambda Runtime API and invocations.

One coroutine answers each request in full; bodies are bytes, ≤ 8 MB. The public front is not this: gateway.py.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import h11

_MAX_BODY_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    status: int = 202
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


type Answer = Callable[[Request], Awaitable[Response]]


async def serve(answer: Answer, port: int = 0) -> asyncio.Server:
    """Starts serving on 127.0.0.1; port 0 takes a free one (`server.sockets[0].getsockname()[1]`)."""

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, h11.RemoteProtocolError, asyncio.CancelledError):
            await _converse(answer, reader, writer)
        writer.close()

    return await asyncio.start_server(connection, "127.0.0.1", port)


async def _converse(answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    http = h11.Connection(h11.SERVER)
    while True:
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await reader.read(65536))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > _MAX_BODY_BYTES:
                    return
            elif isinstance(event, h11.EndOfMessage):
                break
            else:  # the other side has gone
                return
        assert head is not None  # noqa: S101 - h11 never ends a message that it has not begun
        request = Request(
            head.method.decode(),
            head.target.decode(),
            {name.decode(): value.decode() for name, value in head.headers},
            bytes(body),
        )
        response = await answer(request)
        headers = [*response.headers.items(), ("content-length", str(len(response.body)))]
        writer.write(
            (http.send(h11.Response(status_code=response.status, headers=headers)) or b"")
            + (http.send(h11.Data(data=response.body)) or b"")
            + (http.send(h11.EndOfMessage()) or b"")
        )
        await writer.drain()
        if http.our_state is not h11.DONE or http.their_state is not h11.DONE:
            return
        http.start_next_cycle()
