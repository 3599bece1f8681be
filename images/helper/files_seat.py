"""Files for a seat, without losing what somebody wrote there: first a look, then what was decided after it.

`apply` is safe twice and after having been cut off anywhere: what is there already as wished is done, and what is
neither as it was at the look nor as wished is left alone and said to be changed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import stat
from pathlib import PurePosixPath
from typing import Any

from files_tree import Refused, Spot, look, open_file, refusal, resolve
from files_wire import PIECE, Wire
from files_write import put, rename_to_free

MOST_NAME_BYTES = 255
MOST_NUMBER = 99
MOST_HASHED = 64 * 1024**2
"""Larger than anything that is pushed; of such a file its size and time stand for its content."""


def look_at(root: int, asked: dict[str, Any], wire: Wire) -> None:
    """What is at each of `entries` (path, sha256 of what is wished there, and `known` of what was put there before):
    nothing, a file, or something else.

    Of a file its sha256, whether it was changed after `made_ns` (by ctime, which nobody can set back), and of one that
    was not, or is known, its content, as far as `keep` bytes suffice for all of them. `beside` and `mine`: free names
    beside it with those words in them; `is_beside`: that one is a file with what is wished already. `missing`: the
    topmost folder on the way that is not there.
    """
    left, found = asked["keep"], []
    for entry in asked["entries"]:
        try:
            seen = _look(root, entry, asked)
            if _is_ours(entry, seen) and seen["size"] <= left:
                left -= seen["size"]
                seen["content"] = base64.b64encode(_content(root, entry["path"])).decode()
        except Refused as error:
            seen = {"is": "refused", "why": error.error}
        except OSError as error:
            seen = {"is": "refused", "why": refusal(error, entry["path"]).error}
        found.append(seen)
    wire.answer(found=found)


def apply(root: int, asked: dict[str, Any], wire: Wire) -> None:
    """Do what comes in frames, each a head in JSON and then its content, and say at the end what became of each.

    `do` of a head: write (over what had the sha256 `before`, "" for nothing), beside (at `at`, which is free), replace
    (after what is there went to `was`), remove (what has the sha256 `before`), back (instead of what has the sha256
    `before`, what is at `was`). `sha256`: of the content.
    """
    wire.answer(ready=True)
    results: list[dict[str, str]] = []
    while head := b"".join(wire.frames()):
        content = b"".join(wire.frames())
        wish = json.loads(head)
        try:
            why = _DO[wish["do"]](root, wish, content)
        except Refused as error:
            why = error.error
        except OSError as error:
            why = refusal(error, wish["path"]).error
        results.append({"path": wish["path"], "why": why})
    wire.answer(results=results)


def _look(root: int, entry: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    missing = _missing(root, entry["path"])
    if missing:
        return {"is": "nothing", "missing": missing}
    with resolve(root, entry["path"], follow=False) as spot:
        spot.must_have_name()
        if spot.found is None:
            return {"is": "nothing"}
        beside, is_it = _free(spot, asked["beside"], entry["sha256"])
        names = {"beside": beside, "is_beside": is_it, "mine": _free(spot, asked["mine"], "")[0]}
        if not stat.S_ISREG(spot.found.st_mode):
            return {"is": "other", **names}
        changed = spot.found.st_ctime_ns > asked["made_ns"]
        sha256 = _sha256(spot.folder, spot.name)
        return {"is": "file", "sha256": sha256, "size": spot.found.st_size, "changed": changed, **names}


def _is_ours(entry: dict[str, Any], seen: dict[str, Any]) -> bool:
    """Whether it is written over, since nobody but the leader wrote it."""
    is_other = seen["is"] == "file" and seen["sha256"] != entry["sha256"]
    return is_other and (not seen["changed"] or seen["sha256"] in entry["known"])


def _missing(root: int, path: str) -> str:
    """The topmost folder on the way to `path` that is not there, "" when all are."""
    names = [name for name in path.split("/") if name]
    for depth in range(1, len(names)):
        above = "/".join(names[:depth])
        with resolve(root, above, follow=False) as spot:
            if spot.found is None:
                return above
    return ""


def _free(spot: Spot, words: str, sha256: str) -> tuple[str, bool]:
    """The path of a name like that of `spot` with `words` in it that is free, or is a file of that sha256 already."""
    stem, dot = PurePosixPath(spot.name).stem, PurePosixPath(spot.name).suffix
    folder = spot.shown.rpartition("/")[0]
    for number in range(1, MOST_NUMBER + 1):
        mark = f" ({words}{f' {number}' if number > 1 else ''}){dot}"
        room = MOST_NAME_BYTES - len(mark.encode("utf-8", "surrogateescape"))
        name = stem.encode("utf-8", "surrogateescape")[:room].decode("utf-8", "ignore") + mark
        found = look(spot.folder, name)
        is_it = found is not None and stat.S_ISREG(found.st_mode) and _sha256(spot.folder, name) == sha256
        if found is None or is_it:
            return f"{folder}/{name}" if folder else name, is_it
    raise Refused("EXISTS", spot.path)


def _write(root: int, wish: dict[str, str], content: bytes) -> str:
    with resolve(root, wish["path"], follow=False, make=True) as spot:
        return _written(spot, wish["sha256"], wish["before"], content)


def _beside(root: int, wish: dict[str, str], content: bytes) -> str:
    with resolve(root, wish["at"], follow=False, make=True) as spot:
        return _written(spot, wish["sha256"], "", content)


def _written(spot: Spot, sha256: str, before: str, content: bytes) -> str:
    was = spot.now()  # before it is read: what is written to it after that shows in its time
    now = _now(spot)
    if now == sha256:
        return ""
    if now != before:
        return "CHANGED"
    put(spot, [content], {"exclusive": was is None, "version": str(was.st_mtime_ns) if was else ""})
    return ""


def _replace(root: int, wish: dict[str, str], content: bytes) -> str:
    with resolve(root, wish["path"], follow=False) as spot, resolve(root, wish["was"], follow=False) as aside:
        now, kept = _now(spot), _now(aside)
        if kept == "" and now not in ("", wish["sha256"]) and now == wish["before"]:
            rename_to_free(spot, aside)
            kept, now = _now(aside), _now(spot)
        if kept == "":
            return "CHANGED"
        return _written(spot, wish["sha256"], "", content) if now != wish["sha256"] else ""


def _remove(root: int, wish: dict[str, str], content: bytes) -> str:
    with resolve(root, wish["path"], follow=False) as spot:
        now = _now(spot)
        if now == "":
            return ""
        if now != wish["before"]:
            return "CHANGED"
        os.unlink(spot.name, dir_fd=spot.folder)
    _remove_made(root, wish["path"], wish.get("made", ""))
    return ""


def _remove_made(root: int, path: str, made: str) -> None:
    """The folders from above `path` up to `made`, as far as nothing is in them."""
    above = path.rpartition("/")[0]
    while made and (above == made or above.startswith(f"{made}/")):
        try:
            with resolve(root, above, follow=False) as spot:
                os.rmdir(spot.name, dir_fd=spot.folder)
        except (OSError, Refused):
            return
        above = above.rpartition("/")[0]


def _back(root: int, wish: dict[str, str], content: bytes) -> str:
    with resolve(root, wish["path"], follow=False) as spot, resolve(root, wish["was"], follow=False) as aside:
        now, kept = _now(spot), _now(aside)
        if kept == "":  # it went back already, or its owner took it away
            return "" if now not in ("", wish["before"]) else "CHANGED"
        if now not in ("", wish["before"]):
            return "CHANGED"
        if now:
            os.unlink(spot.name, dir_fd=spot.folder)
        rename_to_free(aside, spot)
    return ""


def _now(spot: Spot) -> str:
    """The sha256 of the file that is there by now, "other" for what is none, "" for nothing."""
    found = spot.now()
    if found is None:
        return ""
    return _sha256(spot.folder, spot.name) if stat.S_ISREG(found.st_mode) else "other"


def _sha256(folder: int, name: str) -> str:
    number, found = open_file(folder, name, name)
    digest = hashlib.sha256()
    try:
        if found.st_size > MOST_HASHED:
            return f"large {found.st_size} {found.st_mtime_ns}"
        while piece := os.read(number, PIECE):
            digest.update(piece)
    finally:
        os.close(number)
    return digest.hexdigest()


def _content(root: int, path: str) -> bytes:
    with resolve(root, path, follow=False) as spot:
        number, found = open_file(spot.folder, spot.name, path)
        try:
            return os.read(number, found.st_size)
        finally:
            os.close(number)


_DO = {"write": _write, "beside": _beside, "replace": _replace, "remove": _remove, "back": _back}
