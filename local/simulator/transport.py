"""The simulator as an httpx transport: adapters run unchanged, without sockets."""

from collections.abc import Callable, Iterable, Iterator

import httpx

from local.simulator.wire import Reply, Request


class _Chunks(httpx.SyncByteStream):
    def __init__(self, chunks: Iterable[bytes], wait: Callable[[], None]) -> None:
        self._chunks, self._wait = chunks, wait

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._wait()
            yield chunk


class SimulatorTransport(httpx.BaseTransport):
    """Serves every host; one that is not Atlassian's gets a 404 and a violation. Delays go through `sleep`."""

    def __init__(self, handle: Callable[[Request], Reply], sleep: Callable[[float], None]) -> None:
        self._handle, self._sleep = handle, sleep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange. Raises `httpx.ReadTimeout` if the answer is slower than the client's patience."""
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
        target = request.url.raw_path.decode("ascii")
        host = request.url.netloc.decode("ascii")
        reply = self._handle(Request.build(request.method, host, target, headers, request.read()))
        patience = request.extensions.get("timeout", {}).get("read")
        if reply.delay_seconds and patience is not None and reply.delay_seconds > patience:
            self._sleep(patience)
            raise httpx.ReadTimeout("the simulator took longer than the client waits", request=request)
        if reply.delay_seconds:
            self._sleep(reply.delay_seconds)
        if reply.reset:
            raise httpx.ReadError("connection reset by the simulator", request=request)
        pause = reply.chunk_delay_seconds

        def wait() -> None:
            if pause:
                self._sleep(pause)

        stream = _Chunks(reply.chunks if reply.chunks is not None else [reply.body], wait)
        headers_out = list(reply.headers.items())
        if reply.chunks is None:
            headers_out.append(("content-length", str(len(reply.body))))
        return httpx.Response(reply.status, headers=headers_out, stream=stream)
