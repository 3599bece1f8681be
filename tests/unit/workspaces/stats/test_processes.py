"""The busiest programs of a workspace, as its own ps names them."""

from __future__ import annotations

import pytest

from accounts.models import User
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.engine.base import EngineConflict
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.engine.inside import ExecResult
from workspaces.models import Workspace
from workspaces.stats.processes import MOST, PS, Process, processes_of, processes_read

TABLE = """    PID %CPU %MEM     ELAPSED COMMAND
     77 99.5  0.1       00:12 python3 -c while True: pass
    102 50.0  0.1       00:00 ps -eo pid,pcpu,pmem,etime,args --sort=-pcpu
      1  0.0 12.5  1-02:03:04 /usr/bin/tini -- code-server
"""


@pytest.fixture
def alices(make_workspace: MakeWorkspace, alice: User) -> Workspace:
    return make_workspace(alice)


def test_they_are_read_without_the_question_itself() -> None:
    assert processes_read(TABLE) == [
        Process(77, 99.5, 0.1, "00:12", "python3 -c while True: pass"),
        Process(1, 0.0, 12.5, "1-02:03:04", "/usr/bin/tini -- code-server"),
    ]


def test_there_are_eight_at_most() -> None:
    lines = ["PID"] + [f"{pid} 1.0 1.0 00:01 sleep {pid}" for pid in range(1, 30)]
    assert [one.pid for one in processes_read("\n".join(lines))] == list(range(1, MOST + 1))


def test_a_ps_that_lies_is_read_as_far_as_it_makes_sense() -> None:
    wrong = f"x y z 00:01 no\n5 1.0\n\n-\n6 1 1 {'9' * 99} x\n8 nan 0 1 x"
    text = f"PID\n{wrong}\n7 1.5 0.0 12:34 \x1b[31mred\x07 {'a' * 9999}"
    first, *rest = processes_read(text)
    assert (first.pid, first.etime, len(first.command)) == (7, "12:34", 300)
    assert first.command.startswith("\ufffd[31mred\ufffd")
    assert rest == []
    assert processes_read("") == []


def test_it_is_asked_as_the_workspaces_own_user_for_a_moment(engine: FakeEngine, alices: Workspace) -> None:
    engine.on_exec = lambda name, argv, stdin: ExecResult(TABLE.encode(), b"", 0)
    assert len(processes_of(alices)) == 2
    assert len(processes_of(alices)) == 2
    assert [(asked.argv, asked.user) for asked in engine.execs] == [(list(PS), "")]


def test_one_without_ps_has_none(engine: FakeEngine, alices: Workspace) -> None:
    engine.on_exec = lambda name, argv, stdin: ExecResult(b"", b"ps: bad -o argument", 1)
    assert processes_of(alices) == []


def test_one_that_does_not_run_is_not_asked(engine: FakeEngine, alices: Workspace) -> None:
    alices.state = "paused"
    assert processes_of(alices) == []
    assert engine.execs == []


def test_one_that_went_to_sleep_meanwhile_has_none(engine: FakeEngine, alices: Workspace) -> None:
    engine.faults.append(Fault("exec", EngineConflict("it is paused")))
    assert processes_of(alices) == []
