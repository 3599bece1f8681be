"""A client that costs little itself: many small requests over few connections, and one large download."""

from __future__ import annotations

import asyncio
import http.client
import re
import time

import uvloop

CONNECTIONS = 16
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def requests_per_second(port: int, host: str, path: str, headers: dict[str, str], count: int) -> float:
    """How many answers a second come of `count` requests, each connection asking again when it was answered."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    request = "\r\n".join([*lines, "", ""]).encode()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_load(port, request, count))


async def _load(port: int, request: bytes, count: int) -> float:
    loop = asyncio.get_running_loop()
    each = count // CONNECTIONS
    before = time.perf_counter()
    callers = [(await loop.create_connection(lambda: Caller(request, each), "127.0.0.1", port))[1]
               for _ in range(CONNECTIONS)]  # fmt: skip
    await asyncio.gather(*(caller.done for caller in callers))
    return each * CONNECTIONS / (time.perf_counter() - before)


class Caller(asyncio.Protocol):
    """Asks `count` times, one after the other; `done` fails with the first answer that is not a 200."""

    def __init__(self, request: bytes, count: int) -> None:
        self.request, self.left = request, count
        self.done = asyncio.get_running_loop().create_future()
        self.seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.seen += data
        head, blank, body = self.seen.partition(b"\r\n\r\n")
        if not blank:
            return
        length = _LENGTH.search(head)
        if not head.startswith(b"HTTP/1.1 200") or length is None:
            self._fail(head)
        elif len(body) == int(length[1]):
            self._next()

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(b"the connection was closed")

    def _next(self) -> None:
        self.seen, self.left = b"", self.left - 1
        if self.left:
            self.transport.write(self.request)
            return
        self.done.set_result(None)
        self.transport.close()

    def _fail(self, reason: bytes) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(reason.decode(errors="replace")))
            self.transport.close()


def download_mb_per_second(port: int, host: str, path: str, headers: dict[str, str], expected: int) -> float:
    """MB a second of one download, which must have `expected` bytes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    before = time.perf_counter()
    connection.request("GET", path, headers={"Host": host, **headers})
    answer = connection.getresponse()
    buffer, seen = bytearray(1024 * 1024), 0
    while got := answer.readinto(buffer):
        seen += got
    seconds = time.perf_counter() - before
    connection.close()
    assert (answer.status, seen) == (200, expected), (answer.status, seen)
    return seen / 1e6 / seconds
