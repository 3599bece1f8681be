"""Somebody who looks at a shell: three pipes, and how much of what was printed is still on its way to them.

Runs inside workspaces: standard library only, Python 3.8 or newer.
"""

from __future__ import annotations

import array
import json
import os
import socket
import struct
import time

from workspaces.inside.screen import without_questions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WINDOW_BYTES = 256 * 1024
"""So much may be under way: what a key press has to wait for when a program floods the terminal."""
LARGEST_FRAME = 128 * 1024
TELLS_TAKEN_EVERY = 8 * 1024
"""Bytes that were typed; who looks is to have few times that under way."""
_HEAD = struct.Struct(">BI")


class Gone(Exception):
    """The viewer has hung up."""


class Viewer:
    """`leads`: it typed or resized last. `waiting`: what its pipe did not take yet."""

    INPUT, RESIZE, TAKEN, WISH = range(4)

    def __init__(self, connection: socket.socket, pipes: list[int]) -> None:
        self.connection, self.pipes = connection, pipes
        self.name, self.size, self.leads = "", (80, 24), True
        self.waiting = bytearray()
        self.under_way = self.typed = 0
        self.last_news: dict[str, int] = {}
        self.took_at = time.monotonic()
        self._heard = bytearray()
        for fd in pipes:
            os.set_inheritable(fd, False)
            os.set_blocking(fd, False)
        self.input, self.output, self.news = pipes

    @classmethod
    def received(cls, connection: socket.socket) -> tuple[Viewer, bytes]:
        """Who came in, with what it said. Raises `ValueError` for a stranger and for one without three pipes."""
        peer = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        if peer[1] not in (0, os.getuid()):
            raise ValueError("a stranger")
        connection.settimeout(2)
        pipes = array.array("i")
        text, extra, _flags, _address = connection.recvmsg(4096, socket.CMSG_SPACE(3 * pipes.itemsize))
        for level, kind, data in extra:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                pipes.frombytes(data[: len(data) - len(data) % pipes.itemsize])
        if len(pipes) != 3:
            for fd in pipes:
                os.close(fd)
            raise ValueError("three pipes belong to a viewer")
        return cls(connection, list(pipes)), text

    @property
    def is_closed(self) -> bool:
        return not self.pipes

    @property
    def is_ready(self) -> bool:
        """Whether it takes more."""
        return not self.waiting and self.under_way < WINDOW_BYTES

    def greet(self, facts: dict[str, int], replay: bytes) -> None:
        """One line of JSON, and then the screen as it is."""
        self.under_way = len(replay)
        self._write(json.dumps(facts).encode() + b"\n" + replay)

    def refuse(self, reason: str) -> None:
        """The line says why, and that is all."""
        self._write(json.dumps({"refused": reason}).encode() + b"\n")
        self.close()

    def give(self, data: bytes, *, alone: bool) -> None:
        """Print `data` on its terminal, after what waits. Of several only the one that leads is asked questions."""
        if data and not alone and not self.leads and b"\x1b" in data:
            data = without_questions(data)
        self.under_way += len(data)
        self._write(data)

    def take(self, count: int) -> None:
        """It has shown `count` bytes."""
        self.under_way = max(0, self.under_way - count)
        self.took_at = time.monotonic()

    def tell(self, news: dict[str, Any]) -> bool:
        """News, which are lost when nobody takes them; whether they were taken."""
        try:
            os.write(self.news, json.dumps(news).encode() + b"\n")
        except OSError:
            return False
        return True

    def tell_taken(self) -> None:
        """The shell takes what was typed: so much more may come. Output and input never wait for each other by this."""
        if self.typed >= TELLS_TAKEN_EVERY and self.tell({"took": self.typed}):
            self.typed = 0

    def frames(self) -> list[tuple[int, bytes]]:
        """What it said since the last time. Raises `Gone`."""
        try:
            data = os.read(self.input, LARGEST_FRAME)
        except BlockingIOError:
            return []
        except OSError:
            raise Gone from None
        if not data:
            raise Gone
        self._heard += data
        found, at = [], 0
        while len(self._heard) - at >= _HEAD.size:
            kind, length = _HEAD.unpack_from(self._heard, at)
            if length > LARGEST_FRAME:
                raise Gone
            if len(self._heard) - at - _HEAD.size < length:
                break
            at += _HEAD.size
            found.append((kind, bytes(self._heard[at : at + length])))
            at += length
        del self._heard[:at]
        return found

    def close(self) -> None:
        """Twice is fine."""
        for fd in self.pipes:
            try:
                os.close(fd)
            except OSError:
                pass
        self.pipes = []
        self.connection.close()

    def _write(self, data: bytes) -> None:
        self.waiting += data
        try:
            while self.waiting:
                del self.waiting[: os.write(self.output, self.waiting)]
                self.took_at = time.monotonic()
        except BlockingIOError:
            return
        except OSError:
            raise Gone from None
