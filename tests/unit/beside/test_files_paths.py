"""Whatever is asked for, and whatever stands where, nothing outside the folder is read or changed."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.beside.conftest import Act

SECRET = b"what is outside"
NAMES = ["a", "b", "c"]
STEPS = st.sampled_from([*NAMES, "..", ".", "outside", "secret", "workspace", ""])
PATHS = st.builds(
    lambda start, steps: start + "/".join(steps),
    st.sampled_from(["", "/", "/workspace/", "//"]),
    st.lists(STEPS, max_size=6),
)
TREE = st.lists(
    st.tuples(
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=3),
        st.one_of(st.just("file"), st.just("folder"), st.tuples(st.just("link"), PATHS)),
    ),
    max_size=12,
)
ASKED = st.lists(
    st.tuples(st.sampled_from(["list", "read", "write", "mkdir", "rename", "delete", "archive", "sync"]), PATHS, PATHS),
    min_size=1,
    max_size=6,
)


SWAP = """
import ctypes, os, sys
libc, (one, other) = ctypes.CDLL(None), map(os.fsencode, sys.argv[1:])
while True:
    libc.renameat2(-100, one, -100, other, 2)  # AT_FDCWD, RENAME_EXCHANGE
"""


def plant(root: Path, tree: list[Any]) -> None:
    """Make what the tree says, leaving out what cannot be."""
    for names, what in tree:
        path = root.joinpath(*names)
        inside = all(not parent.is_symlink() for parent in path.parents if parent.is_relative_to(root))
        if not inside or path.is_symlink() or path.exists() or any(p.is_file() for p in path.parents):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if what == "file":
            path.write_bytes(b"inside")
        elif what == "folder":
            path.mkdir()
        else:
            path.symlink_to(what[1] or ".")


def picture(outside: Path, root: Path) -> list[Any]:
    """All there is outside of the root, with all that a change would show in."""
    seen: list[Any] = []
    for folder, folders, names in os.walk(outside):
        if Path(folder) == root:
            folders.clear()
            continue
        for name in [*folders, *names]:
            found = os.lstat(Path(folder, name))
            is_root = Path(folder, name) == root
            seen.append((folder, name, found.st_mode, None if is_root else (found.st_mtime_ns, found.st_size)))
    return sorted(seen)


def ask(act: Act, root: Path, operation: str, path: str, other: str) -> bytes:
    """Everything that was answered, as bytes; empty for a refusal."""
    asked: dict[str, dict[str, Any]] = {
        "rename": {"to": other, "overwrite": len(other) % 2 == 0},
        "delete": {"paths": [path], "recursive": True},
        "archive": {"paths": [path, other], "format": "tar"},
        "sync": {"clean": len(path) % 2 == 0},
    }
    sent = [b'{"path": "%s"}' % path.encode(), b"written", b"", b""] if operation == "sync" else [b"written"]
    try:
        heard = act(root, operation, sent=sent, **{"path": path, **asked.get(operation, {})})
    except Exception as error:
        assert type(error).__name__ == "Refused" or isinstance(error, OSError), error
        return b""
    return repr(heard.words).encode() + heard.data


@settings(max_examples=300, deadline=None)
@given(tree=TREE, asked=ASKED)
def test_nothing_outside_is_reached(act: Act, tree: list[Any], asked: list[tuple[str, str, str]]) -> None:
    outside = Path(tempfile.mkdtemp())
    try:
        root = outside / "workspace"
        root.mkdir()
        (outside / "secret").write_bytes(SECRET)
        (outside / "outside").mkdir()
        (outside / "outside" / "secret").write_bytes(SECRET)
        plant(root, tree)
        (root / "straight").symlink_to(outside / "outside")
        before = picture(outside, root)
        for operation, path, other in asked:
            for where in (path, f"straight/{path}"):
                assert SECRET not in ask(act, root, operation, where, other)
        assert picture(outside, root) == before
    finally:
        shutil.rmtree(outside)


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A root with a folder `d`, and a link `l` to one outside that looks the same."""
    root, outside = tmp_path / "workspace", tmp_path / "outside"
    for folder, content in ((root / "d" / "e", b"inside"), (outside / "e", SECRET)):
        folder.mkdir(parents=True)
        (folder / "f").write_bytes(content)
        (folder.parent / "f").write_bytes(content)
    (root / "l").symlink_to(outside)
    return root


@pytest.fixture
def swapped(two: Path) -> Iterator[Path]:
    """The folder and the link change places all the time, in one step each."""
    # A process of its own: threads take turns, and might never do anything in the middle of what is tried here.
    with subprocess.Popen([sys.executable, "-c", SWAP, str(two / "d"), str(two / "l")]) as swapping:
        yield two
        swapping.kill()


ASKS: dict[str, dict[str, Any]] = {
    "list": {"path": "d/e"},
    "read": {"path": "d/e/f"},
    "write": {"path": "d/e/f"},
    "mkdir": {"path": "d/e/new"},
    "rename": {"path": "d/f", "to": "d/g"},
    "delete": {"paths": ["d/e"], "recursive": True},
    "archive": {"paths": ["d"], "format": "tar"},
    "usage": {"seconds": 5},
    "sync": {"clean": True},
}
CALLS = ("open", "stat", "readlink", "scandir", "mkdir", "rename", "link", "unlink", "rmdir")


class Interruption(ctypes.CDLL):
    """Has folder and link change places before call number `at` to the kernel, and with `back` after it again."""

    def __init__(self, root: Path, at: int, back: bool) -> None:
        super().__init__(None)
        self.names = os.fsencode(root / "d"), os.fsencode(root / "l")
        self.at, self.back, self.count, self.was = at, back, 0, {name: getattr(os, name) for name in CALLS}

    def wrap(self, name: str) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            self.count += 1
            if self.count == self.at:
                self.swap()
            try:
                return self.was[name](*arguments, **options)
            finally:
                if self.back and self.count == self.at:
                    self.swap()

        return call

    def swap(self) -> None:
        self.renameat2(-100, self.names[0], -100, self.names[1], 2)  # fails once one of them is deleted


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("operation", ASKS)
def test_a_swap_at_any_moment_leads_nowhere(act: Act, two: Path, operation: str, back: bool) -> None:
    outside, kept = two.parent / "outside", two.parent / "kept"
    shutil.copytree(two, kept, symlinks=True)
    before = picture(outside, two)
    for at in range(1, 200):
        swap = Interruption(two, at, back)
        sent = [b'{"path": "d/e/f"}', b"written", b"", b""] if operation == "sync" else [b"written"]
        with pytest.MonkeyPatch.context() as patch:
            for name in CALLS:
                patch.setattr(os, name, swap.wrap(name))
            try:
                heard = act(two, operation, sent=sent, **ASKS[operation])
            except Exception as error:
                assert type(error).__name__ == "Refused" or isinstance(error, OSError), error
            else:
                assert SECRET not in heard.data
                told = {one.get("size") for words in heard.words for one in words.get("entries", [words])}
                assert not told & {len(SECRET), 2 * len(SECRET)}, "the size of a file outside was told"
        assert picture(outside, two) == before, f"swapped before call {at}"
        shutil.rmtree(two)
        shutil.copytree(kept, two, symlinks=True)
        if swap.count < at:
            break
    assert at > 3


@pytest.mark.parametrize("operation", ["list", "read", "write", "archive"])
def test_a_folder_that_becomes_a_link_all_the_time_leads_nowhere(act: Act, swapped: Path, operation: str) -> None:
    before, reached = picture(outside := swapped.parent / "outside", swapped), 0
    for _ in range(300):
        try:
            heard = act(swapped, operation, sent=[b"x"], **ASKS[operation])
        except Exception as error:
            assert type(error).__name__ == "Refused" or isinstance(error, OSError), error
        else:
            reached += 1
            assert SECRET not in heard.data
    assert picture(outside, swapped) == before
    assert reached, "the race was never won, so nothing was tried"


def test_deleting_does_not_follow_a_folder_that_becomes_a_link(act: Act, swapped: Path) -> None:
    outside = swapped.parent / "outside"
    before = picture(outside, swapped)
    for _ in range(200):
        (swapped / "x" / "y").mkdir(parents=True, exist_ok=True)
        try:
            act(swapped, "rename", path="d", to="x/y/d", overwrite=True)
            act(swapped, "delete", paths=["x"], recursive=True)
        except Exception as error:
            assert type(error).__name__ == "Refused" or isinstance(error, OSError), error
        if not (swapped / "d").is_symlink() and not (swapped / "d").exists():
            (swapped / "d").mkdir()
    assert picture(outside, swapped) == before


def test_a_tree_deeper_than_any_path_is_deleted(act: Act, tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    root.mkdir()
    folder = os.open(root, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("n", dir_fd=folder)
        below = os.open("n", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    os.close(folder)
    assert act(root, "usage", seconds=5).words[0]["complete"] is False
    act(root, "delete", paths=["n"], recursive=True)
    assert list(root.iterdir()) == []


def test_read_only_folders_are_deleted_too(act: Act, tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    (root / "cache" / "module").mkdir(parents=True)
    (root / "cache" / "module" / "f").write_bytes(b"")
    for path in (root / "cache" / "module", root / "cache"):
        path.chmod(0o555)
    child = os.fork()
    if not child:  # as somebody to whom modes mean something
        os.chown(root, 1000, 1000)
        for path in root.rglob("*"):
            os.chown(path, 1000, 1000)
        folder = os.open(root, os.O_RDONLY)
        os.setuid(1000)
        try:
            act(Path(f"/proc/self/fd/{folder}"), "delete", paths=["cache"], recursive=True)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert list(root.iterdir()) == []


def test_a_file_that_does_not_fit_leaves_the_old_one(act: Act, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))  # as a full disk: writing fails in the middle
    try:
        with pytest.raises(Exception, match="NO_SPACE"):
            act(tmp_path, "write", sent=[bytes(600)] * 3, path="f")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("f", b"old")]


def test_what_is_no_file_is_never_opened(act: Act, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.mknod(tmp_path / "device", stat.S_IFIFO | 0o600)
    for name in ("pipe", "device"):
        for operation in ("read", "write"):
            with pytest.raises(Exception, match="SPECIAL"):
                act(tmp_path, operation, path=name)
    heard = act(tmp_path, "archive", paths=["pipe"], format="zip")
    assert b"NOT-IN-THIS-ARCHIVE" in heard.data


@pytest.mark.parametrize("total", [10, 11])
def test_only_so_many_entries_are_listed(act: Act, tmp_path: Path, total: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["files_read"], "MOST_ENTRIES", 10)
    for number in range(total):
        (tmp_path / f"{number:05}").touch()
    answer = act(tmp_path, "list", path="").words[0]
    assert [entry["name"] for entry in answer["entries"]] == [f"{number:05}" for number in range(10)]
    assert answer["cut"] == (total > 10)
