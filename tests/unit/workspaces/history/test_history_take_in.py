"""What was typed in a shell becomes audit events: each command once, whatever becomes of the file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Unavailable
from tests.unit.accounts.racing import race
from workspaces import shell_history
from workspaces.files import Tail
from workspaces.models import HistoryMark, KeptFiles, Workspace
from workspaces.shell_history import history_round, history_take_in
from workspaces.states import State

Typed = Callable[[], list[str]]


class File:
    """Stands for the history file: `content` is None where there is none; what `fails` is raised."""

    def __init__(self) -> None:
        self.content: bytes | None = None
        self.fails: Exception | None = None
        self.asked = 0

    def type(self, *commands: str) -> None:
        self.content = (self.content or b"") + "".join(f"{command}\n" for command in commands).encode()

    def tail(self, workspace: Workspace, path: str, offset: int = 0, max_bytes: int = 65536) -> Tail | None:
        self.asked += 1
        assert path == ".bash_history"
        if self.fails:
            raise self.fails
        if self.content is None:
            return None
        size = len(self.content)
        start = max(offset if offset <= size else 0, size - max_bytes)
        return Tail(self.content[start:], start, size)


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch) -> File:
    made = File()
    monkeypatch.setattr(shell_history, "file_tail", made.tail)
    return made


@pytest.fixture
def workspace(alice: User, make_workspace: Callable[..., Workspace]) -> Workspace:
    return make_workspace(alice)


@pytest.fixture
def typed(workspace: Workspace) -> Typed:
    def read() -> list[str]:
        events = AuditEvent.objects.filter(action="shell.command", workspace=workspace.public_id).order_by("id")
        return [event.meta["command"] for event in events]

    return read


def test_a_command_is_an_event_of_the_workspace_by_the_platform(workspace: Workspace, file: File, alice: User) -> None:
    file.type("ls -la")
    assert history_take_in(workspace.pk) == 1
    event = AuditEvent.objects.get(action="shell.command")
    assert (event.workspace, event.workspace_name, event.owner) == (workspace.public_id, workspace.name, alice)
    assert (event.actor_name, event.meta) == ("system", {"command": "ls -la", "source": "bash_history"})


def test_each_command_is_taken_in_once(workspace: Workspace, file: File, typed: Typed) -> None:
    for command in ("one", "two", "two", "three"):
        file.type(command)
        assert history_take_in(workspace.pk) == 1
        assert history_take_in(workspace.pk) == 0
    assert typed() == ["one", "two", "two", "three"]


def test_when_it_was_typed_is_kept_where_the_shell_wrote_it(workspace: Workspace, file: File, typed: Typed) -> None:
    file.type("#1767225600", "for i in 1 2; do", "  echo $i", "done", "#1767225601", "ls", "#99999999999999", "pwd")
    history_take_in(workspace.pk)
    assert typed() == ["for i in 1 2; do\n  echo $i\ndone", "ls\n#99999999999999\npwd"]
    first = AuditEvent.objects.filter(action="shell.command").order_by("id")[0]
    assert first.meta["ran_at"] == "2026-01-01T00:00:00+00:00"


def test_the_same_command_typed_again_is_another_one_by_its_time(
    workspace: Workspace, file: File, typed: Typed
) -> None:
    file.type("#1767225600", "ls", "#1767225601", "make")
    history_take_in(workspace.pk)
    file.content = b"#1767225600\nls\n#1767225602\nmake\n#1767225603\nls\n"
    history_take_in(workspace.pk)
    assert typed() == ["ls", "make", "make", "ls"]


REWRITES = {
    "cut at its beginning by the shell": ("a b c d", "c d e", "e"),
    "cut, and what went was typed again": ("ls make vim", "vim ls make", "ls make"),
    "a line taken out of the middle": ("a b c d", "a c d e", "e"),
    "its last line taken out": ("a b c", "a b d", "d"),
    "nothing but lines taken out": ("a b c d", "b d", ""),
    "begun anew": ("a b c", "d e", "d e"),
    "sorted": ("b c a d", "a b c d", ""),
    "written by another shell over it": ("a b x y", "a b z", "z"),
}


@pytest.mark.parametrize("how", REWRITES)
def test_a_file_written_anew(how: str, workspace: Workspace, file: File, typed: Typed) -> None:
    before, after, new = (text.split() for text in REWRITES[how])
    file.type(*before)
    history_take_in(workspace.pk)
    file.content = None
    file.type(*after)
    history_take_in(workspace.pk)
    history_take_in(workspace.pk)
    assert typed() == [*before, *new]


@pytest.mark.parametrize("emptied", [b"", None])
def test_after_it_was_emptied_all_is_new(emptied: bytes | None, workspace: Workspace, file: File, typed: Typed) -> None:
    file.type("ls", "pwd")
    history_take_in(workspace.pk)
    file.content = emptied
    history_take_in(workspace.pk)
    file.type("ls")
    history_take_in(workspace.pk)
    assert typed() == ["ls", "pwd", "ls"]


def test_half_a_line_waits_for_its_end(workspace: Workspace, file: File, typed: Typed) -> None:
    file.content = b"ls\nmak"
    history_take_in(workspace.pk)
    assert typed() == ["ls"]
    file.content += b"e test\n"
    history_take_in(workspace.pk)
    assert typed() == ["ls", "make test"]


def test_rubbish_is_made_readable_and_bounded(workspace: Workspace, file: File, typed: Typed) -> None:
    file.content = b"\xff\xfe\x00\x1b[31m\n\n   \n" + b"x" * 5000 + b"\n" + b"y" * 100_000
    assert history_take_in(workspace.pk) == 3
    assert typed() == ["����[31m", "x" * 1000, "y" * 1000]
    assert history_take_in(workspace.pk) == 0


def test_a_flood_costs_what_is_read_at_once_and_says_so(
    workspace: Workspace, file: File, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell_history, "MOST_BYTES", 1000)
    file.type(*[f"command {number}" for number in range(1000)])
    history_take_in(workspace.pk)
    assert typed()[-1] == "command 999"
    assert len(typed()) < 100
    skipped = AuditEvent.objects.get(action="shell.skipped").meta["size"]
    assert skipped == len(file.content or b"") - 1000
    file.type("after")
    history_take_in(workspace.pk)
    assert typed()[-2:] == ["command 999", "after"]
    assert len(typed()) == len(set(typed()))


def test_many_commands_are_written_in_pieces(
    workspace: Workspace, file: File, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell_history, "PIECE", 3)
    commands = [f"command {number}" for number in range(10)]
    file.type(*commands)
    break_after(monkeypatch, 7)
    with pytest.raises(OSError, match="power"):
        history_take_in(workspace.pk)
    assert typed() == commands[:6]
    monkeypatch.undo()
    monkeypatch.setattr(shell_history, "file_tail", file.tail)
    history_take_in(workspace.pk)
    assert typed() == commands


def break_after(monkeypatch: pytest.MonkeyPatch, events: int) -> None:
    """The power goes when that many events are written."""
    left, write = [events], shell_history.workspace_audit

    def failing(*args: Any, **meta: Any) -> AuditEvent:
        if not left[0]:
            raise OSError("no power")
        left[0] -= 1
        return write(*args, **meta)

    monkeypatch.setattr(shell_history, "workspace_audit", failing)


def test_secrets_are_not_kept(workspace: Workspace, file: File, typed: Typed) -> None:
    file.type(
        "export GITHUB_TOKEN=ghp_abcdefghijklmnopqrstuvwxyz", "curl -H 'Authorization: Bearer abc' http://localhost/"
    )
    history_take_in(workspace.pk)
    assert typed() == ["export GITHUB_TOKEN=[hidden]", "curl -H 'Authorization: [hidden]' http://localhost/"]
    kept = [bytes(part) for row in HistoryMark.objects.values_list("known", "digest") for part in row]
    assert not [part for part in kept if b"ghp_" in part]


@pytest.mark.parametrize("problem", [Conflict("a folder", code="IS_A_FOLDER"), Unavailable("away")])
def test_what_cannot_be_read_is_read_later(problem: Exception, workspace: Workspace, file: File, typed: Typed) -> None:
    file.type("ls")
    history_take_in(workspace.pk)
    file.type("pwd")
    file.fails = problem
    assert history_take_in(workspace.pk) == 0
    file.fails = None
    history_take_in(workspace.pk)
    assert typed() == ["ls", "pwd"]


@pytest.mark.parametrize("state", [State.CREATING, State.DELETING])
def test_a_workspace_without_files_is_left_alone(state: str, workspace: Workspace, file: File) -> None:
    Workspace.objects.update(state=state)
    history_take_in(workspace.pk)
    assert file.asked == 0


def test_a_workspace_that_is_gone_is_no_error(db: None, file: File) -> None:
    assert history_take_in(4711) == 0


def test_the_next_workspace_with_the_same_files_goes_on_where_the_last_one_was(
    workspace: Workspace, file: File, typed: Typed, alice: User, make_workspace: Callable[..., Workspace]
) -> None:
    file.type("ls")
    history_take_in(workspace.pk)
    public_id = workspace.public_id
    KeptFiles.objects.create(owner=alice, name="kept", public_id=public_id)
    Workspace.objects.filter(pk=workspace.pk).delete()
    history_round()
    heir = make_workspace(alice)
    Workspace.objects.filter(pk=heir.pk).update(public_id=public_id)
    file.type("pwd")
    history_take_in(heir.pk)
    assert typed() == ["ls", "pwd"]


def test_marks_of_files_that_are_gone_are_forgotten(workspace: Workspace, file: File) -> None:
    history_take_in(workspace.pk)
    Workspace.objects.filter(pk=workspace.pk).delete()
    history_round()
    assert not HistoryMark.objects.exists()


def test_a_round_reads_what_was_used_since(workspace: Workspace, file: File, typed: Typed) -> None:
    file.type("ls")
    assert history_round() == 1
    asked = file.asked
    assert history_round() == 0
    assert file.asked == asked
    file.type("pwd")
    Workspace.objects.update(last_activity_at=timezone.now() + timedelta(seconds=1))
    assert history_round() == 1
    HistoryMark.objects.update(read_at=timezone.now() + timedelta(seconds=5))
    file.type("exit")
    Workspace.objects.update(state=State.STOPPED, stopped_at=timezone.now() + timedelta(seconds=6))
    assert history_round() == 1
    assert typed() == ["ls", "pwd", "exit"]


def test_of_many_takers_at_once_one_takes_in(
    transactional_db: None, file: File, alice: User, make_workspace: Callable[..., Workspace]
) -> None:
    workspace = make_workspace(alice)
    commands = [f"command {number}" for number in range(30)]
    file.type(*commands)
    done = race(8, lambda _number: history_take_in(workspace.pk))
    assert not [problem for problem in done if isinstance(problem, Exception)]
    events = AuditEvent.objects.filter(action="shell.command").order_by("id")
    assert [event.meta["command"] for event in events] == commands
