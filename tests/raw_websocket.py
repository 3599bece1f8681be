"""A websocket client of a few lines, which costs next to nothing, so that what is measured is the server."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import time
from types import TracebackType
from typing import Any

TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9


class RawWebsocket:
    """Connected to `path` of the site at `port`, by default of this machine. `code` is set once it was closed there."""

    def __init__(
        self, port: int, path: str, headers: dict[str, str] | None = None, host: str = "", address: str = "127.0.0.1"
    ) -> None:
        self.socket = socket.create_connection((address, port), 30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.code: int | None = None
        self.seen = bytearray()
        self.told: list[dict[str, Any]] = []
        self._buffer = bytearray()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host or f'localhost:{port}'}", "Upgrade: websocket"]
        lines += ["Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        lines += [f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        head, _, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head
        self._buffer = bytearray(rest)

    def __enter__(self) -> RawWebsocket:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.socket.close()

    # -- what a terminal is told and says
    def say(self, kind: str, **facts: Any) -> None:
        self.send(TEXT, json.dumps({"type": kind, **facts}).encode())

    def type(self, text: str) -> None:
        self.say("input", data=text)

    def sees(self, text: str, seconds: float = 30, keep: int = 0) -> None:
        """Read until `text` was printed; with `keep`, of what was seen only so many bytes are kept."""
        wanted, until = text.encode(), time.monotonic() + seconds
        at = 0
        while wanted not in self.seen[max(0, at - len(wanted)) :]:
            assert self.code is None, (self.code, bytes(self.seen[-300:]))
            assert time.monotonic() < until, f"{text!r} not within {seconds:g} s in {bytes(self.seen[-300:])!r}"
            at = len(self.seen)
            self.take()
            if keep and len(self.seen) > 2 * keep:
                del self.seen[:-keep]
                at = max(0, len(self.seen) - keep)

    def ends(self) -> int:
        while self.code is None:
            self.take()
        return self.code

    def take(self) -> bytes:
        """One message: its bytes when it is output."""
        kind, data = self.receive()
        if kind == BINARY:
            self.seen += data
            return data
        if kind == TEXT:
            self.told.append(json.loads(data))
        elif kind == CLOSE:
            self.code = struct.unpack(">H", data[:2])[0] if data else 1005
        return b""

    # -- frames
    def send(self, kind: int, payload: bytes) -> None:
        length = len(payload)
        if length < 126:
            head = struct.pack(">BB", 0x80 | kind, 0x80 | length)
        elif length < 65536:
            head = struct.pack(">BBH", 0x80 | kind, 0x80 | 126, length)
        else:
            head = struct.pack(">BBQ", 0x80 | kind, 0x80 | 127, length)
        self.socket.sendall(head + b"\0\0\0\0" + payload)  # a mask of zeros changes nothing

    def receive(self) -> tuple[int, bytes]:
        head = self._exactly(2)
        length = head[1] & 127
        if length == 126:
            length = struct.unpack(">H", self._exactly(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", self._exactly(8))[0]
        return head[0] & 15, self._exactly(length)

    def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._more()
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def _more(self) -> None:
        data = self.socket.recv(256 * 1024)
        if not data:
            raise ConnectionError("the server hung up")
        self._buffer += data
