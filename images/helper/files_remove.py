"""Removing a folder with all that is in it, by folders that are held open: a link is removed and never followed."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from itertools import islice

from files_tree import open_folder

DEEPEST = 100
"""Folders deeper than this are moved up first, so that neither open files nor the stack run out."""
BATCH = 4096
MOST_ROUNDS = 20
"""How often a folder is emptied again, into which somebody goes on putting things."""


def remove(parent: int, name: str) -> None:
    """Afterwards there is nothing of that name. Raises `OSError`; then some of it may be gone."""
    found = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if stat.S_ISDIR(found.st_mode):
        _remove_folder(parent, name, None, 0)
    else:
        os.unlink(name, dir_fd=parent)


def empty(parent: int) -> None:
    """Afterwards the open folder `parent` is empty. Raises as `remove`."""
    folder = open_folder(parent, ".")
    try:
        _empty(folder, folder, 0)
    finally:
        os.close(folder)


def _remove_folder(parent: int, name: str, base: int | None, depth: int) -> None:
    folder = open_folder(parent, name)
    try:
        for _round in range(MOST_ROUNDS):
            _empty(folder, folder if base is None else base, depth)
            try:
                _writable(parent, lambda: os.rmdir(name, dir_fd=parent))
            except OSError as error:
                if error.errno != errno.ENOTEMPTY:
                    raise
            else:
                return
        raise OSError(errno.ENOTEMPTY, name)
    finally:
        os.close(folder)


def _empty(folder: int, base: int, depth: int) -> None:
    """Remove all that is in the open `folder`. `base`: the open folder at the top, where deep ones are moved to."""
    while True:
        with os.scandir(folder) as entries:  # begun anew for each batch, since what it shows is changed by it
            batch = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in islice(entries, BATCH)]
        if not batch:
            return
        for name, is_folder in batch:
            try:
                _remove_one(folder, name, is_folder, base, depth)
            except FileNotFoundError:
                pass  # somebody else was first


def _remove_one(folder: int, name: str, is_folder: bool, base: int, depth: int) -> None:
    if not is_folder:
        _writable(folder, lambda: os.unlink(name, dir_fd=folder))
    elif depth < DEEPEST:
        _remove_folder(folder, name, base, depth + 1)
    else:
        aside = f".spaces-{os.urandom(8).hex()}"
        _writable(folder, lambda: os.rename(name, aside, src_dir_fd=folder, dst_dir_fd=base))


def _writable(folder: int, change: Callable[[], None]) -> None:
    """Do it, after a second try with a folder made writable: caches of packages are read-only, as they came."""
    try:
        change()
    except PermissionError:
        mode = stat.S_IMODE(os.fstat(folder).st_mode)
        if mode & stat.S_IRWXU == stat.S_IRWXU:
            raise
        os.fchmod(folder, mode | stat.S_IRWXU)
        change()
