"""What the sweep and the engine's events repair, and what gives up."""

from __future__ import annotations

import importlib
from datetime import timedelta

import pytest
from django.db import InterfaceError
from django.utils import timezone

from accounts.models import AuditEvent, User
from tests.accounts_fixtures import ActorOf
from tests.waiting import eventually
from tests.workspaces_fixtures import MakeWorkspace, Work, work_once
from workspaces import giving_up, leases, services
from workspaces.engine.base import LABEL_WORKSPACE, ContainerState, EngineConflict, EngineError, EngineUnavailable
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.engine.inside import HelperSpec
from workspaces.images import image_ref
from workspaces.leases import lease, leases_void
from workspaces.lifecycle import answering, perform
from workspaces.models import Operation, Workspace
from workspaces.observe import observe
from workspaces.states import OperationState, State
from workspaces.sweep import resend, sweep

pytestmark = pytest.mark.django_db


def test_a_round_with_nothing_to_do_does_nothing(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    make_workspace(alice)
    assert sweep(engine) == {"resent": 0, "unstuck": 0, "corrected": 0, "removed": 0}


def test_it_asks_the_engine_as_often_for_many_workspaces_as_for_one(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    make_workspace(alice)
    counts = []
    for _ in range(2):
        engine.calls.clear()
        sweep(engine)
        counts.append(len(engine.calls))
        for _ in range(4 if len(counts) == 1 else 0):
            make_workspace(alice)
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("exit_code", "oom", "code"), [(1, False, "APP_ENDED"), (137, True, "OUT_OF_MEMORY"), (255, False, "ENDED_OUTSIDE")]
)
def test_a_container_that_died_is_seen_with_its_reason(
    exit_code: int, oom: bool, code: str, alice: User, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    workspace = make_workspace(alice)
    engine.crash(workspace.engine_name, exit_code, oom=oom)
    assert observe(workspace.public_id, engine)
    workspace.refresh_from_db()
    assert (workspace.state, workspace.error_code, workspace.address) == (State.STOPPED, code, None)
    assert workspace.error
    assert AuditEvent.objects.get(action="workspace.observed").meta["now"] == "stopped"
    assert not observe(workspace.public_id, engine), "once is enough"


def test_a_container_that_was_removed_from_outside_comes_back_with_its_files(
    alice: User, actor_of: ActorOf, make_workspace: MakeWorkspace, engine: FakeEngine, work: Work
) -> None:
    workspace = make_workspace(alice)
    engine.volume_files[workspace.engine_name]["notes.txt"] = b"mine"
    engine.states.clear()
    sweep(engine)
    workspace.refresh_from_db()
    assert (workspace.state, workspace.error_code) == (State.STOPPED, "CONTAINER_GONE")
    services.workspace_start(actor_of(alice), workspace)
    work()
    workspace.refresh_from_db()
    assert workspace.state == State.RUNNING
    assert engine.volume_files[workspace.engine_name] == {"notes.txt": b"mine"}


def test_an_address_that_changed_is_taken_over(alice: User, make_workspace: MakeWorkspace, engine: FakeEngine) -> None:
    workspace = make_workspace(alice)
    engine.crash(workspace.engine_name)
    engine.start(workspace.engine_name)
    sweep(engine)
    workspace.refresh_from_db()
    assert workspace.address == engine.states[workspace.engine_name].address


def test_after_a_restart_of_the_engine_all_rows_say_stopped(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    made = [make_workspace(alice) for _ in range(3)]
    engine.restart_engine()
    assert sweep(engine)["corrected"] == 3
    assert {Workspace.objects.get(pk=workspace.pk).state for workspace in made} == {State.STOPPED}


def test_what_an_operation_is_at_is_left_to_it(
    alice: User, actor_of: ActorOf, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    workspace = make_workspace(alice)
    services.workspace_stop(actor_of(alice), workspace)
    engine.crash(workspace.engine_name)
    assert not observe(workspace.public_id, engine)
    assert Workspace.objects.get().state == State.STOPPING


def test_containers_helpers_and_networks_without_a_row_go_and_volumes_stay(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    kept = make_workspace(alice)
    name = "spaces-gonegonegone"
    engine.states[name] = ContainerState(name=name, id="x", status="running", labels={LABEL_WORKSPACE: "gonegonegone"})
    engine.network_modes[name] = "internet"
    engine.volume_files[name] = {"notes.txt": b"somebody's"}
    for workspace in ("gonegonegone", kept.public_id):
        engine.ensure_helper(HelperSpec(f"spaces-{workspace}-files", "files", workspace, "any", f"spaces-{workspace}"))
    assert sweep(engine)["removed"] == 3
    assert list(engine.states) == list(engine.network_modes) == [kept.engine_name]
    assert [helper.workspace for helper in engine.helpers()] == [kept.public_id]
    assert name in engine.volume_files


def test_a_lost_task_is_sent_again_and_a_leased_one_is_not(alice: User, make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(alice, running=False)
    assert resend() == 1
    with lease(workspace.pk) as mine:
        assert mine
        assert resend() == 0
    assert resend() == 1


def test_two_workers_never_work_on_one_workspace(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    workspace = make_workspace(alice, running=False)
    with lease(workspace.pk) as mine, lease(workspace.pk) as other:
        assert mine and not other
        engine.calls.clear()
        perform(str(Operation.objects.get().pk))
        assert engine.calls == []


def test_a_dead_workers_lease_runs_out(alice: User, make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(alice, running=False)
    Workspace.objects.update(lease_owner="dead", lease_until=timezone.now() - timedelta(seconds=1))
    with lease(workspace.pk) as mine:
        assert mine


def test_leases_are_free_after_a_start_of_the_only_worker(alice: User, make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(alice, running=False)
    Workspace.objects.update(lease_owner="dead", lease_until=timezone.now() + timedelta(hours=1))
    leases_void()
    with lease(workspace.pk) as mine:
        assert mine


def test_an_engine_that_refuses_is_asked_three_times_and_then_believed(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine, work: Work
) -> None:
    workspace = make_workspace(alice, running=False)
    engine.faults = [Fault("start", EngineError("no space left on device"), times=99)]
    work()
    workspace.refresh_from_db()
    operation = Operation.objects.get()
    assert (workspace.state, workspace.error_code) == (State.ERROR, "ENGINE_REFUSED")
    assert "no space left" in workspace.error
    assert (operation.state, operation.attempts) == ("failed", giving_up.REFUSALS)
    assert AuditEvent.objects.filter(action="workspace.create.failed").exists()
    sweep(engine)
    assert not [state for state in engine.states.values() if state.status == "running"]


def test_a_refusal_that_passes_is_forgotten(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine, work: Work
) -> None:
    engine.faults = [Fault("start", EngineError("busy"), times=2)]
    assert make_workspace(alice).state == State.RUNNING


def test_an_engine_that_is_away_is_waited_for_up_to_the_limit(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    workspace = make_workspace(alice, running=False)
    engine.faults = [Fault("*", EngineUnavailable("away"), times=999)]
    for _ in range(6):
        Operation.objects.update(next_try_at=timezone.now())
        work_once()
    workspace.refresh_from_db()
    assert workspace.state == State.CREATING, "only time gives up an engine that is away"
    Operation.objects.update(
        started_at=timezone.now() - giving_up.LIMIT - timedelta(seconds=1), next_try_at=timezone.now()
    )
    resend()
    workspace.refresh_from_db()
    assert (workspace.state, workspace.error_code) == (State.ERROR, "SERVICE_UNAVAILABLE")


def test_pauses_between_attempts_grow(alice: User, make_workspace: MakeWorkspace, engine: FakeEngine) -> None:
    make_workspace(alice, running=False)
    engine.faults = [Fault("*", EngineUnavailable("away"), times=999)]
    pauses = []
    for _ in range(8):
        Operation.objects.update(next_try_at=timezone.now())
        work_once()
        pauses.append((Operation.objects.get().next_try_at - timezone.now()).total_seconds())
    assert [round(pause) for pause in pauses] == [1, 2, 4, 8, 16, 30, 30, 30]


def test_an_app_that_ends_while_starting_says_its_last_words(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.app_answers = False
    workspace = make_workspace(alice, running=False)
    original = engine.probe

    def probe(*args: object) -> bool:
        engine.crash(workspace.engine_name)
        return original(*args)

    monkeypatch.setattr(engine, "probe", probe)
    work()
    workspace.refresh_from_db()
    assert (workspace.state, workspace.error_code) == (State.ERROR, "APP_ENDED")
    assert "nothing to say" in workspace.error


def test_an_app_that_never_answers_is_given_up(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "READY_LIMIT", timedelta(milliseconds=50))
    engine.app_answers = False
    workspace = make_workspace(alice)
    assert (workspace.state, workspace.error_code) == (State.ERROR, "APP_SILENT")


def test_a_stuck_row_without_an_operation_is_put_where_one_can_act(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    workspace = make_workspace(alice)
    Workspace.objects.update(state=State.STARTING)
    sweep(engine)
    workspace.refresh_from_db()
    assert (workspace.state, workspace.error_code) == (State.ERROR, "LOST")


def test_one_thing_that_the_engine_will_not_touch_keeps_no_other_from_repair(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    workspace, failed = make_workspace(alice), make_workspace(alice)
    Workspace.objects.filter(pk=failed.pk).update(state=State.ERROR)
    engine.crash(workspace.engine_name)
    engine.network_modes |= {"spaces-lost1": "internet", "spaces-lost2": "internet"}
    engine.faults = [Fault("stop", EngineError("no")), Fault("remove_network", EngineConflict("in use"))]
    assert sweep(engine) == {"resent": 0, "unstuck": 0, "corrected": 1, "removed": 1}
    assert len(engine.network_modes) == 3, "one of the two is left for the next round"
    assert sweep(engine) == {"resent": 0, "unstuck": 0, "corrected": 1, "removed": 1}


def test_waiting_for_an_image_is_one_message_at_a_time(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else thirty people who wait three minutes for the first image ask hundreds of times a second."""
    workspace = make_workspace(alice, running=False)
    engine.missing_images.add(image_ref(workspace.kind.image))
    operation = Operation.objects.get()
    woken = woken_by(monkeypatch)
    perform(str(operation.pk))
    assert woken == [str(operation.pk)]
    assert resend() == 0
    Operation.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
    assert resend() == 1, "one that was lost is found later"


def test_a_message_about_what_a_worker_is_at_goes_no_further(
    alice: User, make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = Operation.objects.get(workspace=make_workspace(alice, running=False))
    woken = woken_by(monkeypatch)
    with lease(operation.workspace_id):
        perform(str(operation.pk))
        assert woken == [str(operation.pk)], "it waits for what is at the workspace now"
        Operation.objects.update(state=OperationState.RUNNING)
        perform(str(operation.pk))
    assert len(woken) == 1


def test_leases_are_renewed_whatever_happened_to_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every one runs out after half a minute, and two workers are at one workspace."""
    renewed: list[list[str]] = []

    def renew(owners: list[str]) -> None:
        renewed.append(owners)
        if len(renewed) == 1:
            raise InterfaceError("connection already closed")

    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.01)
    monkeypatch.setattr(leases, "_renew", renew, raising=False)
    keeper = leases.LeaseKeeper()
    keeper.add("worker")
    eventually(lambda: len(renewed) > 2, "it goes on", 2)
    keeper.discard("worker")
    assert renewed[0] == renewed[1] == ["worker"]


def woken_by(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the operations that a performing worker sends messages for, from now on."""
    woken: list[str] = []
    module = importlib.import_module("workspaces.lifecycle.perform")
    monkeypatch.setattr(module, "wake", lambda operation_id, delay_seconds=0: woken.append(operation_id))
    return woken
