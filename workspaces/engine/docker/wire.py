"""A connection of one's own to the engine, open in both directions: it carries a command's input and output."""

from __future__ import annotations

import asyncio
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from workspaces.engine.base import EngineUnavailable
from workspaces.engine.docker.tls import Tls

PIECE_BYTES = 64 * 1024
LOOK_SECONDS = 1.0


class Wire:
    """A socket that never blocks by itself: whoever gets `BlockingIOError` waits, in a thread or in an event loop.

    So nothing is read before somebody wants it, and TLS, which is no plain stream of bytes, needs no threads.
    """

    def __init__(self, way: socket.socket | Tls, ahead: bytes) -> None:
        """`ahead`: what came together with the engine's answer and belongs to what follows it."""
        self._way = way
        self._socket = way.below if isinstance(way, Tls) else way
        self._socket.setblocking(False)
        self._ahead = ahead
        self._lock = threading.Lock()  # OpenSSL wants one at a time, and reading and writing may be two threads'
        self._waiting = 0
        self.closed = False
        self._hung_up = False

    def take(self, most: int) -> bytes:
        """Between one and `most` bytes; empty at the end. Raises `BlockingIOError` when there are none yet."""
        with self._lock:
            if self._ahead:
                part, self._ahead = self._ahead[:most], self._ahead[most:]
                return part
            if self.closed:
                return b""
            try:
                data = self._way.recv(most)
            except BlockingIOError:
                raise
            except ConnectionResetError:
                data = b""  # the engine hung up with some input unread
            except OSError as error:
                raise EngineUnavailable(str(error)) from error
            if not data:
                self._over()
            return data

    def give(self, data: memoryview) -> int:
        """How many bytes of `data` were sent; all when nobody reads them any more. Raises `BlockingIOError`."""
        with self._lock:
            if self.closed or self._hung_up:
                return len(data)
            try:
                return self._way.send(data[:PIECE_BYTES])
            except BlockingIOError:
                raise
            except OSError:
                return len(data)  # why, whoever reads will be told

    def end(self) -> None:
        """The engine reads the end from now on; its own direction stays open. Twice is fine."""
        with self._lock:
            try:
                if isinstance(self._way, Tls):
                    self._way.end()
                else:
                    self._way.shutdown(socket.SHUT_WR)
            except OSError:
                return

    def wait(self, *, read: bool, write: bool, seconds: float | None = None) -> None:
        """Return when something can be taken or given, when either side has hung up, or after `seconds`."""
        with self._held() as number:
            poll = select.poll()
            wanted = (select.POLLIN if read else 0) | (select.POLLOUT if write or self._has_unsent() else 0)
            poll.register(number, wanted | select.POLLRDHUP)
            for _number, seen in poll.poll(None if seconds is None else int(seconds * 1000) + 1):
                self._hung_up = self._hung_up or bool(seen & select.POLLRDHUP)

    async def wait_async(self, *, write: bool) -> None:
        """As `wait` for one direction, without blocking the event loop."""
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        with self._held() as number:
            if write:
                loop.add_writer(number, _settle, ready)
            else:
                loop.add_reader(number, _settle, ready)
            try:
                # An event loop does not tell a writer that the other side has hung up, so that is looked at. Nor can a
                # reader wait to send what TLS still has to say.
                await asyncio.wait([ready], timeout=LOOK_SECONDS if write or self._has_unsent() else None)
            finally:
                (loop.remove_writer if write else loop.remove_reader)(number)
        if write:
            self.wait(read=False, write=False, seconds=0)

    def close(self) -> None:
        """Hang up. Whoever waits for it is woken, and the last of them lets go of the socket's number."""
        with self._lock:
            self.closed = True
            self._over()
            if not self._waiting:
                self._socket.close()

    def _has_unsent(self) -> bool:
        return isinstance(self._way, Tls) and self._way.has_unsent()

    def _over(self) -> None:
        """Wake whoever waits. Once the engine has said all, it reads nothing either, but says so to nobody."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the other side was first

    @contextmanager
    def _held(self) -> Iterator[int]:
        """The socket's number, which is not given to another file meanwhile."""
        with self._lock:
            self._waiting += 1
        try:
            yield self._socket.fileno()
        finally:
            with self._lock:
                self._waiting -= 1
                if self.closed and not self._waiting:
                    self._socket.close()


def _settle(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
