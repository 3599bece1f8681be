"""What a build is given: the files of a folder as one archive. Pure; the same files give the same bytes."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

_IN_MEMORY = 16 * 1024 * 1024
_SKIPPED = {"__pycache__", ".git", ".DS_Store"}


@dataclass(frozen=True, slots=True)
class ContextFile:
    """One file of a build: `path` inside it with forward slashes, `mode` 0o755 or 0o644, and its content."""

    path: str
    mode: int
    data: bytes


def context_files(folder: Path) -> Iterator[ContextFile]:
    """The files of `folder` in a stable order.

    Of the mode only the run bit counts, as in git: what a umask makes of the rest must not make another image.
    Links are followed, so that an archive never points outside of itself.
    """
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        relative = path.relative_to(folder)
        if path.is_file() and _SKIPPED.isdisjoint(relative.parts):
            mode = 0o755 if os.access(path, os.X_OK) else 0o644
            yield ContextFile(relative.as_posix(), mode, path.read_bytes())


def context_tar(folder: Path, extra_files: Mapping[str, bytes]) -> IO[bytes]:
    """An open archive of `folder` and `extra_files`, at its beginning; an extra file wins over one of the same path.

    Owner and time are fixed: the builder's cache looks at them.
    """
    files = {file.path: file for file in context_files(folder)}
    files.update({path: ContextFile(path, 0o644, data) for path, data in extra_files.items()})
    archive: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by the caller
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for _, file in sorted(files.items()):
            info = tarfile.TarInfo(file.path)
            info.size, info.mode = len(file.data), file.mode
            tar.addfile(info, io.BytesIO(file.data))
    archive.seek(0)
    return archive
