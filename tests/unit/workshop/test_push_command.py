"""Running one command at many seats: awake, asleep or stopped, and once."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from spaces_site.errors import Invalid
from tests.workshop_fixtures import MakeWorkshop
from tests.workspaces_fixtures import Work, work_once
from workshop import tasks
from workshop.models import Push, Workshop
from workshop.pushing import pushes_resend, result_perform
from workshop.pushing.commands import _ONCE, OUTPUT_BYTES
from workshop.pushing.sending import SILENT
from workshop.services.pushing import push_command, push_retry
from workspaces.engine.fake import FakeEngine
from workspaces.engine.faults import Killed
from workspaces.engine.inside import ExecResult
from workspaces.models import Workspace
from workspaces.services import workspace_stop
from workspaces.states import State

pytestmark = pytest.mark.django_db


@pytest.fixture
def lena_asks(lena: User) -> Actor:
    return Actor(lena, "browser")


@pytest.fixture
def course(make_workshop: MakeWorkshop, lena: User) -> Workshop:
    return make_workshop(lena)


def perform_all(push: Push) -> Push:
    """Be the worker of pushes and of workspaces until nothing is open."""
    for _round in range(30):
        waiting = list(push.results.filter(state="waiting").values_list("pk", flat=True))
        for result_id in waiting:
            result_perform(result_id)
        if not work_once() and not waiting:
            return push
    raise AssertionError(list(push.results.values()))


def states(push: Push) -> list[str]:
    return list(push.results.order_by("seat__number").values_list("state", flat=True))


def test_it_runs_at_every_seat_and_those_that_slept_sleep_again(
    course: Workshop, lena_asks: Actor, engine: FakeEngine
) -> None:
    engine.on_exec = lambda name, argv, stdin: ExecResult(f"{argv[5]}\n".encode(), b"", 0)
    push = perform_all(push_command(lena_asks, course, command="echo hello"))
    assert states(push) == ["done"] * 3
    assert {result.output for result in push.results.all()} == {"echo hello\n"}
    assert set(Workspace.objects.filter(seat__isnull=False).values_list("state", flat=True)) == {State.PAUSED}
    asked = engine.execs[-1]
    assert (asked.user, asked.workdir) == ("coder", "/workspace")
    event = AuditEvent.objects.get(action="workshop.push")
    assert event.meta["command"] == "echo hello" and event.actor == lena_asks.user
    assert AuditEvent.objects.filter(action="exec.run", meta__command="echo hello").count() == 3


def test_one_to_which_somebody_came_meanwhile_stays_awake(
    course: Workshop, lena_asks: Actor, engine: FakeEngine
) -> None:
    def come(name: str, argv: Sequence[str], stdin: bytes) -> ExecResult | None:
        Workspace.objects.filter(public_id=name.removeprefix("spaces-")).update(last_opened_at=timezone.now())
        return None

    engine.on_exec = come
    push = perform_all(push_command(lena_asks, course, command="true", seats=[1]))
    assert push.results.get().seat.workspace.state == State.RUNNING  # type: ignore[union-attr]


def test_a_command_that_fails_says_how(course: Workshop, lena_asks: Actor, engine: FakeEngine) -> None:
    engine.on_exec = lambda name, argv, stdin: ExecResult(b"no such file\0", b"", 2)
    push = perform_all(push_command(lena_asks, course, command="cat x", seats=[2]))
    result = push.results.get()
    assert (result.state, result.exit_code, result.output) == ("failed", 2, "no such file\ufffd")
    engine.on_exec = None
    assert push_retry(lena_asks, push) == 1
    perform_all(push)
    result.refresh_from_db()
    assert (result.state, result.exit_code, result.problem) == ("done", 0, "")
    marks = [asked.argv[4] for asked in engine.execs]
    assert marks[0] != marks[1]  # asked anew it runs anew


def test_output_is_bounded(course: Workshop, lena_asks: Actor, engine: FakeEngine) -> None:
    engine.on_exec = lambda name, argv, stdin: ExecResult(b"y" * 2 * OUTPUT_BYTES, b"", 0)
    push = perform_all(push_command(lena_asks, course, command="yes", seats=[1]))
    assert push.results.get().output.endswith("\n[output cut at 64 KiB]\n")
    assert len(push.results.get().output) < OUTPUT_BYTES + 100


def test_one_that_takes_too_long_is_a_failure(course: Workshop, lena_asks: Actor, engine: FakeEngine) -> None:
    engine.on_exec = lambda name, argv, stdin: ExecResult(b"...", b"", 124, timed_out=True)
    push = perform_all(push_command(lena_asks, course, command="sleep 1000", seats=[1]))
    result = push.results.get()
    assert (result.state, result.problem, result.output) == ("failed", "TIMED_OUT", "...")


def test_stopped_seats_refuse_unless_they_shall_be_started(
    course: Workshop, lena_asks: Actor, work: Work
) -> None:
    workspace = Workspace.objects.get(seat__number=2)
    workspace_stop(lena_asks, workspace)
    work()
    push = perform_all(push_command(lena_asks, course, command="true"))
    assert states(push) == ["done", "failed", "done"]
    assert push.results.get(seat__number=2).problem == "STOPPED"
    push = perform_all(push_command(lena_asks, course, command="true", start_stopped=True))
    assert states(push) == ["done"] * 3
    workspace.refresh_from_db()
    assert workspace.state == State.RUNNING


def test_after_a_kill_it_is_taken_up_under_the_same_mark(
    course: Workshop, lena_asks: Actor, engine: FakeEngine
) -> None:
    workspace = Workspace.objects.get(seat__number=1)
    push = push_command(lena_asks, course, command="true", seats=[1])
    result = push.results.get()
    result_perform(result.pk)
    work_once()
    workspace.refresh_from_db()
    assert workspace.state == State.RUNNING
    engine.on_exec = lambda name, argv, stdin: (_ for _ in ()).throw(Killed())
    with pytest.raises(Killed):
        result_perform(result.pk)
    engine.on_exec = None
    result_perform(result.pk)
    assert states(push) == ["running"]  # as long as nobody knows that its worker is dead
    push.results.update(started_at=timezone.now() - SILENT - timedelta(seconds=1))
    assert pushes_resend() == 1
    result_perform(result.pk)
    assert states(push) == ["done"]
    assert len({asked.argv[4] for asked in engine.execs if asked.argv[:2] == ["/bin/sh", "-c"]}) == 1


@pytest.mark.parametrize("command", ["", "  \n", "x\0y", "x" * 70_000])
def test_what_is_no_command_is_refused(course: Workshop, lena_asks: Actor, command: str) -> None:
    with pytest.raises(Invalid) as error:
        push_command(lena_asks, course, command=command)
    assert error.value.code == "COMMAND_INVALID" and not Push.objects.exists()


def once(mark: str, command: str, most: int = 1000, looks: int = 2) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", _ONCE, "sh", mark, command, str(most), str(looks)], capture_output=True, text=True, timeout=20
    )


def test_under_one_mark_a_command_runs_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("once")
    mark, count = folder.name + str(timezone.now().timestamp()), folder / "count"
    command = f"echo out; echo err >&2; echo x >>{count}; exit 3"
    first, second = once(mark, command), once(mark, command)
    assert first.returncode == second.returncode == 3
    assert first.stdout == second.stdout == "out\nerr\n"
    assert count.read_text() == "x\n"
    assert once(f"{mark}-2", "yes | head -c 100000; exit 5", most=100).returncode == 5
    subprocess.run(["sh", "-c", f"rm -r /tmp/.spaces-push-{mark}*; mkdir /tmp/.spaces-push-{mark}"], check=True)
    lost = once(mark, command)
    assert lost.returncode == 125 and "nobody knows" in lost.stderr
    subprocess.run(["rm", "-r", f"/tmp/.spaces-push-{mark}"], check=True)


def test_the_worker_looks_for_lost_work_by_itself(
    course: Workshop, lena_asks: Actor, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    push_command(lena_asks, course, command="true")
    woken: list[int] = []
    monkeypatch.setattr("workshop.pushing.sending.result_wake", woken.append)
    assert "workshop.resend" in {one["task"] for one in settings.CELERY_BEAT_SCHEDULE.values()}  # type: ignore[attr-defined]
    tasks.resend()
    assert len(woken) == 3
