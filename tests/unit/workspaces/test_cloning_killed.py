"""The worker is killed before or after any call to the engine, in the middle of a clone of ten: ten are there."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import User
from tests.unit.workspaces.clones import clone, clones_of
from tests.workspaces_fixtures import MakeWorkspace, work_once, work_until_settled
from workspaces.engine.base import EngineUnavailable
from workspaces.engine.fake import FakeEngine, Fault, Killed
from workspaces.leases import leases_void
from workspaces.models import Operation, Snapshot, Workspace
from workspaces.services.resetting import workspace_reset
from workspaces.snapshots import expire_round
from workspaces.states import OperationState, State
from workspaces.sweep import sweep

pytestmark = pytest.mark.django_db
CLONES = 10
ALL_FILES = {"app.py": b"print(1)"}


def begin(alice: User, make_workspace: MakeWorkspace, engine: FakeEngine) -> Workspace:
    """A source that runs, with nothing else there."""
    engine.reset()
    Operation.objects.all().delete()
    Workspace.objects.all().delete()
    Snapshot.objects.all().delete()
    source = make_workspace(alice, name="Base")
    engine.volume_files[source.engine_name] |= ALL_FILES
    return source


def go_on(engine: FakeEngine) -> None:
    """The process is started again, works off what there is, and looks around."""
    leases_void()
    sweep(engine)
    work_until_settled()
    sweep(engine)


def killed_at(engine: FakeEngine, number: int, after: bool) -> bool:
    """Whether the worker lived until call `number` from now."""
    engine.kill_at = (len(engine.calls) + number, after)
    try:
        work_once()
    except Killed:
        return True
    assert engine.kill_at is not None, "the kill was swallowed"
    engine.kill_at = None
    return False


def test_killed_at_every_step_ten_are_there(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine, settings: Any
) -> None:
    settings.MAX_WORKSPACES_PER_USER = settings.MAX_CONCURRENT_WORKSPACES = 100
    number, was_killed = 0, True
    while was_killed:
        for after in (False, True):
            source = begin(alice, make_workspace, engine)
            clone(alice, source, CLONES)
            was_killed = killed_at(engine, number, after)
            go_on(engine)
            made = clones_of(source)
            assert [one.name for one in made] == [f"Base {n}" for n in range(1, CLONES + 1)]
            assert {one.state for one in made} == {State.RUNNING}, (number, after)
            assert all(engine.volume_files[one.engine_name] == ALL_FILES for one in made), (number, after)
            source.refresh_from_db()
            assert (source.state, engine.states[source.engine_name].status) == (State.RUNNING, "running")
            assert len(engine.states) == len(engine.volume_files) == len(engine.network_modes) == CLONES + 1
            assert len(engine.taken) == 1 and Snapshot.objects.get().is_ready
            assert Counter(Operation.objects.values_list("state", flat=True)) == {OperationState.DONE: CLONES + 1}
        # Every call of the snapshot and of two clones; from then on it is the same again, clone by clone.
        number += 1 if number < 22 else 11
    assert number > 60


@pytest.mark.parametrize("backup", [False, True])
def test_a_reset_that_is_killed_at_every_step_ends_with_what_was_prepared(
    backup: bool, alice: User, make_workspace: MakeWorkspace, engine: FakeEngine, settings: Any
) -> None:
    settings.MAX_WORKSPACES_PER_USER = settings.MAX_CONCURRENT_WORKSPACES = 100
    for number in range(100):
        for after in (False, True):
            source = begin(alice, make_workspace, engine)
            clone(alice, source, 1)
            work_until_settled()
            [seat] = clones_of(source)
            assert seat.snapshot
            engine.volume_files[seat.engine_name] |= {"mine.txt": b"of the participant"}
            _operation, kept = workspace_reset(Actor(alice, "browser"), seat, seat.snapshot, backup=backup)
            was_killed = killed_at(engine, number, after)
            go_on(engine)
            seat.refresh_from_db()
            assert seat.state == State.RUNNING and engine.volume_files[seat.engine_name] == ALL_FILES, (number, after)
            if kept:
                kept.refresh_from_db()
                assert engine.taken[kept.image].volume == ALL_FILES | {"mine.txt": b"of the participant"}
        if not was_killed:
            assert number > 8
            return
    raise AssertionError("a reset of a hundred calls")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("method", ["snapshot_take", "remove_volume", "ensure_container", "ensure_network", "start"])
def test_an_engine_that_restarts_at_every_step_delays_and_breaks_nothing(
    method: str, after: bool, alice: User, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    source = begin(alice, make_workspace, engine)
    clone(alice, source, 3)
    engine.faults = [Fault(method, EngineUnavailable("gone"), times=2, after=after)]
    work_until_settled()
    assert {one.state for one in clones_of(source)} == {State.RUNNING}
    assert all(engine.volume_files[one.engine_name] == ALL_FILES for one in clones_of(source))
    expire_round(engine)
    assert len(engine.taken) == 1
