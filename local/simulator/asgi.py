"""The simulator as an ASGI application: the same handling path behind a socket."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from local.simulator.wire import Reply, Request

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Message, Receive, Send], Awaitable[None]]


def asgi_app(handle: Callable[[Request], Reply]) -> App:
    """An ASGI app around `handle`."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        host = next((value for name, value in headers if name == "host"), "")
        target = scope["raw_path"].decode("ascii") + (
            "?" + scope["query_string"].decode("latin-1") if scope["query_string"] else ""
        )
        request = Request.build(scope["method"], host, target, headers, await _body(receive))
        reply = await asyncio.to_thread(handle, request)
        await asyncio.sleep(reply.delay_seconds)
        if reply.reset:
            await _reset(receive, send)
            return
        await _send(reply, receive, send)

    return app


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _send(reply: Reply, receive: Receive, send: Send) -> None:
    headers = list(reply.headers.items())
    if reply.chunks is None:
        headers.append(("content-length", str(len(reply.body))))
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    if reply.chunks is None:
        await send({"type": "http.response.body", "body": reply.body})
        return
    await _stream(reply, reply.chunks, receive, send)


async def _stream(reply: Reply, chunks: Iterable[bytes], receive: Receive, send: Send) -> None:
    """Until the body ends or the client has had enough and closes."""
    closed = asyncio.ensure_future(receive())
    with contextlib.suppress(OSError):
        for chunk in chunks:
            await asyncio.sleep(reply.chunk_delay_seconds)
            if closed.done():
                return
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    closed.cancel()


async def _reset(receive: Receive, send: Send) -> None:
    """Drop the connection. ASGI has no word for it, so uvicorn's own transport is asked; the client sees a reset."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("scripted reset")
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
