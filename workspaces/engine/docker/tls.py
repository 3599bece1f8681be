"""TLS over a socket that may not block, with its two directions ended one by one.

Python's own TLS sockets cannot do that: while they say that there is no more input, output that arrives is an error.
"""

from __future__ import annotations

import socket
import ssl

RECORDS_BYTES = 64 * 1024


class Tls:
    """Used like the socket below it, and as blocking as that is. Whoever got `BlockingIOError` calls again the same."""

    def __init__(self, context: ssl.SSLContext, below: socket.socket, hostname: str) -> None:
        """Shakes hands. Raises `OSError`."""
        self.below = below
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=hostname)
        self._ahead = b""
        self._taken = 0
        self._unsent = b""
        while not self._shaken():
            if not self._fill():
                raise ConnectionResetError("the other side hung up before it said who it is")
        self._flush()

    def recv(self, most: int) -> bytes:
        """Empty at the end."""
        self._flush_if_possible()
        if self._ahead:
            data, self._ahead = self._ahead[:most], self._ahead[most:]
            return data
        while (found := self._read(most)) is None:
            if not self._fill():
                return b""
        return found

    def send(self, data: bytes | memoryview) -> int:
        """How much of `data` is on its way."""
        if not self._taken:
            self._taken = self._tls.write(data[:RECORDS_BYTES])
        self._flush()
        taken, self._taken = min(self._taken, len(data)), 0
        return taken

    def sendall(self, data: bytes) -> None:
        """Only where the socket blocks."""
        while data:
            data = data[self.send(data) :]

    def end(self) -> None:
        """Tell the other side that no more is sent. What has come from it is taken first, so that it is not lost."""
        while (found := self._read(RECORDS_BYTES)) is not None and found:
            self._ahead += found
        try:
            self._tls.unwrap()
        except ssl.SSLError:
            pass  # it complains that the other side has more to say
        self._flush_if_possible()

    def has_unsent(self) -> bool:
        """Whether something waits to be sent; the next `recv` or `send` tries again."""
        return bool(self._unsent)

    def _shaken(self) -> bool:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return False
        return True

    def _read(self, most: int) -> bytes | None:
        """What has come already; empty at the end, None where more must come first."""
        try:
            return self._tls.read(most)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLZeroReturnError:
            return b""

    def _fill(self) -> bool:
        """Whether more has come; if not, the other side has hung up."""
        data = self.below.recv(RECORDS_BYTES)
        self._incoming.write(data)
        return bool(data)

    def _flush(self) -> None:
        self._unsent += self._outgoing.read()
        while self._unsent:
            self._unsent = self._unsent[self.below.send(self._unsent) :]

    def _flush_if_possible(self) -> None:
        try:
            self._flush()
        except BlockingIOError:
            pass
