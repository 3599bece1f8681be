"""Which file a person worked on last, so that an application opens that one."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path

MOST_ENTRIES = 20_000
"""Of a folder with more than that only so many are looked at: a person waits."""


def newest(root: Path, endings: Collection[str], passed_over: Collection[str] = ()) -> Path | None:
    """The file changed last whose name ends so; None where there is none.

    Hidden folders, links, and folders whose name ends with one of `passed_over` are not looked into.
    """
    found: tuple[float, Path] | None = None
    for entry in islice(_files(root, tuple(passed_over)), MOST_ENTRIES):
        if entry.name.endswith(tuple(endings)) and not entry.name.startswith((".", "~", "_")):
            changed = entry.stat(follow_symlinks=False).st_mtime
            if found is None or changed > found[0]:
                found = changed, Path(entry.path)
    return found[1] if found else None


def _files(folder: Path, passed_over: tuple[str, ...]) -> Iterator[os.DirEntry[str]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:  # not for this user to read
        return
    for entry in entries:
        if entry.is_file(follow_symlinks=False):
            yield entry
    for entry in entries:
        hidden = entry.name.startswith(".") or entry.name.endswith(passed_over or ("/",))
        if not hidden and entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path), passed_over)
