"""Steps from folder to folder in a volume whose owner may not be trusted: no step ever follows a symlink."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Sequence

from git_run import Problem

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
NO_STEP = {errno.ELOOP, errno.ENOTDIR}


@contextlib.contextmanager
def entered(root_fd: int, parts: Sequence[str], *, make: bool = False) -> Iterator[int]:
    """A descriptor of the folder `parts` below `root_fd`. Raises `Problem`: NO_FOLDER, or LINKED for what is none."""
    here = os.dup(root_fd)
    try:
        for part in parts:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, dir_fd=here)
            there = step(part, here)
            os.close(here)
            here = there
        yield here
    finally:
        os.close(here)


def step(name: str, here: int) -> int:
    """A descriptor of the folder `name` in `here`, which the caller closes."""
    try:
        return os.open(name, FOLDER, dir_fd=here)
    except OSError as error:
        if error.errno == errno.ENOENT:
            raise Problem("NO_FOLDER", name) from None
        if error.errno in NO_STEP:
            raise Problem("LINKED", name) from None
        raise


def content(folder_fd: int, path: Sequence[str], most: int) -> bytes | None:
    """At most `most` bytes of a plain file; None where there is none, or a symlink on the way to it."""
    try:
        with entered(folder_fd, path[:-1]) as here:
            descriptor = os.open(path[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
    except Problem:
        return None
    except OSError as error:
        if error.errno in NO_STEP | {errno.ENOENT, errno.EISDIR, errno.ENXIO, errno.EACCES}:
            return None
        raise
    with os.fdopen(descriptor, "rb") as file:
        return file.read(most) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else None


def replace(folder_fd: int, name: str, data: bytes) -> None:
    """Afterwards the file `name` holds `data`; a symlink of that name is replaced and not followed."""
    draft = f".spaces-{secrets.token_hex(6)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644, dir_fd=folder_fd)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.rename(draft, name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
    except OSError:
        os.unlink(draft, dir_fd=folder_fd)
        raise


def remove(folder_fd: int, name: str) -> None:
    """Afterwards there is nothing called `name`, whatever it was. A symlink goes, and not what it points to."""
    try:
        mode = os.lstat(name, dir_fd=folder_fd).st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        shutil.rmtree(name, dir_fd=folder_fd)
    else:
        os.unlink(name, dir_fd=folder_fd)
