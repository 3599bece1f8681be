"""The program that makes folders equal for a snapshot: pass after pass, whatever has happened in between."""

from __future__ import annotations

import os
import random
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
ROUNDS, STEPS = 10, 40


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """As a module, which finds the other one beside it."""
    monkeypatch.syspath_prepend(str(ROOT / "images" / "helper"))
    import snapshot_sync

    yield snapshot_sync
    for name in ("snapshot_sync", "snapshot_copy"):
        sys.modules.pop(name, None)


def shown(folder: Path) -> dict[str, tuple[object, ...]]:
    """All that a copy has to be equal in; files of several names say which names these are."""
    names: dict[int, list[str]] = {}
    found = sorted(path for path in folder.rglob("*") if not stat.S_ISFIFO(path.lstat().st_mode))
    for path in found:
        names.setdefault(path.lstat().st_ino, []).append(str(path.relative_to(folder)))
    return {str(path.relative_to(folder)): _looks(path, names) for path in (*found, folder)}


def _looks(path: Path, names: dict[int, list[str]]) -> tuple[object, ...]:
    seen = path.lstat()
    common = (stat.S_IFMT(seen.st_mode), stat.S_IMODE(seen.st_mode), seen.st_uid, seen.st_gid, seen.st_mtime_ns)
    if path.is_symlink():
        return (*common, str(path.readlink()))
    if path.is_dir():
        return common
    return (*common, path.read_bytes(), tuple(names[seen.st_ino]))


def happens(folder: Path, chance: random.Random) -> None:
    """One thing that people do to files."""
    names = list(folder.rglob("*")) or [folder]
    target = chance.choice(names)
    place = chance.choice([folder, *(path for path in names if path.is_dir() and not path.is_symlink())])
    new = place / f"n{chance.randrange(12)}"
    what = chance.randrange(9)
    try:
        if what == 0 and not new.is_fifo():  # which would be waited for
            new.write_bytes(chance.randbytes(chance.randrange(40)))
        elif what == 1:
            new.mkdir()
        elif what == 2:
            new.symlink_to(chance.choice(["n1", "/etc", "nowhere", ".."]))
        elif what == 3 and target.is_file() and not target.is_symlink():
            os.link(target, new)
        elif what == 4:
            target.rename(new)
        elif what == 5 and not target.is_dir():
            target.unlink()
        elif what == 6 and not target.is_symlink():
            target.chmod(chance.choice([0o700, 0o755, 0o777, 0o4755]))
        elif what == 7 and target.is_file() and not target.is_symlink():
            with target.open("r+b") as file:
                file.write(chance.randbytes(1))
        elif what == 8:
            os.mkfifo(new)
    except OSError:
        return  # it cannot be done there


@pytest.mark.parametrize("seed", range(5))
def test_the_copy_is_equal_after_each_pass_whatever_happened(program: ModuleType, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    mirror = program.Mirror(str(source), str(target))
    for _ in range(ROUNDS):
        for _ in range(STEPS):
            happens(source, chance)
        mirror.go(still=chance.random() < 0.5)
        assert shown(target) == shown(source)


def test_what_has_not_changed_is_not_copied_again(
    program: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    (source / "a" / "b").mkdir(parents=True)
    (source / "a" / "b" / "file").write_text("x" * 1000)
    (source / "link").symlink_to("a")
    monkeypatch.setattr(program, "TICK_NANOSECONDS", -(10**9))  # so that what is from just now counts as settled
    mirror = program.Mirror(str(source), str(tmp_path / "target"))
    for expected in ((2, 1000), (0, 0)):
        mirror.files = mirror.bytes = 0
        mirror.go(still=False)
        assert (mirror.files, mirror.bytes) == expected
    (source / "a" / "b" / "file").write_text("y")
    mirror.go(still=True)
    assert (mirror.files, mirror.bytes) == (1, 1)


def test_what_changed_within_the_same_tick_of_the_clock_is_copied_again(program: ModuleType, tmp_path: Path) -> None:
    """The kernel's clock of files stands still for some milliseconds, in which a change leaves no mark."""
    source = tmp_path / "source"
    source.mkdir()
    file = source / "file"
    file.write_text("one")
    mirror = program.Mirror(str(source), str(tmp_path / "target"))
    mirror.go(still=False)
    assert mirror.known.entries == {"file": None}
    file.write_text("two")
    mirror.go(still=True)
    assert (tmp_path / "target" / "file").read_text() == "two"


def test_holes_stay_holes(program: ModuleType, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    with (source / "sparse").open("wb") as file:
        file.seek(50 * 1024**2)
        file.write(b"in the middle")
        file.truncate(100 * 1024**2)
    program.Mirror(str(source), str(tmp_path / "target")).go(still=True)
    copied = tmp_path / "target" / "sparse"
    assert copied.stat().st_size == 100 * 1024**2 and copied.stat().st_blocks * 512 < 1024**2
    with copied.open("rb") as file:
        file.seek(50 * 1024**2)
        assert file.read(13) == b"in the middle"


def test_a_link_in_place_of_a_folder_is_not_gone_through(
    program: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody puts it there between the look and the step."""
    source, other = tmp_path / "source", tmp_path / "other"
    (source / "folder").mkdir(parents=True)
    other.mkdir()
    (other / "secret").write_text("x")
    mirror = program.Mirror(str(source), str(tmp_path / "target"))
    once = program.Mirror._step_down

    def swapped(self: object, *args: object) -> bool:
        (source / "folder").rmdir()
        (source / "folder").symlink_to(other)
        return bool(once(self, *args))

    with monkeypatch.context() as patch:
        patch.setattr(program.Mirror, "_step_down", swapped)
        mirror.go(still=False)
    assert list((tmp_path / "target").iterdir()) == []
    mirror.go(still=True)
    assert (tmp_path / "target" / "folder").is_symlink()


def test_what_cannot_be_read_is_an_error_only_when_nobody_writes(
    program: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "bad").write_text("x")
    (source / "good").write_text("x")

    def broken(number: int, folder: int, name: str, found: os.stat_result) -> int:
        if name == "bad":
            raise OSError(5, "Input/output error")
        return int(copy(number, folder, name, found))

    copy = program.copy
    monkeypatch.setattr(program, "copy", broken)
    mirror = program.Mirror(str(source), str(tmp_path / "target"))
    assert program._pass([mirror], False) == {"files": 1, "bytes": 1}
    assert program._pass([mirror], True) == {"error": "Input/output error", "path": "bad"}
    monkeypatch.setattr(program, "copy", copy)
    assert "error" not in program._pass([mirror], True)
    assert sorted(path.name for path in (tmp_path / "target").iterdir()) == ["bad", "good"]
