"""Looking: what is in a folder, what is in a file, how much room there is."""

from __future__ import annotations

import heapq
import os
import stat
import time
from typing import Any

from files_tree import Refused, open_folder, resolve
from files_wire import PIECE, Wire

MOST_ENTRIES = 10_000
DEEPEST = 200
BLOCK_BYTES = 512
"""Of `st_blocks`, whatever the file system's own are."""
_TYPES = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "symlink"}


def list_folder(root: int, asked: dict[str, Any], wire: Wire) -> None:
    """The entries of the folder `path` by name; beyond 10,000 the first of them, with the mark `cut`."""
    with resolve(root, asked["path"], follow=True) as spot:
        folder = spot.open_folder()
        try:
            with os.scandir(folder) as entries:
                names = heapq.nsmallest(MOST_ENTRIES + 1, (entry.name for entry in entries))
            found = [_entry(root, folder, name, spot.shown) for name in names[:MOST_ENTRIES]]
        finally:
            os.close(folder)
    cut = len(names) > MOST_ENTRIES
    wire.answer(path=spot.shown, entries=[entry for entry in found if entry], cut=cut)


def read(root: int, asked: dict[str, Any], wire: Wire) -> None:
    """The file `path` from byte `offset` on, `most` bytes of it at most: first how much, then the bytes.

    With `last` the last `most` bytes of those after `offset`. A file shorter than `offset` counts from its start.
    """
    with resolve(root, asked["path"], follow=True) as spot:
        number, found = spot.open_file()
    size, offset = found.st_size, asked.get("offset", 0)
    start = offset if offset <= size else 0
    length = size - start if asked.get("most") is None else min(size - start, asked["most"])
    if asked.get("last"):
        start = size - length
    wire.answer(path=spot.shown, size=size, start=start, length=length, **_times(found))
    wire.end_with_caller()
    os.lseek(number, start, os.SEEK_SET)
    while length:
        piece = os.read(number, min(PIECE, length))
        if not piece:
            raise Refused("NOT_FOUND", asked["path"])  # it became shorter: what was promised is no longer there
        wire.write(piece)
        length -= len(piece)


def usage(root: int, asked: dict[str, Any], wire: Wire) -> None:
    """Room on the file system, and the size of all files together; not `complete` when `seconds` did not suffice."""
    wire.end_with_caller()
    room = os.statvfs(root)
    sum_ = _Sum(time.monotonic() + asked["seconds"])
    folder = open_folder(root, ".")
    sum_.add(folder, 0)
    total, free = room.f_blocks * room.f_frsize, room.f_bfree * room.f_frsize
    available = room.f_bavail * room.f_frsize
    wire.answer(total=total, used=total - free, available=available, size=sum_.size, complete=sum_.complete)


class _Sum:
    """Sizes of files, each counted once however many names it has, and without the holes in it that nobody wrote."""

    def __init__(self, until: float) -> None:
        self.size, self.complete = 0, True
        self._until = until
        self._seen: set[int] = set()

    def add(self, folder: int, depth: int) -> None:
        """All in the open `folder`, which is closed afterwards."""
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if time.monotonic() > self._until:
                        self.complete = False
                        return
                    self._add(folder, entry, depth)
        except OSError:
            self.complete = False
        finally:
            os.close(folder)

    def _add(self, folder: int, entry: os.DirEntry[str], depth: int) -> None:
        try:
            if entry.is_dir(follow_symlinks=False):
                if depth >= DEEPEST:
                    self.complete = False
                else:
                    self.add(open_folder(folder, entry.name), depth + 1)
                return
            found = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return  # gone meanwhile
        except OSError:
            self.complete = False  # a folder that its owner may not look into
            return
        if found.st_nlink > 1 and found.st_ino in self._seen:
            return
        if found.st_nlink > 1:
            self._seen.add(found.st_ino)
        self.size += min(found.st_size, found.st_blocks * BLOCK_BYTES)


def _entry(root: int, folder: int, name: str, where: str) -> dict[str, Any] | None:
    """One entry; None when it is gone meanwhile. A link says what it leads `to` ("dir", "file"), if inside."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    path = f"{where}/{name}" if where else name
    kind = _TYPES.get(stat.S_IFMT(found.st_mode), "other")
    entry = {"name": name, "path": path, "type": kind, "size": found.st_size, **_times(found)}
    return entry | {"to": _leads_to(root, path)} if kind == "symlink" else entry


def _leads_to(root: int, path: str) -> str:
    try:
        with resolve(root, path, follow=True) as spot:
            kind = _TYPES.get(stat.S_IFMT(spot.found.st_mode), "") if spot.found else ""
    except Refused:
        return ""
    return kind


def _times(found: os.stat_result) -> dict[str, Any]:
    """In milliseconds for clients, and exactly, as text, to notice changes by."""
    return {"mtimeMs": found.st_mtime_ns / 1e6, "version": str(found.st_mtime_ns)}
