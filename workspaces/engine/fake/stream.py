"""A command of the fake with its input open: it is given all its input at once, when its output is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from workspaces.engine.inside import STDERR, STDOUT, ExecResult

PIECE_BYTES = 64 * 1024
Piece = tuple[Literal[1, 2], bytes]


class FakeStream:
    """See `ExecStream`. `program` is called once with what was written before the first read."""

    def __init__(self, program: Callable[[bytes], ExecResult]) -> None:
        self._program = program
        self._input = bytearray()
        self._result: ExecResult | None = None
        self._pieces: Iterator[Piece] = iter(())
        self._ended = False
        self.closed = False

    def read(self) -> Piece | None:
        if self._result is None:
            self._result = self._program(bytes(self._input))
            self._pieces = iter([*_cut(STDOUT, self._result.stdout), *_cut(STDERR, self._result.stderr)])
        piece = next(self._pieces, None)
        self._ended = self._ended or piece is None
        return piece

    def write(self, data: bytes) -> None:
        if self._result is None:
            self._input += data

    def end_input(self) -> None:
        pass

    async def aread(self) -> Piece | None:
        return self.read()

    async def awrite(self, data: bytes) -> None:
        self.write(data)

    def exit_code(self) -> int | None:
        return self._result.exit_code if self._result and self._ended else None

    def close(self) -> None:
        self.closed = True


def _cut(kind: Literal[1, 2], data: bytes) -> Iterator[Piece]:
    for start in range(0, len(data), PIECE_BYTES):
        yield kind, data[start : start + PIECE_BYTES]
