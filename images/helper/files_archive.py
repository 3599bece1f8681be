"""Folders as one stream, tar or zip: links are stored as links, what is neither file nor folder is left out."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import IO, Any

from files_tree import Refused, look, open_file, open_folder, resolve
from files_wire import PIECE, Wire

DEEPEST = 300
LEFT_OUT = "NOT-IN-THIS-ARCHIVE.txt"
Add = Callable[["Member"], None]


@dataclass
class Member:
    """One entry of an archive: `content` of a file (exactly as long as `found` says), `target` of a link."""

    name: str
    found: os.stat_result
    content: IO[bytes] | None = None
    target: str = ""


class Exactly(io.RawIOBase):
    """A file as long as it was when it was opened: what is added to it is not read, what it lost are zeros."""

    def __init__(self, number: int, size: int) -> None:
        super().__init__()
        self._number, self._left = number, size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = min(self._left, PIECE if size < 0 else size)
        data = os.read(self._number, wanted) if wanted else b""
        self._left -= wanted if not data else len(data)
        return data or bytes(wanted)


def archive(root: int, asked: dict[str, Any], wire: Wire) -> None:
    """What is at `paths` as one `format` ("tar", "zip"), after an answer with a `name` for it.

    A single folder is in it under its own name, several entries of one folder by their names, others by their paths.
    """
    paths = asked["paths"]
    is_one = len(paths) == 1
    parents = {path.strip("/").rpartition("/")[0] for path in paths}
    for path in paths:
        with resolve(root, path, follow=is_one) as spot:
            spot.must_exist()
    writer = _writer(asked["format"], wire)
    wire.answer(name=((spot.shown if is_one else min(parents)).rpartition("/")[2]) or "workspace")
    wire.end_with_caller()
    left_out: list[str] = []
    with writer as add:
        for path in paths:
            with resolve(root, path, follow=is_one) as spot:
                shown = spot.shown if len(parents) > 1 else spot.shown.rpartition("/")[2]
                _add(add, spot.folder, spot.name or ".", shown or "workspace", left_out, 0)
        if left_out:
            _add_note(add, left_out)


def _add(add: Add, parent: int, name: str, shown: str, left_out: list[str], depth: int) -> None:
    """`name` in the open folder `parent`, and all below it, as `shown`."""
    try:
        found = look(parent, name)
        if found is None:
            return
        if stat.S_ISLNK(found.st_mode):
            add(Member(shown, found, target=os.readlink(name, dir_fd=parent)))
        elif stat.S_ISREG(found.st_mode):
            number, found = open_file(parent, name, shown)
            try:
                add(Member(shown, found, Exactly(number, found.st_size)))  # type: ignore[arg-type]
            finally:
                os.close(number)
        elif stat.S_ISDIR(found.st_mode):
            if depth >= DEEPEST:
                raise Refused("INVALID", shown)
            _add_folder(add, parent, name, shown, left_out, depth)
        else:
            left_out.append(shown)
    except (PermissionError, FileNotFoundError, Refused):
        left_out.append(shown)


def _add_folder(add: Add, parent: int, name: str, shown: str, left_out: list[str], depth: int) -> None:
    folder = open_folder(parent, name)
    try:
        add(Member(shown, os.fstat(folder)))
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries)
        for below in names:
            _add(add, folder, below, f"{shown}/{below}", left_out, depth + 1)
    finally:
        os.close(folder)


def _add_note(add: Add, left_out: list[str]) -> None:
    text = "".join(f"{name}\n" for name in left_out).encode("utf-8", "surrogateescape")
    found = os.stat_result((stat.S_IFREG | 0o644, 0, 0, 1, 0, 0, len(text), 0, int(time.time()), 0))
    add(Member(LEFT_OUT, found, io.BytesIO(text)))


def _writer(kind: str, wire: Wire) -> AbstractContextManager[Add]:
    if kind not in ("tar", "zip"):
        raise Refused("INVALID", kind)
    return _tar(wire) if kind == "tar" else _zip(wire)


@contextmanager
def _tar(wire: Wire) -> Iterator[Add]:
    """Names that are no UTF-8 survive: PAX headers keep the bytes."""
    tar = tarfile.open(fileobj=wire, mode="w|", format=tarfile.PAX_FORMAT, copybufsize=PIECE)  # type: ignore  # noqa: SIM115

    def add(member: Member) -> None:
        info = tarfile.TarInfo(member.name)
        info.mode, info.mtime = stat.S_IMODE(member.found.st_mode), int(member.found.st_mtime)
        if member.target:
            info.type, info.linkname = tarfile.SYMTYPE, member.target
        elif member.content is None:
            info.type = tarfile.DIRTYPE
        else:
            info.size = member.found.st_size
        tar.addfile(info, member.content)
        tar.members.clear()  # it would remember every one

    yield add
    tar.close()  # not after an error: what is broken shall not look whole


@contextmanager
def _zip(wire: Wire) -> Iterator[Add]:
    """Names that are no UTF-8 are made so: zip knows no other. Sizes may be beyond 4 GiB."""
    file = zipfile.ZipFile(wire, "w", zipfile.ZIP_DEFLATED)  # type: ignore

    def add(member: Member) -> None:
        is_folder = member.content is None and not member.target
        info = zipfile.ZipInfo(_clean(member.name) + ("/" if is_folder else ""), _date(member.found.st_mtime))
        info.external_attr = (member.found.st_mode & 0xFFFF) << 16 | (0x10 if is_folder else 0)
        info.compress_type = zipfile.ZIP_DEFLATED if member.content else zipfile.ZIP_STORED
        info._compresslevel = 1  # type: ignore[attr-defined]  # has no public name before 3.13
        with file.open(info, "w", force_zip64=member.found.st_size > 2**30) as target:
            target.write(os.fsencode(member.target))
            for piece in _pieces(member.content):
                target.write(piece)

    yield add
    file.close()  # not after an error, as above


def _pieces(content: IO[bytes] | None) -> Iterator[bytes]:
    while content is not None and (piece := content.read(PIECE)):
        yield piece


def _clean(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _date(seconds: float) -> tuple[int, int, int, int, int, int]:
    """As zip has it: from 1980 to 2107."""
    at = time.gmtime(min(max(seconds, 315532800), 4354819198))
    return at.tm_year, at.tm_mon, at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec
