"""A worker that is killed before or after any call to the engine: nothing stuck, nothing orphaned, nothing lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.actors import Actor
from accounts.models import User
from tests.accounts_fixtures import ActorOf
from tests.workspaces_fixtures import MakeWorkspace, work_once, work_until_settled
from workspaces import services
from workspaces.engine.fake import FakeEngine, Killed
from workspaces.engine.inside import HelperSpec
from workspaces.leases import leases_void
from workspaces.models import Operation, Workspace
from workspaces.states import State
from workspaces.sweep import sweep

Act = Callable[[Actor, Workspace], object]
pytestmark = pytest.mark.django_db


def paused(actor: Actor, workspace: Workspace) -> None:
    services.workspace_pause(actor, workspace)
    work_until_settled()


def stopped(actor: Actor, workspace: Workspace) -> None:
    services.workspace_stop(actor, workspace)
    work_until_settled()


CASES: dict[str, tuple[Act | None, Act | None, State | None]] = {
    "create": (None, None, State.RUNNING),
    "start": (stopped, services.workspace_start, State.RUNNING),
    "stop": (lambda *_: None, services.workspace_stop, State.STOPPED),
    "restart": (lambda *_: None, services.workspace_restart, State.RUNNING),
    "pause": (lambda *_: None, services.workspace_pause, State.PAUSED),
    "resume": (paused, services.workspace_resume, State.RUNNING),
    "stop a paused one": (paused, services.workspace_stop, State.STOPPED),
    "delete": (lambda *_: None, services.workspace_delete, None),
    "delete a stopped one": (stopped, services.workspace_delete, None),
}


def begin(case: str, alice: User, actor: Actor, make: MakeWorkspace, engine: FakeEngine) -> Workspace:
    """Everything up to the moment at which the worker takes the operation up."""
    before, act, _after = CASES[case]
    workspace = make(alice, running=before is not None)
    if before and act:
        before(actor, workspace)
        engine.volume_files[workspace.engine_name]["notes.txt"] = b"mine"
        name, network = f"{workspace.engine_name}-git", workspace.engine_name
        engine.ensure_helper(HelperSpec(name, "git", workspace.public_id, "any", workspace.engine_name, network))
        workspace.refresh_from_db()
        act(actor, workspace)
    return workspace


def check_whole(case: str, workspace: Workspace, engine: FakeEngine) -> None:
    """Row and engine agree on the state that was asked for, and the files are there."""
    after, had_files = CASES[case][2], CASES[case][0] is not None
    assert not Operation.objects.filter(state__in=["queued", "running", "failed"]).exists()
    if after is None:
        assert not Workspace.objects.exists()
        assert (engine.states, engine.network_modes, engine.volume_files) == ({}, {}, {})
        assert engine.helpers() == []
        return
    workspace.refresh_from_db()
    assert workspace.state == after
    assert {state.status for state in engine.states.values()} == {str(after)}
    assert list(engine.network_modes) == list(engine.volume_files) == [workspace.engine_name]
    if had_files:
        assert engine.volume_files[workspace.engine_name] == {"notes.txt": b"mine"}


@pytest.mark.parametrize("case", CASES)
def test_killed_at_every_step_it_ends_as_if_nothing_had_been(
    case: str, alice: User, actor_of: ActorOf, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    kills = 0
    for number in range(100):
        for after in (False, True):
            engine.reset()
            Operation.objects.all().delete()
            Workspace.objects.all().delete()
            workspace = begin(case, alice, actor_of(alice), make_workspace, engine)
            engine.kill_at = (len(engine.calls) + number, after)
            try:
                work_once()
            except Killed:
                kills += 1
            else:
                assert engine.kill_at is not None, "the kill was swallowed"
                assert kills >= 2 * number > 0
                return
            leases_void()  # the process is gone, and with it what it held; a start does this
            work_until_settled()
            sweep(engine)
            check_whole(case, workspace, engine)
    raise AssertionError("an operation of a hundred calls to the engine")


@pytest.mark.parametrize("case", CASES)
def test_an_engine_that_restarts_at_every_step_delays_and_breaks_nothing(
    case: str, alice: User, actor_of: ActorOf, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    from workspaces.engine.base import EngineUnavailable
    from workspaces.engine.fake import Fault

    ensured = ["ensure_network", "ensure_volume", "ensure_container"]
    removed = ["remove_helpers", "remove_container", "remove_network", "remove_volume"]
    for method in ["prepare", "inspect", "start", "join", "stop", "pause", "probe", *ensured, *removed]:
        for after in (False, True):
            engine.reset()
            Operation.objects.all().delete()
            Workspace.objects.all().delete()
            workspace = begin(case, alice, actor_of(alice), make_workspace, engine)
            engine.faults = [Fault(method, EngineUnavailable("gone"), times=2, after=after)]
            work_until_settled()
            engine.faults = []
            sweep(engine)
            check_whole(case, workspace, engine)
