"""What the services here hand back. Times are in milliseconds since 1970, sizes in bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from workspaces.files.run import Run

EntryType = Literal["file", "dir", "symlink", "other"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a folder. `path` begins at /workspace. `to`: what a link leads to ("file", "dir"), "" if nowhere.

    `version` changes with the content. Names that are no UTF-8 hold surrogates (PEP 383).
    """

    name: str
    path: str
    type: EntryType
    size: int
    mtime_ms: float
    version: str
    to: str = ""

    @property
    def is_folder(self) -> bool:
        """A folder, or a link to one."""
        return self.type == "dir" or self.to == "dir"


@dataclass(frozen=True, slots=True)
class Listing:
    """A folder's entries by name. `cut`: there are more than these."""

    path: str
    entries: list[Entry]
    cut: bool


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file's first bytes. `truncated`: it is longer. `version` is for a change that shall not undo another one."""

    path: str
    content: bytes
    truncated: bool
    size: int
    mtime_ms: float
    version: str


@dataclass(frozen=True, slots=True)
class Written:
    """A file as it was left."""

    size: int
    mtime_ms: float
    version: str


@dataclass(frozen=True, slots=True)
class DiskUsage:
    """Room on the file system that holds the workspace, and the size of its files together.

    `complete`: no file was left out, for want of time or of permission.
    """

    total: int
    used: int
    available: int
    size: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a file: `content` begins at byte `start` of `size`."""

    content: bytes
    start: int
    size: int


class Download:
    """Bytes under way, to be read once: by `async for` or by `for`. Raises `Unavailable` when they break off.

    `name` of the file for the reader; `size`: how many bytes come, None when nobody knows. Close it when it is not read
    to its end; a response does.
    """

    def __init__(self, run: Run, answer: dict[str, Any], name: str, release: Callable[[], None]) -> None:
        self._run, self._release = run, release
        self.name = name
        self.size: int | None = answer.get("length")
        self.mtime_ms: float | None = answer.get("mtimeMs")
        self.version: str = answer.get("version", "")
        self._left = self.size

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            piece = b"" if self._left == 0 else await self._run.apiece()
            if not self._counted(piece):
                await asyncio.to_thread(self._run.must_be_whole, self._left)
        except BaseException:
            self.close()
            raise
        if not piece:
            self.close()
            raise StopAsyncIteration
        return piece

    def chunks(self) -> Iterator[bytes]:
        """The same for a caller that may block."""
        try:
            while self._counted(piece := b"" if self._left == 0 else self._run.piece()):
                yield piece
            self._run.must_be_whole(self._left)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of it. Twice is fine."""
        self._run.close()
        self._release()

    def __del__(self) -> None:
        self.close()  # a visitor who left before the first byte leaves nobody else to do it

    def _counted(self, piece: bytes) -> bytes:
        if self._left is not None:
            self._left -= len(piece)
        return piece
