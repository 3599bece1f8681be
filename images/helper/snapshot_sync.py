"""Makes folders equal to others while somebody still writes to these, and once more when nobody does.

`snapshot_sync.py COUNT`: `/to/<n>` becomes as `/from/<n>` for each n below COUNT. Asked for each pass by a line of
JSON, `{"still": false}` or true, and answered by one: `{"files": …, "bytes": …}` of what was copied, or
`{"error": …, "path": …}`.
Only what changed since the pass before is copied, as the kernel's own time of change (ctime) says.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import stat
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # which python -I leaves out

from snapshot_copy import READ, attributes, copy, removed

TICK_NANOSECONDS = 50_000_000
"""A kernel's clock of files goes on in steps of up to 10 ms: within one a file may change without another ctime."""
WRITTEN_BACK_SECONDS = 600
"""Older changes have long been on the disk, where the kernel has half a minute for it."""
DEEPEST = 7000
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENOMEM}
GONE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ESTALE}
_WAIT_BEFORE_AND_WRITE = 1 | 2
_libc = ctypes.CDLL(None, use_errno=True)

Mark = tuple[int, int, int, int]


class Folder:
    """What a pass remembers of a folder: its own mark, and of each name in it a mark or a `Folder`.

    None as mark: it has to be looked at again.
    """

    __slots__ = ("entries", "mark")

    def __init__(self) -> None:
        self.mark: Mark | None = None
        self.entries: dict[str, Folder | Mark | None] = {}


class Mirror:
    """One folder and its copy, with what is remembered from pass to pass."""

    def __init__(self, source: str, target: str) -> None:
        Path(target).mkdir(mode=0o700, exist_ok=True)
        self.source, self.target = os.open(source, READ | os.O_DIRECTORY), os.open(target, READ | os.O_DIRECTORY)
        self.known = Folder()
        self.still = False
        self.files = self.bytes = 0
        self.began = 0
        self.links: dict[int, str] = {}
        self.trail: list[str] = []

    def go(self, still: bool) -> None:
        """One pass. `still`: nobody writes, so that what cannot be copied now is an error."""
        self.still, self.began = still, time.time_ns()
        self.links, self.trail = {}, []
        self._folder(self.source, self.target, self.known)

    def _folder(self, source: int, target: int, known: Folder) -> None:
        found = os.fstat(source)
        with os.scandir(source) as entries:
            names = [entry.name for entry in entries]
        touched = bool(lost := known.entries.keys() - set(names))
        for name in lost:
            removed(target, name)
            del known.entries[name]
        for name in names:
            self.trail.append(name)
            try:
                touched = self._entry(source, target, name, known) or touched
            except OSError as error:
                touched = True
                self._missed(error, target, name, known)
            self.trail.pop()
        if touched or known.mark is None or known.mark != _mark(found):
            attributes(target, found)
            known.mark = self._settled(found)

    def _missed(self, error: OSError, target: int, name: str, known: Folder) -> None:
        """What could not be read: gone meanwhile, which is fine, or to be tried again."""
        if error.errno in FULL or (self.still and error.errno not in GONE):
            raise error
        removed(target, name)
        known.entries.pop(name, None)

    def _entry(self, source: int, target: int, name: str, known: Folder) -> bool:
        """Whether the target's folder has changed by it."""
        found = os.stat(name, dir_fd=source, follow_symlinks=False)
        before = known.entries.get(name)
        if stat.S_ISDIR(found.st_mode):
            return self._step_down(source, target, name, known)
        linked = stat.S_ISREG(found.st_mode) and found.st_nlink > 1
        if before == _mark(found) and not linked:
            return False
        if linked and (changed := self._linked(target, name, found, before)) is not None:
            known.entries[name] = before if before == _mark(found) else self._settled(found)
            return changed
        if name in known.entries or isinstance(before, Folder):
            removed(target, name)
            del known.entries[name]
        known.entries[name] = self._made(source, target, name, found)
        return True

    def _step_down(self, source: int, target: int, name: str, known: Folder) -> bool:
        before, new = known.entries.get(name), False
        if not isinstance(before, Folder):
            removed(target, name)
            os.mkdir(name, 0o700, dir_fd=target)
            before, new = Folder(), True
            known.entries[name] = before
        below = os.open(name, READ | os.O_DIRECTORY, dir_fd=source)
        try:
            copied = os.open(name, READ | os.O_DIRECTORY, dir_fd=target)
            try:
                self._folder(below, copied, before)
            finally:
                os.close(copied)
        finally:
            os.close(below)
        return new

    def _linked(self, target: int, name: str, found: os.stat_result, before: Folder | Mark | None) -> bool | None:
        """A file of several names is to be one in the copy as well: whether the target's folder has changed by it.

        None: this is its first name in this pass, and it has to be copied.
        """
        first = self.links.get(found.st_ino)
        if first is None:
            if before != _mark(found):
                return None
            self.links[found.st_ino] = "/".join(self.trail)
            return False
        there = os.stat(first, dir_fd=self.target, follow_symlinks=False)
        if before is not None:
            here = os.stat(name, dir_fd=target, follow_symlinks=False)
            if here.st_ino == there.st_ino:
                return False
        removed(target, name)
        os.link(first, name, src_dir_fd=self.target, dst_dir_fd=target, follow_symlinks=False)
        return True

    def _made(self, source: int, target: int, name: str, found: os.stat_result) -> Mark | None:
        """A copy of what is neither a folder nor there yet; sockets, pipes and devices have none."""
        if stat.S_ISLNK(found.st_mode):
            os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=target)
            attributes(target, found, name)
        elif stat.S_ISREG(found.st_mode):
            found = self._file(source, target, name)
        else:
            return None
        self.files += 1
        return self._settled(found)

    def _file(self, source: int, target: int, name: str) -> os.stat_result:
        number = os.open(name, READ, dir_fd=source)
        try:
            found = os.fstat(number)  # before the first byte is read: what changes later has a later ctime
            if not stat.S_ISREG(found.st_mode):
                raise OSError(errno.ESTALE, "became something else")
            if found.st_ctime_ns > self.began - WRITTEN_BACK_SECONDS * 10**9:
                _protect(number)
            self.bytes += copy(number, target, name, found)
        finally:
            os.close(number)
        if found.st_nlink > 1:
            self.links[found.st_ino] = "/".join(self.trail)
        return found

    def _settled(self, found: os.stat_result) -> Mark | None:
        """Its mark, where a later change would give it another."""
        return _mark(found) if found.st_ctime_ns < self.began - TICK_NANOSECONDS else None


def _mark(found: os.stat_result) -> Mark:
    return (found.st_ino, found.st_mode, found.st_size, found.st_ctime_ns)


def _protect(number: int) -> None:
    """Afterwards a program that has the file in its memory cannot change it there without changing its ctime.

    The kernel notes a change of mapped memory only when the page was clean: so what is dirty begins to be written.
    """
    _libc.sync_file_range(number, ctypes.c_int64(0), ctypes.c_int64(0), _WAIT_BEFORE_AND_WRITE)


def main(count: int) -> int:
    """Answer each line; 0 when there are no more."""
    sys.setrecursionlimit(4 * DEEPEST)
    os.umask(0)
    mirrors = [Mirror(f"/from/{number}", f"/to/{number}") for number in range(count)]
    for line in sys.stdin:
        asked = json.loads(line)
        answer = _pass(mirrors, bool(asked["still"]))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    return 0


def _pass(mirrors: list[Mirror], still: bool) -> dict[str, object]:
    done = {"files": 0, "bytes": 0}
    for mirror in mirrors:
        mirror.files = mirror.bytes = 0
        try:
            mirror.go(still)
        except OSError as error:
            path = "/".join(mirror.trail).encode(errors="surrogateescape").decode(errors="replace")
            return {"error": error.strerror or str(error), "path": path}
        except RecursionError:
            return {"error": "folders are too deep", "path": ""}
        done["files"] += mirror.files
        done["bytes"] += mirror.bytes
    return dict(done)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
