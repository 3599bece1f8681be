"""Pushing to seats and rehearsing on the real engine: awake, asleep and stopped seats, real files, a real editor."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from tests.workshop_fixtures import snapshots_take
from tests.workspaces_fixtures import work_once, work_until_settled
from workshop.models import Push, PushResult, Rehearsal, Seat, Workshop
from workshop.pushing import pushes_resend, result_perform
from workshop.pushing.sending import SILENT
from workshop.rehearsing import rehearsal_step
from workshop.services.pushing import push_command, push_files, push_undo
from workshop.services.rehearsing import rehearsal_start
from workspaces.engine import get_engine
from workspaces.engine.docker import DockerEngine
from workspaces.images import image_ensure
from workspaces.models import Kind, Snapshot, Workspace
from workspaces.services import workspace_create, workspace_pause, workspace_stop
from workspaces.services.cloning import clones_make, snapshot_ask
from workspaces.states import State

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]
PREPARED = "mkdir -p /workspace/task && echo prepared > /workspace/task/a.py && echo data > /workspace/task/data.txt"


@pytest.fixture
def leads(lena: User) -> Actor:
    return Actor(lena, "browser")


def run(workspace: Workspace, command: str) -> str:
    """What a shell in the workspace prints."""
    done = get_engine().exec(workspace.engine_name, ["sh", "-c", command], user=workspace.kind.user)
    assert done.exit_code == 0, done.stderr
    return done.stdout.decode()


def prepared(leads: Actor, kind: Kind, seats: int = 0) -> Workshop:
    """A workshop whose seats are copies of a workspace with two files in it."""
    assert leads.user
    source = workspace_create(leads, kind=kind.slug, name="Source", memory_mb=512, cpus=1)
    work_until_settled()
    source.refresh_from_db()
    assert source.state == State.RUNNING, source.error
    run(source, PREPARED)
    snapshot = snapshot_ask(source, Snapshot.Purpose.WORKSHOP)
    workshop = Workshop.objects.create(
        slug="real", title="Real", owner=leads.user, source=source, snapshot=snapshot, seats_most=seats, state="open"
    )
    snapshots_take()
    snapshot.refresh_from_db()
    assert snapshot.is_ready, snapshot.error
    names = [f"Real {number}" for number in range(1, seats + 1)]
    for number, one in enumerate(clones_make(leads.user, snapshot, names, actor=leads, is_seat=True), start=1):
        Seat.objects.create(workshop=workshop, number=number, workspace=one, ready_at=timezone.now())
    work_until_settled()
    return workshop


def seat_workspace(workshop: Workshop, number: int) -> Workspace:
    return Workspace.objects.select_related("kind").get(seat__workshop=workshop, seat__number=number)


def perform_all(push: Push) -> Push:
    """Be the worker of pushes and of workspaces until nothing is open."""
    while waiting := list(push.results.filter(state="waiting").values_list("pk", flat=True)):
        for result_id in waiting:
            result_perform(result_id)
        work_until_settled()
    return push


def outcomes(push: Push, number: int) -> dict[str, str]:
    return {entry["path"]: entry["outcome"] for entry in push.results.get(seat__number=number).files}


def files_in(workspace: Workspace) -> dict[str, str]:
    """Text by path below the folder that was prepared; the workspace runs."""
    names = run(workspace, "cd /workspace/task && find . -type f -printf '%P\\n'").splitlines()
    return {name: run(workspace, f'cat "/workspace/task/{name}"') for name in names}


@pytest.fixture
def course(real_engine: None, terminal: Kind, leads: Actor) -> Workshop:
    """Three seats: in the first a file was changed, the second sleeps, the third is stopped."""
    workshop = prepared(leads, terminal, seats=3)
    run(seat_workspace(workshop, 1), "echo mine > /workspace/task/a.py")
    workspace_pause(leads, seat_workspace(workshop, 2))
    workspace_stop(leads, seat_workspace(workshop, 3))
    work_until_settled()
    return workshop


def test_a_folder_to_three_seats_and_back(course: Workshop, leads: Actor) -> None:
    files = {"a.py": b"better\n", "more/b.py": b"new\n", "data.txt": b"data\n"}
    push = perform_all(push_files(leads, course, files=files, folder="task"))
    assert [one.state for one in push.results.order_by("seat__number")] == ["done"] * 3
    assert outcomes(push, 1) == {"task/a.py": "beside", "task/more/b.py": "written", "task/data.txt": "same"}
    for number in (2, 3):
        assert outcomes(push, number) == {
            "task/a.py": "written", "task/more/b.py": "written", "task/data.txt": "same",
        }  # fmt: skip
    states = [seat_workspace(course, number).state for number in (1, 2, 3)]
    assert states == [State.RUNNING, State.PAUSED, State.STOPPED]
    first = seat_workspace(course, 1)
    assert files_in(first) == {
        "a.py": "mine\n", "a (from the leader).py": "better\n", "more/b.py": "new\n", "data.txt": "data\n",
    }  # fmt: skip
    assert run(first, "stat -c %U '/workspace/task/a (from the leader).py'").strip() == first.kind.user
    undo = perform_all(push_undo(leads, push))
    assert [one.state for one in undo.results.order_by("seat__number")] == ["done"] * 3
    assert files_in(first) == {"a.py": "mine\n", "data.txt": "data\n"}
    check = "cat /workspace/task/a.py; ls /workspace/task"
    told = perform_all(push_command(leads, course, command=check, seats=[2, 3], start_stopped=True))
    assert {one.output for one in told.results.all()} == {"prepared\na.py\ndata.txt\n"}


def test_theirs_is_kept_aside_where_it_is_replaced(course: Workshop, leads: Actor) -> None:
    push = perform_all(push_files(leads, course, files={"task/a.py": b"better\n"}, existing="replace", seats=[1]))
    first, when = seat_workspace(course, 1), timezone.localtime(push.created_at).strftime("%H-%M")
    assert files_in(first) == {"a.py": "better\n", f"a (mine, {when}).py": "mine\n", "data.txt": "data\n"}
    perform_all(push_undo(leads, push))
    assert files_in(first) == {"a.py": "mine\n", "data.txt": "data\n"}


def test_a_command_runs_as_the_user_where_it_can_and_sleepers_sleep_again(course: Workshop, leads: Actor) -> None:
    push = perform_all(push_command(leads, course, command="pwd; id -un; echo oops >&2; exit 3"))
    results = list(push.results.order_by("seat__number"))
    assert [(one.exit_code, one.output) for one in results[:2]] == [(3, f"/workspace\n{'coder'}\noops\n")] * 2
    assert (results[2].state, results[2].problem) == ("failed", "STOPPED")
    states = [seat_workspace(course, number).state for number in (1, 2, 3)]
    assert states == [State.RUNNING, State.PAUSED, State.STOPPED]


def test_a_command_whose_worker_was_killed_has_run_once(course: Workshop, leads: Actor) -> None:
    push = push_command(leads, course, command="echo x >> /workspace/count; sleep 1; echo said", seats=[1])
    result = push.results.get()
    result_perform(result.pk)
    unnoted = {"state": "running", "output": "", "finished_at": None, "started_at": timezone.now() - SILENT * 2}
    PushResult.objects.update(**unnoted)
    assert pushes_resend() == 1
    result_perform(result.pk)
    result.refresh_from_db()
    assert (result.state, result.output) == ("done", "said\n")
    assert run(seat_workspace(course, 1), "cat /workspace/count") == "x\n"


@contextmanager
def worker() -> Iterator[None]:
    """Operations are carried out beside, as they are asked for."""
    over = threading.Event()

    def work() -> None:
        try:
            while not over.is_set():
                work_once()
                over.wait(0.02)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(60)


def rehearse(rehearsal: Rehearsal) -> Rehearsal:
    """Be the worker of rehearsals until it is over."""
    pause = threading.Event()
    with worker():
        while rehearsal.state == "running":
            assert rehearsal.started_at
            rehearsal_step(rehearsal.pk, rehearsal.started_at.isoformat())
            rehearsal.refresh_from_db()
            pause.wait(0.2)  # as the task that comes next would
    return rehearsal


@pytest.mark.parametrize("slug", ["code-server", "terminal"])
def test_a_rehearsal_of_three_opens_what_participants_will_and_leaves_nothing(
    real_engine: None, code_server: Kind, terminal: Kind, leads: Actor, slug: str
) -> None:
    kind = {"code-server": code_server, "terminal": terminal}[slug]
    image_ensure(DockerEngine(), kind.image, lambda _progress: None)
    workshop = prepared(leads, kind)
    rehearsal = rehearse(rehearsal_start(leads, workshop, seats=3, command="cat task/a.py"))
    assert (rehearsal.state, len(rehearsal.results)) == ("done", 3), rehearsal.problem
    for one in rehearsal.results:
        assert "problem" not in one, one
        assert (one["exit_code"], one["output"]) == (0, "prepared\n")
        assert one["made_ms"] > 0 and one["memory_bytes"] > 0 and one["disk_bytes"] > 0
        assert 0 < one["answer_ms"] < 20_000 and 0 < one["wake_ms"] < 20_000
    assert not Workspace.objects.filter(public_id__in=rehearsal.workspaces).exists()
    assert {state.name.removeprefix("spaces-") for state in get_engine().containers()} == {
        workshop.source.public_id if workshop.source else ""
    }
