"""How the program talks with the platform: one line of JSON asks, one line of JSON answers; bytes follow either.

Bytes to the platform are what follows the answer. Bytes from it come in frames, a length (four bytes, network order)
and as many bytes, with an empty frame at the end: so an upload that breaks off is never taken for a short one.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import threading
from collections.abc import Iterator
from typing import Any

LONGEST_REQUEST = 8 * 1024**2
LONGEST_FRAME = 1024**2
PIECE = 256 * 1024
_LENGTH = struct.Struct(">I")


class Gone(Exception):
    """The other side let go before it was done."""


class Wire:
    """Standard input and output. `streaming`: bytes have followed the answer, so that no more words can be said."""

    def __init__(self) -> None:
        self._in = sys.stdin.buffer
        self.streaming = False

    def request(self) -> dict[str, Any]:
        """What is asked. Raises `Gone` when nothing is, `ValueError` for what cannot be read."""
        line = self._in.readline(LONGEST_REQUEST)
        if not line.endswith(b"\n"):
            raise Gone
        asked = json.loads(line)
        if not isinstance(asked, dict):
            raise ValueError(asked)
        return asked

    def frame(self) -> bytes:
        """The next frame, empty for an end. Raises `Gone`."""
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        if length > LONGEST_FRAME:
            raise ValueError(length)
        return self._exactly(length)

    def frames(self) -> Iterator[bytes]:
        """All frames up to an empty one. Raises `Gone`."""
        while piece := self.frame():
            yield piece

    def answer(self, **words: Any) -> None:
        """Say it, in one line."""
        self._out(json.dumps(words).encode() + b"\n")

    def write(self, data: bytes) -> int:
        """Hand over bytes after the answer; as files have it, so that archives can be written to this."""
        self.streaming = True
        self._out(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def end_with_caller(self) -> None:
        """From now on this process ends when the other side lets go: nobody would take what it has to say."""

        def watch() -> None:
            while os.read(0, 4096):
                pass
            os._exit(4)

        threading.Thread(target=watch, daemon=True).start()

    def _exactly(self, length: int) -> bytes:
        data = self._in.read(length)
        if len(data) < length:
            raise Gone
        return data

    @staticmethod
    def _out(data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(1, rest) :]
