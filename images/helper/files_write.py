"""Changing: write, make, rename, delete. A file is whole or as it was, whenever this ends."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterable
from typing import Any

from files_remove import empty, remove
from files_tree import Refused, Spot, refusal, resolve
from files_wire import Wire

NEW_FILE = 0o644


def write(root: int, asked: dict[str, Any], wire: Wire) -> None:
    """The file `path` holds what comes in frames after "ready"; missing folders are made.

    `exclusive`: only when there was none. `version`: only when it is still that one; "" for any. `size`: what will
    come, when it is known.
    """
    written = _write(root, asked["path"], wire, asked, lambda: wire.answer(ready=True))
    wire.answer(size=written.st_size, mtimeMs=written.st_mtime_ns / 1e6, version=str(written.st_mtime_ns))


def sync(root: int, asked: dict[str, Any], wire: Wire) -> None:
    """Many files, each a frame with its path in JSON and then its content; with `clean` they are all there is."""
    wire.answer(ready=True)
    if asked.get("clean"):
        empty(root)
    count = 0
    while head := wire.frame():
        _write(root, json.loads(head)["path"], wire, {}, lambda: None)
        count += 1
    wire.answer(count=count)


def make_folder(root: int, asked: dict[str, Any], wire: Wire) -> None:
    """The folder `path` is there, with those above it. Refused (EXISTS) when something was."""
    with resolve(root, asked["path"], follow=False, make=True) as spot:
        if spot.found is not None:
            raise Refused("EXISTS", asked["path"])
        os.mkdir(spot.name, 0o755, dir_fd=spot.folder)
    wire.answer(path=spot.shown)


def rename(root: int, asked: dict[str, Any], wire: Wire) -> None:
    """What was `path` is `to` from now on, a link itself; what was there before only gives way with `overwrite`."""
    with (
        resolve(root, asked["path"], follow=False) as source,
        resolve(root, asked["to"], follow=False) as target,
    ):
        source.must_exist()
        source.must_have_name()
        target.must_have_name()
        if asked.get("overwrite"):
            os.rename(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder)
        elif target.found is not None:
            raise Refused("EXISTS", asked["to"])
        else:
            rename_to_free(source, target)
    wire.answer(path=target.shown)


def delete(root: int, asked: dict[str, Any], wire: Wire) -> None:
    """None of `paths` is there any more, links themselves; a folder that is not empty only goes with `recursive`."""
    for path in asked["paths"]:
        with resolve(root, path, follow=False) as spot:
            found = spot.must_exist()
            spot.must_have_name()
            try:
                if stat.S_ISDIR(found.st_mode) and not asked.get("recursive"):
                    os.rmdir(spot.name, dir_fd=spot.folder)
                else:
                    remove(spot.folder, spot.name)
            except OSError as error:
                raise refusal(error, path) from error
    wire.answer(count=len(asked["paths"]))


def _write(root: int, path: str, wire: Wire, asked: dict[str, Any], ready: Any) -> os.stat_result:
    with resolve(root, path, follow=True, make=True) as spot:
        try:
            _check(spot, spot.found, asked)
            room = os.statvfs(spot.folder)
            if asked.get("size") and asked["size"] > room.f_bavail * room.f_frsize:
                raise Refused("NO_SPACE", path)
            ready()
            return put(spot, wire.frames(), asked)
        except OSError as error:
            raise refusal(error, path) from error


def _check(spot: Spot, found: os.stat_result | None, asked: dict[str, Any]) -> None:
    """Raises `Refused` unless what is there may be written over."""
    if found is not None and stat.S_ISDIR(found.st_mode):
        raise Refused("IS_FOLDER", spot.path)
    if found is not None and not stat.S_ISREG(found.st_mode):
        raise Refused("SPECIAL", spot.path)
    if found is not None and asked.get("exclusive"):
        raise Refused("EXISTS", spot.path)
    if asked.get("version") and asked["version"] != (str(found.st_mtime_ns) if found else ""):
        raise Refused("CHANGED", spot.path)


def put(spot: Spot, pieces: Iterable[bytes], asked: dict[str, Any]) -> os.stat_result:
    """Write aside, and then put it in its place in one step."""
    draft = f".spaces-{os.urandom(8).hex()}.part"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    number = os.open(draft, flags, 0o600, dir_fd=spot.folder)
    try:
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                rest = rest[os.write(number, rest) :]
        found = spot.now()
        _check(spot, found, asked)
        os.fchmod(number, stat.S_IMODE(found.st_mode) & 0o777 if found else NEW_FILE)
        if asked.get("exclusive"):
            os.link(draft, spot.name, src_dir_fd=spot.folder, dst_dir_fd=spot.folder)  # never over another
            os.unlink(draft, dir_fd=spot.folder)
        else:
            os.rename(draft, spot.name, src_dir_fd=spot.folder, dst_dir_fd=spot.folder)
        return os.fstat(number)
    except BaseException:
        try:
            os.unlink(draft, dir_fd=spot.folder)
        except FileNotFoundError:
            pass
        raise
    finally:
        os.close(number)


def rename_to_free(source: Spot, target: Spot) -> None:
    """Give it the other name, which nothing had when it was looked at.

    A file gets it as a second name first, which never takes the place of anything; a folder cannot have two, but
    takes no place that is not empty.
    """
    if not source.is_folder:
        try:
            os.link(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder, follow_symlinks=False)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK):
                raise
        else:
            os.unlink(source.name, dir_fd=source.folder)
            return
    os.rename(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder)
