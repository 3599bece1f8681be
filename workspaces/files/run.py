"""One run of the program beside a workspace: a question, its answer, and the bytes that follow either.

The other end is images/helper/files_wire.py, where the words on the wire are described.
"""

from __future__ import annotations

import json
import logging
import struct
from typing import Any

from django.utils.translation import gettext as _

from spaces_site.errors import Unavailable
from workspaces.engine.inside import STDERR, ExecStream

ARGV = ("python3", "-I", "-X", "utf8", "/opt/spaces/files.py")
LONGEST_ANSWER = 16 * 1024**2
FRAME = 256 * 1024
_LENGTH = struct.Struct(">I")

log = logging.getLogger(__name__)


class Ended(Exception):
    """The program ended without an answer: its container went away, or it broke."""


class Run:
    """Not thread-safe, as its stream is not."""

    def __init__(self, stream: ExecStream, question: dict[str, Any]) -> None:
        self._stream = stream
        self._seen = bytearray()
        self._complaint = b""
        self._stream.write(json.dumps(question).encode() + b"\n")

    def answer(self) -> dict[str, Any]:
        """The next answer. Raises `Ended`."""
        while (end := self._seen.find(b"\n")) < 0:
            piece = self._sorted(self._stream.read())
            if not piece or len(self._seen) > LONGEST_ANSWER:
                raise Ended(self._complaint.decode(errors="replace")[-500:])
            self._seen += piece
        line = bytes(self._seen[:end])
        del self._seen[: end + 1]
        words: dict[str, Any] = json.loads(line)
        return words

    def piece(self) -> bytes:
        """The next bytes after the answer; empty at their end."""
        return self._ahead() or self._sorted(self._stream.read())

    def exactly(self, length: int) -> bytes:
        """So many bytes after the answer. Raises `Unavailable` when there are fewer."""
        pieces, left = [], length
        while left > 0 and (piece := self.piece()):
            pieces.append(piece)
            left -= len(piece)
        self.must_be_whole(left)
        return b"".join(pieces)

    async def apiece(self) -> bytes:
        """As `piece`, without blocking the event loop."""
        return self._ahead() or await self._asorted()

    def send(self, data: bytes) -> None:
        """Hand over bytes, as one frame or several."""
        for frame in _frames(data):
            self._stream.write(frame)

    async def asend(self, data: bytes) -> None:
        """As `send`, without blocking the event loop."""
        for frame in _frames(data):
            await self._stream.awrite(frame)

    def send_end(self) -> None:
        """The empty frame, which says that all frames came."""
        self._stream.write(_LENGTH.pack(0))

    def must_be_whole(self, left: int | None) -> None:
        """After the last piece: raises `Unavailable` when it broke off.

        The bytes that are `left` say so, or the exit code where nobody knew how many would come.
        """
        if left or (left is None and self._stream.exit_code() != 0):
            raise broke_off()

    def close(self) -> None:
        """Let go; the program ends by that. Twice is fine."""
        if self._complaint:
            log.warning("files: %s", self._complaint.decode(errors="replace")[-500:])
            self._complaint = b""
        self._stream.close()

    def _ahead(self) -> bytes:
        piece = bytes(self._seen)
        self._seen.clear()
        return piece

    def _sorted(self, part: tuple[int, bytes] | None) -> bytes:
        """The next of its output, after whatever it complained of; empty at the end."""
        while part is not None:
            kind, data = part
            if kind != STDERR:
                return data
            self._complaint = (self._complaint + data)[-2000:]
            part = self._stream.read()
        return b""

    async def _asorted(self) -> bytes:
        while (part := await self._stream.aread()) is not None:
            kind, data = part
            if kind != STDERR:
                return data
            self._complaint = (self._complaint + data)[-2000:]
        return b""


def broke_off() -> Unavailable:
    """What came was not all."""
    return Unavailable(_("The connection to the workspace’s files broke off. Try again."), retry_after=5)


def _frames(data: bytes) -> list[bytes]:
    pieces = [data[start : start + FRAME] for start in range(0, len(data), FRAME)]
    return [_LENGTH.pack(len(piece)) + piece for piece in pieces]
