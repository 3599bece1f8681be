"""A client that costs little itself: many small requests over few connections, and one large download."""

from __future__ import annotations

import asyncio
import http.client
import math
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle, repeat, takewhile

import uvloop

CONNECTIONS = 16
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Load:
    """What one load came to: answers a second, and how long half of the requests and 95 of 100 took at most."""

    per_second: float
    p50_ms: float
    p95_ms: float


def requests_per_second(port: int, host: str, path: str, headers: dict[str, str], count: int) -> float:
    """How many answers a second come of `count` requests, each connection asking again when it was answered."""
    request, each = get_request(host, path, headers), count // CONNECTIONS
    return _run(port, [repeat(request, each) for _ in range(CONNECTIONS)]).per_second


def load_for(seconds: float, port: int, requests: Sequence[bytes], connections: int) -> Load:
    """Ask for `requests` in turn, over and over, on so many connections, until the time is over."""
    until, asked = time.perf_counter() + seconds, cycle(requests)
    return _run(port, [takewhile(lambda _: time.perf_counter() < until, asked) for _ in range(connections)])


def get_request(host: str, path: str, headers: dict[str, str]) -> bytes:
    """A GET as it goes over the line."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def load_of(times: Sequence[float], seconds: float) -> Load:
    """From the seconds that each of all requests took, and the seconds that they took together."""
    ordered = sorted(times)
    at = (ordered[math.ceil(share * len(ordered)) - 1] * 1000 for share in (0.5, 0.95))
    return Load(len(ordered) / seconds, *at)


def _run(port: int, lines: Sequence[Iterator[bytes]]) -> Load:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_load(port, lines))


async def _load(port: int, lines: Sequence[Iterator[bytes]]) -> Load:
    """One connection for each of `lines`, which gives what it asks, one after the other."""
    loop = asyncio.get_running_loop()
    before = time.perf_counter()
    callers = [(await loop.create_connection(partial(Caller, line), "127.0.0.1", port))[1] for line in lines]
    await asyncio.gather(*(caller.done for caller in callers))
    return load_of([took for caller in callers for took in caller.times], time.perf_counter() - before)


class Caller(asyncio.Protocol):
    """Asks one `request` after the other, noting the `times`; `done` fails with the first answer that is not a 200."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self.requests = requests
        self.done = asyncio.get_running_loop().create_future()
        self.times: list[float] = []
        self.seen = bytearray()
        self.whole = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._ask()

    def data_received(self, data: bytes) -> None:
        self.seen += data
        if not self.whole:
            self._read_head()
        if self.whole and len(self.seen) == self.whole:
            self.times.append(time.perf_counter() - self.before)
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(b"the connection was closed")

    def _ask(self) -> None:
        self.seen.clear()
        self.whole = 0
        if (request := next(self.requests, None)) is None:
            self.done.set_result(None)
            self.transport.close()
            return
        self.before = time.perf_counter()
        self.transport.write(request)

    def _read_head(self) -> None:
        """How long the answer is, once its head is there."""
        if (end := self.seen.find(b"\r\n\r\n")) < 0:
            return
        head = bytes(self.seen[:end])
        length = _LENGTH.search(head)
        if head.startswith(b"HTTP/1.1 200") and length:
            self.whole = end + 4 + int(length[1])
        else:
            self._fail(head)

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
