"""Copies one file with its holes, owner, mode and times; removes what is under a name. No step follows a symlink."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat

READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PIECE = 16 * 1024 * 1024
_BLOCK = 512
_NOT_HERE = {errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS}


def copy(source: int, folder: int, name: str, found: os.stat_result) -> int:
    """Afterwards `name` is in `folder` as the open file `source`; how many bytes were copied.

    No more than the file had when it was `found`: one that is written to all the time would never end.
    """
    target = os.open(name, _NEW, 0o600, dir_fd=folder)
    try:
        copied = 0
        for start, end in _pieces(source, found):
            copied += _copied(source, target, start, end)
        os.ftruncate(target, found.st_size)
        attributes(target, found)
    finally:
        os.close(target)
    return copied


def attributes(number: int, found: os.stat_result, link: str = "") -> None:
    """Owner, mode and times of what is open, or of the symlink `link` in that folder, which has no mode of its own."""
    times = (found.st_atime_ns, found.st_mtime_ns)
    if link:
        os.chown(link, found.st_uid, found.st_gid, dir_fd=number, follow_symlinks=False)
        os.utime(link, ns=times, dir_fd=number, follow_symlinks=False)
        return
    os.fchown(number, found.st_uid, found.st_gid)
    os.fchmod(number, stat.S_IMODE(found.st_mode))  # after the owner, whose change takes setuid away
    os.utime(number, ns=times)


def removed(folder: int, name: str) -> None:
    """Afterwards there is nothing of that name. Only ever in the copy, which is nobody else's."""
    with contextlib.suppress(FileNotFoundError):
        try:
            os.unlink(name, dir_fd=folder)
        except IsADirectoryError:
            shutil.rmtree(name, dir_fd=folder)


def _pieces(source: int, found: os.stat_result) -> list[tuple[int, int]]:
    """Where the file has data: all of it, or what is between its holes."""
    if found.st_blocks * _BLOCK >= found.st_size:
        return [(0, found.st_size)]
    pieces, at = [], 0
    while at < found.st_size:
        try:
            start = os.lseek(source, at, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole follows
                break
            raise
        at = os.lseek(source, start, os.SEEK_HOLE)
        pieces.append((start, min(at, found.st_size)))
    return pieces


def _copied(source: int, target: int, start: int, end: int) -> int:
    """Copy these bytes within the kernel where it can; the file may be shorter by now."""
    at = start
    while at < end:
        try:
            count = os.copy_file_range(source, target, min(_PIECE, end - at), at, at)
        except OSError as error:
            if error.errno not in _NOT_HERE:
                raise
            count = os.pwrite(target, os.pread(source, min(_PIECE // 16, end - at), at), at)
        if not count:
            break
        at += count
    return at - start
