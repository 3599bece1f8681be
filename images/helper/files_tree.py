"""Where a path leads: worked out here, name by name from folders that are held open, and never left to the kernel.

So nothing outside the root is reached, whatever is renamed or linked meanwhile: a folder that is held open stays in its
volume, links are read and followed as text, and ".." is the folder that was come from.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import deque
from collections.abc import Iterable
from types import TracebackType

MOST_LINKS = 40
"""As the kernel has it."""
MOST_BYTES = 4096
MOST_DEPTH = 500
_PIN = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC
_known_as = ["workspace"]
_ERRORS = {
    errno.ENOENT: "NOT_FOUND",
    errno.ENOTDIR: "NOT_FOLDER",
    errno.EISDIR: "IS_FOLDER",
    errno.EEXIST: "EXISTS",
    errno.ENOTEMPTY: "NOT_EMPTY",
    errno.EACCES: "DENIED",
    errno.EPERM: "DENIED",
    errno.EROFS: "DENIED",
    errno.ENOSPC: "NO_SPACE",
    errno.EDQUOT: "NO_SPACE",
    errno.EFBIG: "NO_SPACE",
    errno.ENXIO: "SPECIAL",
}


class Refused(Exception):
    """What was asked cannot be: `error` is one of the words that callers know, `path` the path it is about."""

    def __init__(self, error: str, path: str) -> None:
        super().__init__(error, path)
        self.error, self.path = error, path


def refusal(error: OSError, path: str) -> Refused:
    """The kernel's refusal in our words; what is not among them is about the path itself (too long, a name of its own
    folder)."""
    return Refused(_ERRORS.get(error.errno or 0, "INVALID"), path)


class Spot:
    """One name in a folder that is held open. `name` is "" for the root itself.

    `found`: what is there (not following a link), or None; `shown`: its path below the root, for people.
    """

    def __init__(self, stack: list[int], path: str, shown: str, name: str, found: os.stat_result | None) -> None:
        self._stack, self.path, self.shown, self.name, self.found = stack, path, shown, name, found

    def __enter__(self) -> Spot:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        _close(self._stack)

    @property
    def folder(self) -> int:
        """The open folder that it is in; what it is itself when it has no name."""
        return self._stack[-1]

    @property
    def is_folder(self) -> bool:
        return self.found is not None and stat.S_ISDIR(self.found.st_mode)

    def must_exist(self) -> os.stat_result:
        """What is there. Raises `Refused` (NOT_FOUND)."""
        if self.found is None:
            raise Refused("NOT_FOUND", self.path)
        return self.found

    def must_have_name(self) -> None:
        """Raises `Refused` (INVALID) for the root itself."""
        if not self.name:
            raise Refused("INVALID", self.path)

    def now(self) -> os.stat_result | None:
        """What is there by now."""
        return look(self.folder, self.name or ".")

    def open_folder(self) -> int:
        """It, to be listed. Raises `Refused` (NOT_FOUND, NOT_FOLDER, DENIED)."""
        if not stat.S_ISDIR(self.must_exist().st_mode):
            raise Refused("NOT_FOLDER", self.path)
        return open_folder(self.folder, self.name or ".")

    def open_file(self) -> tuple[int, os.stat_result]:
        """It, to be read. Raises `Refused` (NOT_FOUND, IS_FOLDER, SPECIAL, DENIED); what is no file is not opened."""
        mode = self.must_exist().st_mode
        if stat.S_ISDIR(mode):
            raise Refused("IS_FOLDER", self.path)
        if not stat.S_ISREG(mode):
            raise Refused("SPECIAL", self.path)
        return open_file(self.folder, self.name, self.path)


def resolve(root: int, path: str, *, follow: bool, make: bool = False) -> Spot:
    """Where `path` leads below the open folder `root`. A last name that is a link is followed with `follow` only.

    With `make` missing folders on the way are made. Raises `Refused` (OUTSIDE, NOT_FOUND, NOT_FOLDER, DENIED, INVALID).
    """
    todo = deque(_names(path))
    asked = "/".join(todo)
    stack, trail, links = [os.dup(root)], [""], 0
    try:
        while todo:
            name = todo.popleft()
            if name == "..":
                if len(stack) == 1:
                    raise Refused("OUTSIDE", path)
                os.close(stack.pop())
                trail.pop()
                continue
            found = look(stack[-1], name)
            if found and stat.S_ISLNK(found.st_mode) and (todo or follow):
                links += 1
                if links > MOST_LINKS:
                    raise Refused("INVALID", path)
                target = os.readlink(name, dir_fd=stack[-1])
                todo.extendleft(reversed(_names_of_target(target, path)))
                if target.startswith("/"):
                    _close(stack[1:])
                    del stack[1:], trail[1:]
                continue
            if not todo:
                shown = asked if ".." not in asked.split("/") else "/".join([*trail[1:], name])
                return Spot(stack, path, shown, name, found)
            if found is None and make:
                _make(stack[-1], name)
            elif found is None:
                raise Refused("NOT_FOUND", path)
            if len(stack) > MOST_DEPTH:
                raise Refused("INVALID", path)
            stack.append(os.open(name, _PIN, dir_fd=stack[-1]))
            trail.append(name)
        return Spot(stack, path, "/".join(trail[1:]), "", os.fstat(stack[-1]))
    except OSError as error:
        _close(stack)
        # A link that took the place of a folder in this very moment counts as no folder, which it is.
        raise Refused("NOT_FOLDER", path) if error.errno == errno.ELOOP else refusal(error, path) from error
    except BaseException:
        _close(stack)
        raise


def look(folder: int, name: str) -> os.stat_result | None:
    """What is under `name`, a link as a link; None for nothing."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def open_folder(parent: int, name: str) -> int:
    """The folder of that name, to be listed. Raises `OSError`, also for a link to one."""
    return os.open(name, _READ | os.O_DIRECTORY, dir_fd=parent)


def open_file(parent: int, name: str, path: str) -> tuple[int, os.stat_result]:
    """The file of that name, to be read, and what it is. Raises `Refused` (SPECIAL) when it became something else."""
    number = os.open(name, _READ, dir_fd=parent)
    found = os.fstat(number)
    if not stat.S_ISREG(found.st_mode):
        os.close(number)
        raise Refused("SPECIAL", path)
    return number, found


def _names(path: str) -> list[str]:
    if "\0" in path or len(path.encode("utf-8", "surrogateescape")) > MOST_BYTES:
        raise Refused("INVALID", path[:200])
    return [name for name in path.split("/") if name not in ("", ".")]


def root_known_as(path: str) -> None:
    """Absolute links count from there on: it is where the workspace has the root."""
    _known_as[:] = _names(path)


def _names_of_target(target: str, path: str) -> list[str]:
    """A link's target in names; an absolute one counts from the root, as the workspace knows it."""
    names = _names(target)
    if not target.startswith("/"):
        return names
    if names[: len(_known_as)] != _known_as:
        raise Refused("OUTSIDE", path)
    return names[len(_known_as) :]


def _make(folder: int, name: str) -> None:
    try:
        os.mkdir(name, 0o755, dir_fd=folder)
    except FileExistsError:
        pass  # somebody else made it meanwhile


def _close(numbers: Iterable[int]) -> None:
    for number in numbers:
        os.close(number)
