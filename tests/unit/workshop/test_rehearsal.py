"""Rehearsals: seats are made, opened, woken, checked, judged and removed, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Invalid, NotFound
from tests.workshop_fixtures import MakeWorkshop
from tests.workspaces_fixtures import work_once, work_until_settled
from workshop.models import Rehearsal, Workshop
from workshop.rehearsing import rehearsal_step, rehearsals_resend, stages
from workshop.rehearsing.performing import LIMIT, SILENT, findings_of
from workshop.rehearsing.verdict import Machine, findings, verdict
from workshop.rehearsing.visiting import Visited
from workshop.services.rehearsing import rehearsal_cancel, rehearsal_start
from workspaces.engine.base import EngineError
from workspaces.engine.fake import FakeEngine
from workspaces.engine.faults import Fault, Killed
from workspaces.engine.inside import ExecResult
from workspaces.models import Kind, Operation, Workspace
from workspaces.services import workspace_start
from workspaces.states import State

pytestmark = pytest.mark.django_db(transaction=True)
GIB = 1024**3


@pytest.fixture
def workshop(make_workshop: MakeWorkshop, lena: User) -> Workshop:
    return make_workshop(lena, seats=1)


@pytest.fixture
def leads(lena: User) -> Actor:
    return Actor(lena, "browser")


@pytest.fixture(autouse=True)
def visits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Actor, list[str]]]:
    """Nothing answers at the addresses of the faked engine, so all visits are thought to take 100 ms."""
    made: list[tuple[Actor, list[str]]] = []

    def visit_all(actor: Actor, workspaces: Iterable[Workspace]) -> dict[str, Visited]:
        found = list(workspaces)
        made.append((actor, [one.state for one in found]))
        for one in found:
            if one.state == State.PAUSED:
                workspace_start(actor, one)
        work_until_settled()
        return {one.public_id: Visited(100) for one in found}

    monkeypatch.setattr(stages, "visit_all", visit_all)
    return made


@pytest.fixture(autouse=True)
def files_are_small(engine: FakeEngine) -> None:
    """The program for files says how much there is of them."""
    size = b'{"total": 1, "used": 1, "available": 100000000000, "size": 1000, "complete": true}\n'
    engine.on_exec = lambda name, argv, stdin: ExecResult(size, b"", 0) if name.endswith("-files") else None


def step(rehearsal: Rehearsal) -> None:
    rehearsal.refresh_from_db()
    if rehearsal.started_at is not None:
        rehearsal_step(rehearsal.pk, rehearsal.started_at.isoformat())
    rehearsal.refresh_from_db()


def perform(rehearsal: Rehearsal, work: Callable[[], int] = work_until_settled) -> Rehearsal:
    """Be the worker until it is over."""
    for _round in range(40):
        if rehearsal.state != "running":
            return rehearsal
        step(rehearsal)
        work()
    raise AssertionError((rehearsal.results, rehearsal.problem))


def made_for(rehearsal: Rehearsal) -> list[Workspace]:
    return list(Workspace.objects.filter(public_id__in=rehearsal.workspaces))


def test_seats_are_made_opened_woken_checked_and_removed(
    workshop: Workshop, leads: Actor, engine: FakeEngine, visits: list[tuple[Actor, list[str]]]
) -> None:
    rehearsal = rehearsal_start(leads, workshop, seats=3, command="python --version")
    assert [one.is_seat for one in made_for(rehearsal)] == [True] * 3
    assert all(one.expires_at and not hasattr(one, "seat") for one in made_for(rehearsal))
    perform(rehearsal)
    assert (rehearsal.state, rehearsal.verdict, rehearsal.problem) == ("done", "go", "")
    for one in rehearsal.results:
        assert one["stage"] == "done" and "problem" not in one
        assert one["made_ms"] >= 0 and one["answer_ms"] == one["wake_ms"] == 100
        assert one["exit_code"] == 0 and one["memory_bytes"] == 100 * 1024**2 and one["disk_bytes"] == 1000
    assert [states for _actor, states in visits] == [["running"] * 3, ["paused"] * 3]
    assert all(actor.user and actor.user.is_guest for actor, _states in visits)
    assert made_for(rehearsal) == [] and not User.objects.filter(is_guest=True).exists()
    assert Workspace.objects.filter(seat__workshop=workshop).count() == 1
    event = AuditEvent.objects.get(action="workshop.rehearsal")
    assert (event.meta["seats"], event.meta["command"]) == (3, "python --version")
    assert rehearsal.finished_at is not None


def test_a_seat_that_cannot_be_made_is_explained_and_the_others_go_on(
    workshop: Workshop, leads: Actor, engine: FakeEngine
) -> None:
    rehearsal = rehearsal_start(leads, workshop, seats=2)
    victim = made_for(rehearsal)[0]
    ordinary = engine.ensure_container

    def refuse(spec: Any) -> Any:
        if spec.name == victim.engine_name:
            raise EngineError("no space left")
        return ordinary(spec)

    engine.ensure_container = refuse  # type: ignore[method-assign]
    perform(rehearsal)
    assert rehearsal.verdict == "no-go"
    assert findings_of(rehearsal)[0] == {"code": "FAILED", "n": 1, "of": 2}
    problems = {one["id"]: one.get("problem", "") for one in rehearsal.results}
    assert "no space left" in problems.pop(victim.public_id) and set(problems.values()) == {""}
    assert made_for(rehearsal) == []


def test_a_check_that_fails_is_no_go(workshop: Workshop, leads: Actor, engine: FakeEngine) -> None:
    size = engine.on_exec
    assert size
    engine.on_exec = lambda name, argv, stdin: (
        size(name, argv, stdin) or ExecResult(b"python: not found\n", b"", 127)
    )
    rehearsal = perform(rehearsal_start(leads, workshop, seats=1, command="python --version"))
    (one,) = rehearsal.results
    assert rehearsal.verdict == "no-go"
    assert (one["exit_code"], one["output"], one["problem"]) == (127, "python: not found\n", "COMMAND: 127")
    assert made_for(rehearsal) == []


def test_one_that_nobody_answers_at_is_no_go(
    workshop: Workshop, leads: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        stages, "visit_all", lambda _actor, found: {one.public_id: Visited(None, "SILENT: 20 s") for one in found}
    )
    rehearsal = perform(rehearsal_start(leads, workshop, seats=1))
    assert rehearsal.verdict == "no-go" and rehearsal.results[0]["problem"] == "SILENT: 20 s"
    assert made_for(rehearsal) == []


@pytest.mark.parametrize("at", range(6))
def test_a_worker_that_is_killed_at_any_step_is_replaced(
    workshop: Workshop, leads: Actor, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    rehearsal = rehearsal_start(leads, workshop, seats=2, command="true")
    for _round in range(at):
        step(rehearsal)
        work_until_settled()
    if rehearsal.state != "running":
        return
    with monkeypatch.context() as patch:
        patch.setattr("workshop.rehearsing.performing._step", lambda _rehearsal: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            step(rehearsal)
    assert rehearsals_resend() == 0
    Rehearsal.objects.update(started_at=timezone.now() - SILENT - timedelta(seconds=1))
    assert rehearsals_resend() == 1
    perform(rehearsal)
    assert (rehearsal.state, rehearsal.verdict) == ("done", "go") and made_for(rehearsal) == []


def test_a_task_of_a_chain_that_was_given_up_does_nothing(workshop: Workshop, leads: Actor) -> None:
    rehearsal = rehearsal_start(leads, workshop, seats=1)
    assert rehearsal.started_at
    old = rehearsal.started_at.isoformat()
    work_until_settled()
    step(rehearsal)
    before = rehearsal.results
    rehearsal_step(rehearsal.pk, old)
    rehearsal.refresh_from_db()
    assert rehearsal.results == before
    rehearsal_step(rehearsal.pk + 1000, old)


def test_cancelled_it_leaves_nothing(workshop: Workshop, leads: Actor) -> None:
    rehearsal = rehearsal_start(leads, workshop, seats=2)
    step(rehearsal)
    rehearsal_cancel(leads, rehearsal)
    rehearsal_cancel(leads, rehearsal)
    perform(rehearsal)
    assert (rehearsal.state, rehearsal.verdict) == ("failed", "")
    assert findings_of(rehearsal) == [{"code": "CANCELLED"}]
    assert made_for(rehearsal) == [] and not User.objects.filter(is_guest=True).exists()
    assert AuditEvent.objects.filter(action="workshop.rehearsal").count() == 2


def test_a_bug_ends_it_and_removes_its_seats(
    workshop: Workshop, leads: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsal = rehearsal_start(leads, workshop, seats=1)
    work_until_settled()
    monkeypatch.setattr(stages, "visit_all", lambda _actor, _found: 1 / 0)
    perform(rehearsal)
    assert rehearsal.verdict == "no-go" and findings_of(rehearsal) == [{"code": "INTERNAL_ERROR"}]
    assert made_for(rehearsal) == []


def test_what_is_not_through_in_time_has_failed(workshop: Workshop, leads: Actor) -> None:
    rehearsal = rehearsal_start(leads, workshop, seats=1)
    Operation.objects.update(next_try_at=timezone.now() + timedelta(hours=1))
    Rehearsal.objects.update(created_at=timezone.now() - LIMIT - timedelta(seconds=1))
    perform(rehearsal, work_once)
    assert rehearsal.results[0]["problem"] == "TOO_LONG" and rehearsal.verdict == "no-go"


def test_an_engine_that_is_away_is_waited_for(workshop: Workshop, leads: Actor, engine: FakeEngine) -> None:
    rehearsal = rehearsal_start(leads, workshop, seats=1)
    engine.faults.append(Fault("*", EngineError("not now"), times=1))
    perform(rehearsal)
    assert rehearsal.verdict == "go"


def test_one_at_a_time(workshop: Workshop, leads: Actor) -> None:
    rehearsal = rehearsal_start(leads, workshop, seats=1)
    with pytest.raises(Conflict) as error:
        rehearsal_start(leads, workshop, seats=1)
    assert error.value.code == "REHEARSAL_RUNNING"
    perform(rehearsal)
    assert rehearsal_start(leads, workshop, seats=1).state == "running"


@pytest.mark.parametrize("seats", [0, -1, 101])
def test_a_number_that_makes_no_sense_is_refused(workshop: Workshop, leads: Actor, seats: int) -> None:
    with pytest.raises(Invalid) as error:
        rehearsal_start(leads, workshop, seats=seats)
    assert error.value.code == "REHEARSAL_SEATS" and not Rehearsal.objects.exists()


def test_a_workshop_with_nothing_prepared_cannot_be_rehearsed(workshop: Workshop, leads: Actor) -> None:
    Workshop.objects.update(snapshot=None)
    with pytest.raises(Conflict) as error:
        rehearsal_start(leads, workshop, seats=1)
    assert error.value.code == "WORKSHOP_UNPREPARED"


def test_for_others_there_is_no_such_workshop(workshop: Workshop, leads: Actor, alice: User, guest: User) -> None:
    rehearsal = rehearsal_start(leads, workshop, seats=1)
    for stranger in (Actor(alice, "browser"), Actor(guest, "browser")):
        with pytest.raises(NotFound):
            rehearsal_start(stranger, workshop, seats=1)
        with pytest.raises(NotFound):
            rehearsal_cancel(stranger, rehearsal)


@pytest.mark.parametrize(
    ("measured", "machine", "codes"),
    [
        ({}, Machine(64 * GIB, 500 * GIB), []),
        ({"answer_ms": 6000}, Machine(64 * GIB, 500 * GIB), ["SLOW_OPEN"]),
        ({"wake_ms": 2500}, Machine(64 * GIB, 500 * GIB), ["SLOW_WAKE"]),
        ({"memory_bytes": GIB}, Machine(16 * GIB, 500 * GIB), ["MEMORY"]),
        ({"disk_bytes": GIB}, Machine(64 * GIB, 20 * GIB), ["DISK"]),
        ({"problem": "SILENT"}, Machine(None, None), ["FAILED"]),
    ],
)
def test_what_is_no_go(measured: dict[str, Any], machine: Machine, codes: list[str]) -> None:
    usual = {"made_ms": 900, "answer_ms": 50, "wake_ms": 60, "memory_bytes": 200 * 1024**2, "disk_bytes": 1000}
    found = findings([usual, usual | measured], seats=30, memory_mb=2048, machine=machine)
    assert [one["code"] for one in found] == codes
    assert verdict(found) == ("no-go" if codes else "go")


def test_warnings_keep_nobody_from_going() -> None:
    seen = {"made_ms": 70_000, "answer_ms": 50, "wake_ms": 60, "memory_bytes": 950 * 1024**2}
    found = findings([seen], seats=1, memory_mb=1024, machine=Machine(64 * GIB, None))
    assert [one["code"] for one in found] == ["SLOW_MADE", "NEAR_LIMIT"] and verdict(found) == "go"


def test_a_desktop_may_take_longer_to_begin_and_is_known_to_want_more_than_it_begins_with() -> None:
    seen = {"made_ms": 900, "answer_ms": 15_000, "wake_ms": 60, "memory_bytes": 100 * 1024**2, "disk_bytes": 1000}
    found = findings([seen], seats=30, memory_mb=2048, machine=Machine(32 * GIB, None), has_desktops=True)
    assert [one["code"] for one in found] == ["MEMORY_GROWS"] and verdict(found) == "go"
    assert (found[0]["needed"], found[0]["each"]) == (60 * GIB, 2 * GIB)
    assert findings([seen], seats=5, memory_mb=2048, machine=Machine(32 * GIB, None), has_desktops=True) == []
    late = seen | {"answer_ms": 21_000}
    slow = findings([late], seats=1, memory_mb=2048, machine=Machine(None, None), has_desktops=True)
    assert [one["code"] for one in slow] == ["SLOW_OPEN"] and verdict(slow) == "no-go"


def test_a_rehearsal_knows_a_desktop_by_the_kind_of_its_seats(
    workshop: Workshop, leads: Actor, kicad: Kind, visits: list[tuple[Actor, list[str]]]
) -> None:
    rehearsal = rehearsal_start(leads, workshop, seats=1)
    Workspace.objects.filter(public_id__in=rehearsal.workspaces).update(kind=kicad, memory_mb=10**6)
    perform(rehearsal)
    assert (rehearsal.verdict, [one["code"] for one in findings_of(rehearsal)]) == ("go", ["MEMORY_GROWS"])
