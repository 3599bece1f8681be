"""Working on the files of a workspace: what people and programs may do, what is written down, what is refused."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Forbidden, Invalid, NotFound, SpacesError, TooMany, Unavailable
from tests.accounts_fixtures import ActorOf
from tests.files_fixtures import VolumeOf
from tests.workspaces_fixtures import MakeWorkspace
from workspaces import files
from workspaces.engine.base import EngineError, EngineUnavailable
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.files import access
from workspaces.models import ImageBuild, Kind, Workspace
from workspaces.problems import Failed, Superseded
from workspaces.services import workspace_delete, workspace_stop
from workspaces.states import State

NAMES = ["plain.txt", "with space", "grüße.txt", "🦊", "new\nline", "quote\"'", "%41", "-rf", "x" * 255]
RAW = os.fsdecode(b"\xff\xfe raw")


@pytest.fixture
def workspace(make_workspace: MakeWorkspace, alice: User) -> Workspace:
    return make_workspace(alice, name="Lab")


@pytest.fixture
def volume(volume_of: VolumeOf, workspace: Workspace) -> Path:
    return volume_of(workspace)


def written(workspace: Workspace) -> list[tuple[str, dict[str, Any]]]:
    """Audit events about files, oldest first."""
    events = AuditEvent.objects.filter(workspace=workspace.public_id).order_by("pk")
    return [(event.action, event.meta) for event in events if event.action.split(".")[0] in ("file", "folder")]


def names(folder: Path) -> list[str]:
    """What is in it."""
    return sorted(path.name for path in folder.iterdir())


def test_a_file_comes_back_as_it_was_written(
    volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    content = os.urandom(3 * 2**20 + 17)
    done = files.file_write(actor_of(alice), workspace, "/a/b/c.bin", [content[:10], content[10:]])
    assert (volume / "a/b/c.bin").read_bytes() == content
    seen = files.file_read(actor_of(alice), workspace, "a/b/c.bin", max_bytes=10**9)
    assert (seen.content, seen.truncated, seen.size, seen.version) == (content, False, len(content), done.version)
    assert b"".join(files.file_open(actor_of(alice), workspace, "a/b/c.bin").chunks()) == content


def test_an_empty_file_comes_back_empty(volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf) -> None:
    files.file_write(actor_of(alice), workspace, "empty", [])
    assert files.file_read(actor_of(alice), workspace, "empty").content == b""
    assert b"".join(files.file_open(actor_of(alice), workspace, "empty").chunks()) == b""


def test_only_the_first_bytes_are_read_when_no_more_are_wanted(
    volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    (volume / "long").write_bytes(b"0123456789")
    seen = files.file_read(actor_of(alice), workspace, "long", max_bytes=4)
    assert (seen.content, seen.truncated, seen.size) == (b"0123", True, 10)


def test_every_name_survives(volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf) -> None:
    for name in (*NAMES, RAW):
        files.file_write(actor_of(alice), workspace, name, [name.encode("utf-8", "surrogateescape")])
    assert names(volume) == sorted([*NAMES, RAW])
    assert [entry.name for entry in files.entries_list(actor_of(alice), workspace).entries] == sorted([*NAMES, RAW])
    for name in (*NAMES, RAW):
        seen = files.file_read(actor_of(alice), workspace, name)
        assert seen.content == name.encode("utf-8", "surrogateescape")


def test_a_folder_is_listed_by_name_with_what_each_is(
    volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    (volume / "d/deep").mkdir(parents=True)
    (volume / "d/b").write_bytes(b"12")
    (volume / "d/a").symlink_to("deep")
    (volume / "d/out").symlink_to("/etc/passwd")
    os.mkfifo(volume / "d/pipe")
    listing = files.entries_list(actor_of(alice), workspace, "/d/")
    seen = [(e.name, e.path, e.type, e.to, e.is_folder) for e in listing.entries]
    assert seen == [
        ("a", "d/a", "symlink", "dir", True),
        ("b", "d/b", "file", "", False),
        ("deep", "d/deep", "dir", "", True),
        ("out", "d/out", "symlink", "", False),
        ("pipe", "d/pipe", "other", "", False),
    ]
    assert (listing.entries[1].size, listing.cut) == (2, False)
    assert listing.entries[1].mtime_ms == pytest.approx((volume / "d/b").stat().st_mtime * 1000, abs=1)


@pytest.mark.parametrize("running", [True, False])
def test_it_need_not_run(
    running: bool, volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf, work: Callable[[], int]
) -> None:
    if not running:
        workspace_stop(actor_of(alice), workspace)
        work()
    files.file_write(actor_of(alice), workspace, "f", [b"x"])
    assert [entry.name for entry in files.entries_list(actor_of(alice), workspace).entries] == ["f"]
    workspace.refresh_from_db()
    assert workspace.state == (State.RUNNING if running else State.STOPPED)


def test_reading_leaves_no_trace_and_changing_does(
    volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    (volume / "f").write_bytes(b"x")
    Workspace.objects.filter(pk=workspace.pk).update(last_activity_at="2020-01-01T00:00:00Z")
    files.entries_list(actor_of(alice), workspace)
    files.file_read(actor_of(alice), workspace, "f")
    files.file_open(actor_of(alice), workspace, "f").close()
    files.archive_open(actor_of(alice), workspace, ["f"]).close()
    files.disk_usage(workspace)
    workspace.refresh_from_db()
    assert (written(workspace), workspace.last_activity_at.year) == ([], 2020)

    files.file_write(actor_of(alice), workspace, "g", [b"xy"])
    files.folder_make(actor_of(alice), workspace, "d")
    files.entry_rename(actor_of(alice), workspace, "g", "d/h")
    files.entries_delete(actor_of(alice), workspace, ["d", "f"])
    workspace.refresh_from_db()
    assert written(workspace) == [
        ("file.write", {"path": "g", "size": 2}),
        ("folder.make", {"path": "d"}),
        ("file.rename", {"path": "g", "to": "d/h"}),
        ("file.delete", {"path": "d"}),
        ("file.delete", {"path": "f"}),
    ]
    assert workspace.last_activity_at.year > 2020
    assert names(volume) == []


ALL: dict[str, Callable[..., Any]] = {
    "list": lambda actor, workspace: files.entries_list(actor, workspace, "d"),
    "read": lambda actor, workspace: files.file_read(actor, workspace, "d/f"),
    "open": lambda actor, workspace: files.file_open(actor, workspace, "d/f"),
    "archive": lambda actor, workspace: files.archive_open(actor, workspace, ["d"]),
    "write": lambda actor, workspace: files.file_write(actor, workspace, "d/f", [b"changed"]),
    "sync": lambda actor, workspace: files.files_sync(actor, workspace, {"d/f": b"changed"}, clean=True),
    "mkdir": lambda actor, workspace: files.folder_make(actor, workspace, "d/new"),
    "rename": lambda actor, workspace: files.entry_rename(actor, workspace, "d/f", "d/g"),
    "delete": lambda actor, workspace: files.entries_delete(actor, workspace, ["d"]),
}


@pytest.mark.parametrize("what", ALL)
def test_a_stranger_finds_nothing_and_changes_nothing(
    what: str, volume: Path, workspace: Workspace, charlie: User, actor_of: ActorOf, visitor: Any
) -> None:
    (volume / "d").mkdir()
    (volume / "d/f").write_bytes(b"kept")
    for actor in (actor_of(charlie), visitor):
        with pytest.raises(NotFound) as refused:
            ALL[what](actor, workspace)
        assert refused.value.code == "WORKSPACE_NOT_FOUND"
    assert (volume / "d/f").read_bytes() == b"kept"
    assert names(volume / "d") == ["f"]


@pytest.mark.parametrize("what", ALL)
@pytest.mark.parametrize("state", [State.CREATING, State.DELETING])
def test_one_that_is_being_made_or_deleted_has_no_files_yet_or_any_more(
    what: str, state: State, volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(state=state)
    with pytest.raises(Conflict) as refused:
        ALL[what](actor_of(alice), workspace)
    assert refused.value.code == "WORKSPACE_STATE"


@pytest.mark.parametrize("what", ALL)
def test_without_the_engine_it_is_unavailable(
    what: str, volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    engine.down = True
    with pytest.raises(Unavailable) as refused:
        ALL[what](actor_of(alice), workspace)
    assert refused.value.code == "SERVICE_UNAVAILABLE"
    assert written(workspace) == []


PATHS = ["..", "../x", "a/../../x", "/../etc/passwd"]


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_outside(path: str, volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf) -> None:
    actor = actor_of(alice)
    for ask in (
        lambda: files.entries_list(actor, workspace, path),
        lambda: files.file_read(actor, workspace, path),
        lambda: files.file_write(actor, workspace, path, [b"x"]),
        lambda: files.files_sync(actor, workspace, {"fine": b"", path: b""}, clean=True),
        lambda: files.folder_make(actor, workspace, path),
        lambda: files.entry_rename(actor, workspace, "f", path),
        lambda: files.entries_delete(actor, workspace, ["f", path]),
        lambda: files.archive_open(actor, workspace, [path]),
    ):
        (volume / "f").write_bytes(b"")
        with pytest.raises(Invalid) as refused:
            ask()
        assert refused.value.code == "PATH_OUTSIDE"
        assert names(volume) == ["f"], "what is refused has changed something"


@pytest.mark.parametrize("path", ["a\0b", "x" * 256, "d/" * 3000 + "f", "half \ud800"])
def test_what_is_no_path_is_refused(
    path: str, volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    with pytest.raises(Invalid) as refused:
        files.file_read(actor_of(alice), workspace, path)
    assert refused.value.code == "PATH_INVALID"


def test_links_are_followed_inside_and_never_out(
    volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"outside")
    (volume / "d").mkdir()
    (volume / "d/f").write_bytes(b"inside")
    (volume / "in").symlink_to("/workspace/d")
    for name, target in {"abs": str(secret), "up": "../../secret", "twice": "abs", "folder": str(tmp_path)}.items():
        (volume / name).symlink_to(target)
    assert files.file_read(actor_of(alice), workspace, "in/f").content == b"inside"
    for path in ("abs", "up", "twice", "folder/secret"):
        with pytest.raises(Invalid) as refused:
            files.file_read(actor_of(alice), workspace, path)
        assert refused.value.code == "PATH_OUTSIDE"
        with pytest.raises(Invalid):
            files.file_write(actor_of(alice), workspace, path, [b"x"])
    assert secret.read_bytes() == b"outside"


REFUSED: list[tuple[str, type[SpacesError], str]] = [
    ("missing", NotFound, "FILE_NOT_FOUND"),
    ("d", Conflict, "IS_A_FOLDER"),
    ("f/x", Conflict, "NOT_A_FOLDER"),
    ("pipe", Conflict, "NOT_A_FILE"),
    ("loop", Invalid, "PATH_INVALID"),
]


def test_links_are_followed_where_the_kind_has_the_volume(
    volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    Kind.objects.filter(pk=workspace.kind_id).update(data_path="/home/app/config")
    (volume / "d").mkdir()
    (volume / "d/f").write_bytes(b"inside")
    (volume / "in").symlink_to("/home/app/config/d")
    assert files.file_read(actor_of(alice), workspace, "in/f").content == b"inside"
    for name, target in (("of-ours", "/workspace/d"), ("above", "/home/app/d"), ("beside", "/home/app/config2/d")):
        (volume / name).symlink_to(target)
        with pytest.raises(Invalid) as refused:
            files.file_read(actor_of(alice), workspace, f"{name}/f")
        assert refused.value.code == "PATH_OUTSIDE"


@pytest.mark.parametrize(("path", "kind", "code"), REFUSED)
def test_what_is_no_file_cannot_be_read(
    path: str, kind: type[SpacesError], code: str, volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    (volume / "d").mkdir()
    (volume / "f").write_bytes(b"")
    (volume / "loop").symlink_to("loop")
    os.mkfifo(volume / "pipe")
    for ask in (files.file_read, files.file_open):
        with pytest.raises(kind) as refused:
            ask(actor_of(alice), workspace, path)
        assert refused.value.code == code


def test_a_file_is_only_written_over_where_that_is_wanted(
    volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    actor, path = actor_of(alice), volume / "f"
    path.write_bytes(b"old")
    path.chmod(0o750)
    version = files.file_read(actor, workspace, "f").version
    with pytest.raises(Conflict) as refused:
        files.file_write(actor, workspace, "f", [b"new"], overwrite=False)
    assert (refused.value.code, path.read_bytes()) == ("FILE_EXISTS", b"old")
    files.file_write(actor, workspace, "f", [b"new"], version=version)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o750)
    with pytest.raises(Conflict) as refused:
        files.file_write(actor, workspace, "f", [b"newer"], version=version)
    assert (refused.value.code, path.read_bytes()) == ("FILE_CHANGED", b"new")
    assert names(volume) == ["f"]


def test_an_upload_that_breaks_off_changes_nothing(
    volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    (volume / "f").write_bytes(b"old")

    def chunks() -> Any:
        yield b"new" * 1000
        raise ConnectionError("the browser left")

    with pytest.raises(ConnectionError):
        files.file_write(actor_of(alice), workspace, "f", chunks())
    assert (volume / "f").read_bytes() == b"old"
    assert names(volume) == ["f"]
    assert written(workspace) == []


def test_a_file_that_is_too_large_is_refused_before_and_while_it_comes(
    volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf, settings: Any
) -> None:
    settings.FILE_SIZE_LIMIT_MB = 1
    for size in (2**20 + 1, None):
        with pytest.raises(Invalid) as refused:
            files.file_write(actor_of(alice), workspace, "f", [bytes(2**20), b"x"], size=size)
        assert refused.value.code == "TOO_LARGE"
    with pytest.raises(Invalid):
        files.files_sync(actor_of(alice), workspace, {"a": b"", "f": bytes(2**20 + 1)}, clean=True)
    assert names(volume) == []


def test_what_does_not_fit_is_refused_before_it_is_sent(
    volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf, settings: Any
) -> None:
    settings.FILE_SIZE_LIMIT_MB = 10**9
    with pytest.raises(Unavailable) as refused:
        files.upload_open(actor_of(alice), workspace, "f", size=10**14)
    assert refused.value.code == "NO_SPACE"


def test_syncing_leaves_other_files_alone_unless_it_is_to_clean(
    volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    actor = actor_of(alice)
    (volume / "old/deep").mkdir(parents=True)
    (volume / "old/f").write_bytes(b"")
    files.files_sync(actor, workspace, {"a/b": b"1", "old/f": b"2", "empty": b""})
    assert {str(p.relative_to(volume)): p.read_bytes() for p in volume.rglob("*") if p.is_file()} == {
        "a/b": b"1", "old/f": b"2", "empty": b"",
    }  # fmt: skip
    files.files_sync(actor, workspace, {}, clean=True)
    assert names(volume) == []
    assert [meta for action, meta in written(workspace)] == [
        {"count": 3, "clean": False}, {"count": 0, "clean": True},
    ]  # fmt: skip


def test_renaming_takes_no_place_that_is_taken(
    volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    actor = actor_of(alice)
    (volume / "d").mkdir()
    (volume / "d/in").write_bytes(b"")
    (volume / "a").write_bytes(b"a")
    (volume / "b").write_bytes(b"b")
    for source, target in (("a", "b"), ("a", "d"), ("d", "b")):
        with pytest.raises(Conflict) as refused:
            files.entry_rename(actor, workspace, source, target)
        assert refused.value.code == "FILE_EXISTS"
    files.entry_rename(actor, workspace, "a", "b", overwrite=True)
    assert (volume / "b").read_bytes() == b"a"
    with pytest.raises(Invalid):
        files.entry_rename(actor, workspace, "d", "d/self")
    with pytest.raises(NotFound):
        files.entry_rename(actor, workspace, "a", "c")
    with pytest.raises(NotFound):
        files.entry_rename(actor, workspace, "b", "nowhere/c")
    files.entry_rename(actor, workspace, "d", "e")
    assert names(volume) == ["b", "e"]


def test_renaming_and_deleting_mean_a_link_and_not_what_it_leads_to(
    volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "f").write_bytes(b"")
    (volume / "link").symlink_to(outside)
    files.entry_rename(actor_of(alice), workspace, "link", "renamed")
    assert (volume / "renamed").is_symlink()
    files.entries_delete(actor_of(alice), workspace, ["renamed"])
    assert (names(volume), names(outside)) == ([], ["f"])


def test_workspace_itself_stays(volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf) -> None:
    for ask in (
        lambda: files.entries_delete(actor_of(alice), workspace, ["/"]),
        lambda: files.entry_rename(actor_of(alice), workspace, "", "x"),
    ):
        with pytest.raises(Invalid):
            ask()
    assert volume.is_dir()


def test_a_folder_that_is_not_empty_stays_unless_all_shall_go(
    volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    (volume / "d/e").mkdir(parents=True)
    with pytest.raises(Conflict) as refused:
        files.entries_delete(actor_of(alice), workspace, ["d"], recursive=False)
    assert refused.value.code == "FOLDER_NOT_EMPTY"
    files.entries_delete(actor_of(alice), workspace, ["d/e"], recursive=False)
    files.entries_delete(actor_of(alice), workspace, ["d"])
    assert names(volume) == []


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_holds_what_is_there_and_nothing_from_outside(
    kind: Any, volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_bytes(b"outside")
    (volume / "d/e").mkdir(parents=True)
    (volume / "d/f").write_bytes(b"content" * 1000)
    (volume / "d/e/grüße").write_bytes(b"")
    (volume / "d/link").symlink_to(tmp_path / "secret")
    os.mkfifo(volume / "d/pipe")
    download = files.archive_open(actor_of(alice), workspace, ["d"], kind)
    data = b"".join(download.chunks())
    assert (download.name, download.size) == (f"d.{kind}", None)
    assert b"outside" not in data
    if kind == "zip":
        archive = zipfile.ZipFile(io.BytesIO(data))
        assert archive.testzip() is None
        contents = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
        assert {name for name in archive.namelist() if name.endswith("/")} == {"d/", "d/e/"}
        link, note = contents.pop("d/link"), contents.pop("NOT-IN-THIS-ARCHIVE.txt")
    else:
        tar = tarfile.open(fileobj=io.BytesIO(data))  # noqa: SIM115
        contents = {m.name: tar.extractfile(m).read() for m in tar.getmembers() if m.isfile()}  # type: ignore[union-attr]
        link, note = tar.getmember("d/link").linkname.encode(), contents.pop("NOT-IN-THIS-ARCHIVE.txt")
        assert tar.getmember("d/e").isdir()
    assert contents == {"d/f": b"content" * 1000, "d/e/grüße": b""}
    assert (link, note) == (str(tmp_path / "secret").encode(), b"d/pipe\n")


def test_several_entries_are_in_one_archive(volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf) -> None:
    (volume / "d/e").mkdir(parents=True)
    for name in ("d/a", "d/b", "d/e/c"):
        (volume / name).write_bytes(name.encode())
    seen = []
    for paths in (["d/a", "d/e"], ["d/a", "d/e/c"], [""]):
        download = files.archive_open(actor_of(alice), workspace, paths)
        archive = zipfile.ZipFile(io.BytesIO(b"".join(download.chunks())))
        seen.append((download.name, sorted(archive.namelist())))
    with pytest.raises(NotFound):
        files.archive_open(actor_of(alice), workspace, ["d/a", "d/missing"])
    assert seen == [
        ("d.zip", ["a", "e/", "e/c"]),
        ("d.zip", ["d/a", "d/e/c"]),
        ("workspace.zip", [f"workspace/{name}" for name in ("", "d/", "d/a", "d/b", "d/e/", "d/e/c")]),
    ]


def test_room_and_size_are_told(volume: Path, workspace: Workspace) -> None:
    (volume / "d").mkdir()
    (volume / "d/f").write_bytes(bytes(1000))
    os.link(volume / "d/f", volume / "same")
    with (volume / "hollow").open("wb") as hollow:
        hollow.truncate(10**9)
    usage = files.disk_usage(workspace)
    assert (usage.size, usage.complete) == (1000, True)
    assert usage.total >= usage.available > 0
    assert files.disk_usage(workspace, seconds=0).complete is False


def test_the_end_of_a_file_is_read_on_from_where_it_was(volume: Path, workspace: Workspace) -> None:
    assert files.file_tail(workspace, ".history") is None
    (volume / ".history").write_bytes(b"0123456789")
    tail = files.file_tail(workspace, ".history", 4, 100)
    assert tail and (tail.content, tail.start, tail.size) == (b"456789", 4, 10)
    tail = files.file_tail(workspace, ".history", 4, 2)
    assert tail and (tail.content, tail.start) == (b"89", 8)
    tail = files.file_tail(workspace, ".history", 10)
    assert tail and tail.content == b""
    (volume / ".history").write_bytes(b"anew")
    tail = files.file_tail(workspace, ".history", 10)
    assert tail and (tail.content, tail.start, tail.size) == (b"anew", 0, 4)


def test_files_are_put_into_one_that_is_being_made(volume: Path, workspace: Workspace, engine: FakeEngine) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(state=State.CREATING)
    files.files_put(engine, workspace, {"a/b.txt": b"1", "c": b""})
    assert ((volume / "a/b.txt").read_bytes(), (volume / "c").read_bytes()) == (b"1", b"")
    with pytest.raises(Failed) as failed:
        files.files_put(engine, workspace, {"c/d": b""})
    assert failed.value.code == "NOT_A_FOLDER"
    engine.down = True
    with pytest.raises(EngineUnavailable):
        files.files_put(engine, workspace, {"a": b""})


def test_a_helper_that_ended_is_begun_again(
    volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    files.entries_list(actor_of(alice), workspace)
    assert [(helper.role, helper.workspace) for helper in engine.helpers()] == [("files", workspace.public_id)]
    spec = next(iter(engine.helper_specs.values()))
    assert (spec.network, spec.capabilities, spec.volume) == ("", ("SETUID", "SETGID"), workspace.engine_name)
    engine.helper_specs.clear()
    files.entries_list(actor_of(alice), workspace)
    assert engine.calls.count("ensure_helper") == 2


def test_no_helper_is_left_beside_a_workspace_that_is_deleted_meanwhile(
    volume: Path,
    workspace: Workspace,
    alice: User,
    actor_of: ActorOf,
    engine: FakeEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ensure = engine.ensure_helper

    def deleted_meanwhile(spec: Any) -> None:
        ensure(spec)
        workspace_delete(actor_of(alice), workspace)

    monkeypatch.setattr(engine, "ensure_helper", deleted_meanwhile)
    with pytest.raises(NotFound):
        files.entries_list(actor_of(alice), workspace)
    assert engine.helpers() == []
    with pytest.raises(Superseded):
        files.files_put(engine, workspace, {"a": b""})


def test_a_missing_image_is_asked_for(
    volume: Path,
    workspace: Workspace,
    alice: User,
    actor_of: ActorOf,
    engine: FakeEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[str] = []
    monkeypatch.setattr("workspaces.files.refusals.image_send", sent.append)
    from workspaces.images import image_ref

    engine.missing_images.add(image_ref("spaces/helper"))
    with pytest.raises(Unavailable):
        files.entries_list(actor_of(alice), workspace)
    assert sent == ["spaces/helper"]
    assert not ImageBuild.objects.filter(ref="spaces/helper", state=ImageBuild.State.FAILED).exists()


def test_what_the_engine_refuses_is_told(
    volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    engine.faults.append(Fault("ensure_helper", EngineError("no room for a container")))
    with pytest.raises(Unavailable) as refused:
        files.entries_list(actor_of(alice), workspace)
    assert refused.value.code == "FILES_UNREACHABLE"
    assert "no room for a container" in refused.value.message


def test_only_so_many_streams_are_open_at_once(
    volume: Path, workspace: Workspace, alice: User, root: User, actor_of: ActorOf
) -> None:
    (volume / "f").write_bytes(b"x")
    downloads = [files.file_open(actor_of(alice), workspace, "f") for _ in range(access.MOST_OF_ONE_PERSON)]
    with pytest.raises(TooMany):
        files.file_open(actor_of(alice), workspace, "f")
    with pytest.raises(TooMany):
        files.upload_open(actor_of(alice), workspace, "g")
    assert files.entries_list(actor_of(alice), workspace).entries, "short questions have places of their own"
    others = [files.file_open(actor_of(root), workspace, "f") for _ in range(4)]
    with pytest.raises(TooMany):
        files.file_open(actor_of(root), workspace, "f")
    downloads.pop().close()
    others.append(files.file_open(actor_of(root), workspace, "f"))
    del downloads, others
    assert access._under_way == {}, "what nobody holds any more is let go of"


def test_what_belongs_to_another_user_of_the_workspace_is_denied(
    volume: Path, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    os.chown(volume, 1000, 1000)
    (volume / "mine").write_bytes(b"root's")
    (volume / "mine").chmod(0o600)
    with pytest.raises(Forbidden) as refused:
        files.file_read(actor_of(alice), workspace, "mine")
    assert refused.value.code == "FILE_DENIED"
    files.file_write(actor_of(alice), workspace, "new", [b""])
    assert (volume / "new").stat().st_uid == 1000
