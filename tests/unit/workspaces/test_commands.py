"""Running a command in a workspace."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Invalid, NotFound, TooMany, Unavailable
from tests.accounts_fixtures import ActorOf
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces import commands
from workspaces.commands import LONGEST_BYTES, MOST_AT_ONCE, CommandResult, command_argv, command_run
from workspaces.engine.base import EngineError, EngineUnavailable
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.engine.inside import ExecResult
from workspaces.models import Share, Workspace
from workspaces.services import workspace_pause, workspace_stop


@pytest.fixture
def alices(make_workspace: MakeWorkspace, alice: User) -> Workspace:
    return make_workspace(alice)


def says(engine: FakeEngine, result: ExecResult) -> None:
    engine.on_exec = lambda name, argv, stdin: result


def test_a_text_goes_to_a_login_shell_as_the_workspaces_user(
    engine: FakeEngine, alices: Workspace, alice: User, actor_of: ActorOf
) -> None:
    says(engine, ExecResult(b"out\n", b"err\n", 3))
    assert command_run(actor_of(alice), alices, "echo $HOME; false") == CommandResult("out\n", "err\n", 3)
    asked = engine.execs[-1]
    assert (asked.name, asked.user, asked.workdir) == (alices.engine_name, "coder", "/workspace")
    assert asked.argv[:2] == ["/bin/sh", "-c"]
    assert "bash -lc" in asked.argv[2] and asked.argv[-1] == "echo $HOME; false"


def test_a_list_is_run_as_it_is(engine: FakeEngine, alices: Workspace, alice: User, actor_of: ActorOf) -> None:
    assert command_run(actor_of(alice), alices, ["echo", "$HOME", "a b"]).stdout == "$HOME a b\n"
    assert engine.execs[-1].argv == ["echo", "$HOME", "a b"]


def test_it_is_an_audit_event_and_counts_as_use(alices: Workspace, alice: User, actor_of: ActorOf) -> None:
    long_ago = timezone.now() - timedelta(hours=5)
    Workspace.objects.update(last_activity_at=long_ago)
    command_run(actor_of(alice), alices, ["echo", "a b"])
    event = AuditEvent.objects.get(action="exec.run")
    assert (event.actor, event.workspace, event.meta) == (alice, alices.public_id, {"command": "echo 'a b'"})
    alices.refresh_from_db()
    assert alices.last_activity_at > long_ago + timedelta(hours=4)


def test_who_shares_it_and_staff_may_and_a_stranger_finds_nothing(
    alices: Workspace, bob: User, charlie: User, root: User, actor_of: ActorOf
) -> None:
    Share.objects.create(workspace=alices, user=bob)
    assert command_run(actor_of(bob), alices, ["echo", "bob"]).stdout == "bob\n"
    assert command_run(actor_of(root), alices, ["echo", "root"]).stdout == "root\n"
    with pytest.raises(NotFound):
        command_run(actor_of(charlie), alices, ["echo"])
    assert AuditEvent.objects.filter(action="exec.run").count() == 2


@pytest.mark.parametrize("command", [None, "", "  ", [], (), [""], [" ", "x"]])
def test_a_missing_command_is_said_to_be_missing(command: Any) -> None:
    with pytest.raises(Invalid, match=r"^Command required$") as raised:
        command_argv(command)
    assert raised.value.code == "COMMAND_INVALID"


@pytest.mark.parametrize(
    "command",
    [7, True, {"a": 1}, ["echo", 7], [["echo"]], "a\0b", ["a", "\0"], "\ud800", "x" * LONGEST_BYTES, ["é" * 40_000]],
    ids=lambda command: repr(command)[:20],
)
def test_what_is_no_command_is_refused(command: Any) -> None:
    with pytest.raises(Invalid) as raised:
        command_argv(command)
    assert raised.value.code == "COMMAND_INVALID"


def test_a_paused_one_is_resumed_first(
    engine: FakeEngine,
    alices: Workspace,
    alice: User,
    actor_of: ActorOf,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace_pause(actor_of(alice), alices)
    work()
    assert engine.states[alices.engine_name].status == "paused"
    monkeypatch.setattr(commands, "operation_wait", lambda workspace, seconds: work())  # which a worker does beside
    answer = command_run(actor_of(alice), alices, ["echo", "awake"])
    assert answer.stdout == "awake\n"
    assert AuditEvent.objects.filter(action="workspace.resume").count() == 1


def test_a_stopped_one_is_left_alone(
    engine: FakeEngine, alices: Workspace, alice: User, actor_of: ActorOf, work: Work
) -> None:
    workspace_stop(actor_of(alice), alices)
    work()
    with pytest.raises(Conflict, match="Start it first") as raised:
        command_run(actor_of(alice), alices, ["echo"])
    assert raised.value.code == "NOT_RUNNING"
    assert not AuditEvent.objects.filter(action="exec.run").exists()
    assert engine.execs == []


def test_one_that_died_meanwhile_is_not_running(
    engine: FakeEngine, alices: Workspace, alice: User, actor_of: ActorOf
) -> None:
    engine.crash(alices.engine_name)
    with pytest.raises(Conflict) as raised:
        command_run(actor_of(alice), alices, ["echo"])
    assert raised.value.code == "NOT_RUNNING"


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (EngineUnavailable("gone"), Unavailable, "SERVICE_UNAVAILABLE"),
        (EngineError("no such user"), Conflict, "COMMAND_FAILED"),
    ],
)
def test_an_engine_that_fails_is_said_so(
    engine: FakeEngine,
    alices: Workspace,
    alice: User,
    actor_of: ActorOf,
    fault: Exception,
    kind: type[Exception],
    code: str,
) -> None:
    engine.faults.append(Fault("exec", fault))
    with pytest.raises(kind) as raised:
        command_run(actor_of(alice), alices, ["echo"])
    assert getattr(raised.value, "code", "") == code


def test_output_that_is_too_long_says_so_at_its_end(
    engine: FakeEngine, alices: Workspace, alice: User, actor_of: ActorOf, settings: Any
) -> None:
    settings.EXEC_OUTPUT_BYTES = 2048
    says(engine, ExecResult("é".encode() * 1024 + b"x", b"fine", 0))
    answer = command_run(actor_of(alice), alices, ["yes"])
    assert answer.cut
    assert answer.stdout == "é" * 1024 + "\n[output cut at 2 KiB]\n"
    assert answer.stderr == "fine"


def test_a_cut_leaves_no_half_character(engine: FakeEngine, alices: Workspace, alice: User, actor_of: ActorOf) -> None:
    says(engine, ExecResult("ééé".encode(), b"", 0))
    answer = command_run(actor_of(alice), alices, ["yes"], max_bytes=3)
    assert answer.stdout == "é\n[output cut at 3 B]\n"


def test_what_is_no_text_is_replaced(engine: FakeEngine, alices: Workspace, alice: User, actor_of: ActorOf) -> None:
    says(engine, ExecResult(b"a\xff\xfeb\xc3", b"", 0))
    assert command_run(actor_of(alice), alices, ["cat"]).stdout == "a\ufffd\ufffdb\ufffd"


def test_a_command_that_takes_too_long_says_so(
    engine: FakeEngine, alices: Workspace, alice: User, actor_of: ActorOf
) -> None:
    says(engine, ExecResult(b"so far", b"", 124, timed_out=True))
    answer = command_run(actor_of(alice), alices, "sleep 9", timeout_seconds=2)
    assert (answer.stdout, answer.exit_code, answer.timed_out) == ("so far", 124, True)
    assert answer.stderr == "\n[ended: the time limit of 2 s was reached]\n"


def test_the_limits_of_the_settings_are_the_most(
    engine: FakeEngine, alices: Workspace, alice: User, actor_of: ActorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr(engine, "exec", lambda *_a, **options: seen.update(options) or ExecResult(b"", b"", 0))
    command_run(actor_of(alice), alices, "x", timeout_seconds=1e9, max_bytes=10**12)
    assert (seen["timeout_seconds"], seen["max_bytes"]) == (300, 1024**2)


@pytest.mark.django_db(transaction=True)
def test_only_some_at_once_and_each_person_for_themselves(
    engine: FakeEngine, alices: Workspace, alice: User, root: User, actor_of: ActorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, inside = threading.Event(), threading.Semaphore(0)

    def slow(*_arguments: Any, **_options: Any) -> ExecResult:
        inside.release()
        go_on.wait(10)
        return ExecResult(b"", b"", 0)

    monkeypatch.setattr(engine, "exec", slow)
    with ThreadPoolExecutor(MOST_AT_ONCE + 1) as pool:
        under_way = [pool.submit(command_run, actor_of(alice), alices, "x") for _ in range(MOST_AT_ONCE)]
        assert all(inside.acquire(timeout=10) for _ in under_way)
        with pytest.raises(TooMany) as raised:
            command_run(actor_of(alice), alices, "x")
        other = pool.submit(command_run, actor_of(root), alices, "x")
        assert inside.acquire(timeout=10), "another person is not held up"
        go_on.set()
        assert [future.result().exit_code for future in [*under_way, other]] == [0] * (MOST_AT_ONCE + 1)
    assert (raised.value.code, raised.value.retry_after) == ("COMMANDS_LIMIT", 5)
    assert command_run(actor_of(alice), alices, "x").exit_code == 0, "there is room again"
