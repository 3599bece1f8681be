"""The work of many seats as one zip, made while it is read: one seat after the other, none of it held in memory.

Each comes as a tar from the program beside its workspace, whose entries go into a folder of their own. What could not
be had of a seat is said in a text in the archive, which goes on with the next.
"""

from __future__ import annotations

import logging
import re
import tarfile
import zipfile
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from io import RawIOBase
from typing import IO, Any

from channels.db import database_sync_to_async
from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import SpacesError
from workspaces.files import Download, archive_open
from workspaces.models import Workspace
from workspaces.services.waiting import connection_give_back

PIECE = 256 * 1024
ROOT = "workspace"
"""The folder in which the program has all of them."""
_BAD = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
"""What file systems refuse somewhere in a name."""

_threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="archive")
"""Of their own: each waits for an engine, and shall delay no page."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """A folder of the archive: `folder` is its name, `workspace` whose files it has, `actor` who asks for them."""

    folder: str
    workspace: Workspace
    actor: Actor


class Archive:
    """Pieces of the zip, to be read once, by `async for` or by `pieces`. Close it when it is not read to its end."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._pieces: Generator[bytes, None, None] = _zip(parts)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        step = database_sync_to_async(next, thread_sensitive=False, executor=_threads)
        while piece := await step(self._pieces, b""):
            yield piece

    def pieces(self) -> Iterator[bytes]:
        """The same for a caller that may block."""
        return self._pieces

    def close(self) -> None:
        """Let go of it. Twice is fine, and so is while a piece is being made: that is then the last."""
        try:
            self._pieces.close()
        except ValueError:
            log.debug("an archive was let go of while it was being made")


def folder_name(number: int | None, name: str) -> str:
    """`07 Max Mustermann`: in letters that every file system takes."""
    clean = _BAD.sub(" ", name).strip(" .")[:80].strip(" .") or "-"
    return f"{number:02d} {clean}" if number is not None else clean


def _zip(parts: Sequence[Part]) -> Generator[bytes, None, None]:
    out = _Out()
    failed: list[str] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for part in parts:
            try:
                yield from _add(file, out, part)
            except SpacesError as problem:
                failed.append(f"{part.folder}: {problem.message}")
            except (tarfile.TarError, OSError, EOFError) as problem:
                log.warning("archive: %s: %s", part.workspace.public_id, problem)
                failed.append(f"{part.folder}: " + _("The connection to the workspace’s files broke off. Try again."))
        if failed:
            file.writestr(_("Not complete.txt"), "\n".join([_("This is missing:"), *failed, ""]))
    yield out.taken()


def _add(file: zipfile.ZipFile, out: _Out, part: Part) -> Iterator[bytes]:
    """One seat's files. A file that breaks off is in the archive as far as it came."""
    download = archive_open(part.actor, part.workspace, [""], "tar")
    try:
        with tarfile.open(fileobj=_Pieces(download), mode="r|", bufsize=PIECE) as tar:
            while (member := tar.next()) is not None:
                tar.members.clear()  # type: ignore[attr-defined]  # it would remember every one
                info = _info(part.folder, member)
                if info is None:
                    continue
                with file.open(info, "w", force_zip64=member.size > 2**30) as target:
                    yield from _copied(tar, member, target, out)
                if out.size >= PIECE:
                    yield out.taken()
    finally:
        download.close()
        connection_give_back()


def _copied(tar: tarfile.TarFile, member: tarfile.TarInfo, target: IO[bytes], out: _Out) -> Iterator[bytes]:
    if member.issym():
        target.write(member.linkname.encode("utf-8", "replace"))
        return
    source = tar.extractfile(member) if member.isfile() else None
    while source is not None and (piece := source.read(PIECE)):
        target.write(piece)
        if out.size >= PIECE:
            yield out.taken()


def _info(folder: str, member: tarfile.TarInfo) -> zipfile.ZipInfo | None:
    """How the zip has it: names below `folder` instead of `ROOT`, the kind of file and its rights as Unix has them."""
    if not (member.isfile() or member.isdir() or member.issym()):
        return None
    parts = [part for part in member.name.split("/") if part not in ("", ".", "..")]
    parts = parts[1:] if parts[:1] == [ROOT] else parts
    name = "/".join([folder, *parts]).encode("utf-8", "replace").decode()
    kind = 0o120000 if member.issym() else 0o040000 if member.isdir() else 0o100000
    info = zipfile.ZipInfo(name + ("/" if member.isdir() else ""), _date(member.mtime))
    info.external_attr = (kind | member.mode & 0o777) << 16 | (0x10 if member.isdir() else 0)
    info.compress_type = zipfile.ZIP_DEFLATED if member.isfile() and member.size else zipfile.ZIP_STORED
    return info


def _date(seconds: float) -> tuple[int, int, int, int, int, int]:
    """As zip has it: UTC, from 1980 to 2107."""
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return (1980, 1, 1, 0, 0, 0)
    year = min(max(at.year, 1980), 2107)
    return (year, at.month, at.day, at.hour, at.minute, at.second)


class _Out(RawIOBase):
    """What the zip writes, until it is taken. It cannot be gone back in."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        self.size += len(piece)
        return len(piece)

    def taken(self) -> bytes:
        """All of it, which is here no more."""
        whole = b"".join(self._pieces)
        self._pieces.clear()
        self.size = 0
        return whole


class _Pieces(RawIOBase):
    """A download as a file to be read from."""

    def __init__(self, download: Download) -> None:
        self._pieces = download.chunks()
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._rest) < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._rest += piece
        end = len(self._rest) if size < 0 else size
        found, self._rest = self._rest[:end], self._rest[end:]
        return found
