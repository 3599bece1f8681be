"""A websocket that carries bytes, read and written as if it were a plain socket."""

from __future__ import annotations

import socket
import threading

from tests.raw_websocket import BINARY, CLOSE, PING, RawWebsocket

PONG = 10


class WebLine:
    """A desktop's socket as a stream of bytes; `host` is its name where others are at the same address."""

    def __init__(self, address: str, port: int, host: str, headers: dict[str, str]) -> None:
        self._socket = RawWebsocket(port, "/socket", headers, host, address)
        self._socket.socket.settimeout(None)  # a screen on which nothing moves is silent
        self._seen = bytearray()
        self._sends = threading.Lock()

    def read(self, count: int) -> bytes:
        while len(self._seen) < count:
            kind, data = self._socket.receive()
            if kind == BINARY:
                self._seen += data
            elif kind == PING:
                self._send(PONG, data)
            elif kind == CLOSE:
                raise ConnectionError(f"the desktop hung up: {data!r}")
        taken = bytes(self._seen[:count])
        del self._seen[:count]
        return taken

    def write(self, data: bytes) -> None:
        self._send(BINARY, data)

    def close(self) -> None:
        """A reader that waits fails."""
        self._socket.socket.shutdown(socket.SHUT_RDWR)
        self._socket.socket.close()

    def _send(self, kind: int, data: bytes) -> None:
        with self._sends:  # the one who looks asks for pictures while another moves the pointer
            self._socket.send(kind, data)
