"""Everything that can be seen of a workspace at once."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, NotFound, Unavailable
from tests.accounts_fixtures import ActorOf
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces.engine.fake import FakeEngine
from workspaces.engine.inside import ExecResult
from workspaces.files import DiskUsage, Tail
from workspaces.models import Workspace
from workspaces.services import workspace_stop
from workspaces.stats import Process, Stats, WorkspaceDisk, disk_of, observability_of, observing
from workspaces.stats.observing import history_lines

GIB = 1024**3


@pytest.fixture
def alices(make_workspace: MakeWorkspace, alice: User) -> Workspace:
    return make_workspace(alice)


@pytest.fixture(autouse=True)
def files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the program beside the workspace, which has a test of its own."""
    asked: list[str] = []

    def usage(_workspace: Workspace) -> DiskUsage:
        asked.append("usage")
        return DiskUsage(total=100 * GIB, used=20 * GIB, available=60 * GIB, size=1234, complete=True)

    def tail(_workspace: Workspace, path: str, **options: Any) -> Tail:
        asked.append(path)
        return Tail(b"#1700000000\nls -l\n#1700000001\necho '#5'\n", 0, 40)

    monkeypatch.setattr(observing, "disk_usage", usage)
    monkeypatch.setattr(observing, "file_tail", tail)
    return asked


def test_a_running_one_shows_all_there_is(
    engine: FakeEngine, alices: Workspace, alice: User, actor_of: ActorOf
) -> None:
    engine.on_exec = lambda name, argv, stdin: ExecResult(b"PID\n 7 1.0 2.0 00:05 sleep 9\n", b"", 0)
    seen = observability_of(actor_of(alice), alices)
    assert seen.stats.pids == 5
    assert seen.workspace_disk == WorkspaceDisk("/workspace", 100 * GIB, 20 * GIB, 60 * GIB, 25.0)
    assert seen.workspace_size_bytes == 1234
    assert seen.top == [Process(7, 1.0, 2.0, "00:05", "sleep 9")]
    assert seen.bash_history_tail == ["ls -l", "echo '#5'"]


def test_of_a_stopped_one_disk_and_history_are_seen_and_it_stays_stopped(
    engine: FakeEngine, alices: Workspace, alice: User, actor_of: ActorOf, work: Work
) -> None:
    workspace_stop(actor_of(alice), alices)
    work()
    alices.refresh_from_db()
    events, used = AuditEvent.objects.count(), alices.last_activity_at
    seen = observability_of(actor_of(alice), alices)
    assert (seen.stats, seen.top) == (Stats(), [])
    assert seen.workspace_disk and seen.bash_history_tail
    alices.refresh_from_db()
    assert (alices.state, alices.last_activity_at, AuditEvent.objects.count()) == ("stopped", used, events)


@pytest.mark.parametrize("error", [Conflict("being deleted"), Unavailable("gone"), NotFound("no such file")])
def test_what_cannot_be_looked_at_is_missing(
    alices: Workspace, alice: User, actor_of: ActorOf, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(observing, "disk_usage", fail)
    monkeypatch.setattr(observing, "file_tail", fail)
    seen = observability_of(actor_of(alice), alices)
    assert (seen.workspace_disk, seen.workspace_size_bytes, seen.bash_history_tail) == (None, None, [])
    assert seen.stats.pids == 5


def test_the_disk_is_looked_at_once_in_a_while(alices: Workspace, files: list[str]) -> None:
    assert len({disk_of(alices) for _ in range(5)}) == 1
    assert files == ["usage"]


def test_a_history_without_a_file_is_empty(
    alices: Workspace, alice: User, actor_of: ActorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observing, "file_tail", lambda *_a, **_o: None)
    assert observability_of(actor_of(alice), alices).bash_history_tail == []


def test_of_a_history_there_are_fifty_whole_lines() -> None:
    content = b"alf a line\n" + b"".join(b"#17000%d\ncommand %d\n" % (n, n) for n in range(80)) + b"\n\xff\n"
    lines = history_lines(content, is_whole=False)
    assert (len(lines), lines[0], lines[-1]) == (50, "command 31", "\ufffd")
    assert history_lines(b"first\nsecond", is_whole=True) == ["first", "second"]


def test_a_stranger_finds_nothing(alices: Workspace, charlie: User, actor_of: ActorOf) -> None:
    with pytest.raises(NotFound):
        observability_of(actor_of(charlie), alices)
