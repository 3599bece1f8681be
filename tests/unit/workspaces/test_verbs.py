"""Start, stop, restart, pause, resume, delete: works, twice, wrong state, stranger, superseded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Forbidden, NotFound, Unavailable
from tests.accounts_fixtures import ActorOf
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces import services
from workspaces.engine.fake import FakeEngine
from workspaces.lifecycle import perform
from workspaces.models import Operation, Workspace
from workspaces.states import RULES, State, Verb, verbs_for

VERBS: dict[Verb, Callable[[Actor, Workspace], Operation | None]] = {
    Verb.START: services.workspace_start,
    Verb.STOP: services.workspace_stop,
    Verb.RESTART: services.workspace_restart,
    Verb.PAUSE: services.workspace_pause,
    Verb.RESUME: services.workspace_resume,
    Verb.DELETE: services.workspace_delete,
}
ON_ENGINE = {State.RUNNING: "running", State.PAUSED: "paused", State.STOPPED: "stopped"}


def put(workspace: Workspace, state: State, actor: Actor, work: Work) -> None:
    """Bring a running workspace into a settled state by what people do."""
    if state == State.STOPPED:
        services.workspace_stop(actor, workspace)
    elif state == State.PAUSED:
        services.workspace_pause(actor, workspace)
    work()
    workspace.refresh_from_db()
    assert workspace.state == state


@pytest.mark.parametrize("before", [State.RUNNING, State.PAUSED, State.STOPPED])
@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_in_every_settled_state(
    before: State,
    verb: Verb,
    alice: User,
    actor_of: ActorOf,
    make_workspace: MakeWorkspace,
    work: Work,
    engine: FakeEngine,
) -> None:
    actor, workspace = actor_of(alice), make_workspace(alice)
    put(workspace, before, actor, work)
    engine.volume_files[workspace.engine_name]["notes.txt"] = b"mine"
    rule = RULES[verb]
    if before not in rule.begins | rule.already:
        with pytest.raises(Conflict) as problem:
            VERBS[verb](actor, workspace)
        assert problem.value.code == "WORKSPACE_STATE"
        return
    operation = VERBS[verb](actor, workspace)
    assert (operation is None) == (before in rule.already)
    work()
    if rule.after is None:
        assert not Workspace.objects.exists()
        assert not engine.states and not engine.volume_files and not engine.network_modes
        return
    workspace.refresh_from_db()
    assert workspace.state == rule.after
    assert engine.states[workspace.engine_name].status == ON_ENGINE[rule.after]
    assert engine.volume_files[workspace.engine_name] == {"notes.txt": b"mine"}
    assert (workspace.address is None) == (rule.after == State.STOPPED)


@pytest.mark.parametrize("verb", VERBS)
def test_asking_twice_is_one_operation(
    verb: Verb, alice: User, actor_of: ActorOf, make_workspace: MakeWorkspace, work: Work
) -> None:
    actor, workspace = actor_of(alice), make_workspace(alice)
    if verb in (Verb.START, Verb.RESUME):
        put(workspace, State.PAUSED, actor, work)
    first, second = VERBS[verb](actor, workspace), VERBS[verb](actor, workspace)
    if verb == Verb.RESTART:  # a second wish to restart is a wish of its own
        assert first != second
    else:
        assert first == second
    work()
    assert not Operation.objects.filter(state="failed").exists()


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_anothers_does_not_exist(
    verb: Verb, alice: User, charlie: User, visitor: Actor, actor_of: ActorOf, make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace(alice)
    for actor in (actor_of(charlie), visitor):
        with pytest.raises(NotFound):
            VERBS[verb](actor, workspace)
    workspace.refresh_from_db()
    assert workspace.state == State.RUNNING


@pytest.mark.parametrize("verb", VERBS)
def test_staff_may_and_it_is_written_down(
    verb: Verb, alice: User, root: User, actor_of: ActorOf, make_workspace: MakeWorkspace, work: Work
) -> None:
    workspace = make_workspace(alice)
    if verb in (Verb.START, Verb.RESUME):
        put(workspace, State.PAUSED, actor_of(alice), work)
    operation = VERBS[verb](actor_of(root), workspace)
    assert operation is not None and operation.actor == root
    assert AuditEvent.objects.get(action=f"workspace.{verb}", actor=root).workspace == workspace.public_id


@pytest.mark.parametrize("verb", [Verb.STOP, Verb.PAUSE, Verb.RESTART, Verb.DELETE])
def test_without_an_engine_it_is_refused_and_nothing_moves(
    verb: Verb, alice: User, actor_of: ActorOf, make_workspace: MakeWorkspace, engine: FakeEngine, monkeypatch: Any
) -> None:
    workspace = make_workspace(alice)
    engine.down = True
    from workspaces.engine_state import engine_forget

    engine_forget()
    with pytest.raises(Unavailable):
        VERBS[verb](actor_of(alice), workspace)
    workspace.refresh_from_db()
    assert workspace.state == State.RUNNING


def test_deleting_takes_the_place_of_whatever_is_under_way(
    alice: User, actor_of: ActorOf, make_workspace: MakeWorkspace, work: Work, engine: FakeEngine
) -> None:
    workspace = make_workspace(alice, running=False)
    creation = Operation.objects.get()
    services.workspace_delete(actor_of(alice), workspace)
    creation.refresh_from_db()
    assert creation.state == "superseded"
    perform(str(creation.pk))  # its task comes late
    assert not engine.states
    work()
    assert not Workspace.objects.exists()


@pytest.mark.parametrize(("method", "left"), [("inspect", []), ("ensure_container", ["created"])])
def test_a_worker_in_the_middle_stops_when_its_operation_was_superseded(
    method: str,
    left: list[str],
    alice: User,
    actor_of: ActorOf,
    make_workspace: MakeWorkspace,
    work: Work,
    engine: FakeEngine,
    monkeypatch: Any,
) -> None:
    workspace = make_workspace(alice, running=False)
    creation = Operation.objects.get()
    original = getattr(engine, method)

    def meanwhile(*args: Any) -> object:
        answer = original(*args)
        services.workspace_delete(actor_of(alice), workspace)
        return answer

    monkeypatch.setattr(engine, method, meanwhile)
    perform(str(creation.pk))
    monkeypatch.undo()
    seen = [state.status for state in engine.states.values()]
    assert seen == left, "nothing more is done for a workspace that is being deleted"
    work()
    assert not Workspace.objects.exists() and not engine.network_modes


def test_stopping_while_it_starts_ends_stopped(
    alice: User, actor_of: ActorOf, make_workspace: MakeWorkspace, work: Work, engine: FakeEngine
) -> None:
    workspace = make_workspace(alice, running=False)
    services.workspace_stop(actor_of(alice), workspace)
    work()
    workspace.refresh_from_db()
    assert workspace.state == State.STOPPED
    services.workspace_start(actor_of(alice), workspace)
    work()
    workspace.refresh_from_db()
    assert (workspace.state, engine.states[workspace.engine_name].status) == (State.RUNNING, "running")


def test_starting_respects_the_limit_of_running_ones(
    alice: User, actor_of: ActorOf, make_workspace: MakeWorkspace, work: Work, settings: Any
) -> None:
    settings.MAX_CONCURRENT_WORKSPACES = 1
    first = make_workspace(alice)
    put(first, State.STOPPED, actor_of(alice), work)
    make_workspace(alice)
    with pytest.raises(Forbidden) as problem:
        services.workspace_start(actor_of(alice), first)
    assert problem.value.code == "RUNNING_LIMIT"
    first.refresh_from_db()
    assert first.state == State.STOPPED


def test_a_failed_workspace_can_be_started_again(
    alice: User, actor_of: ActorOf, make_workspace: MakeWorkspace, work: Work, engine: FakeEngine
) -> None:
    workspace = make_workspace(alice)
    engine.crash(workspace.engine_name)
    Workspace.objects.update(state=State.ERROR, error="why", error_code="APP_ENDED")
    workspace.refresh_from_db()
    services.workspace_start(actor_of(alice), workspace)
    work()
    workspace.refresh_from_db()
    assert (workspace.state, workspace.error, workspace.error_code) == (State.RUNNING, "", "")


def test_what_is_deleted_frees_its_place_in_the_limit_at_once(
    alice: User, actor_of: ActorOf, make_workspace: MakeWorkspace, settings: Any
) -> None:
    settings.MAX_WORKSPACES_PER_USER = 1
    services.workspace_delete(actor_of(alice), make_workspace(alice))
    assert make_workspace(alice, running=False)


@pytest.mark.parametrize("state", State)
def test_every_offered_verb_may_begin(state: State) -> None:
    for verb in verbs_for(state):
        assert state in RULES[verb].begins
    assert (verbs_for(state) == []) == (state == State.DELETING)
