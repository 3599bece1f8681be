"""More memory for a workspace that runs."""

from __future__ import annotations

import pytest

from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from tests.accounts_fixtures import ActorOf
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces.engine.base import EngineError, EngineUnavailable
from workspaces.engine.fake import FakeEngine
from workspaces.engine.faults import Fault
from workspaces.models import Share, Workspace
from workspaces.resizing import resize
from workspaces.services import workspace_stop
from workspaces.services.sizing import workspace_resize


@pytest.fixture
def alices(make_workspace: MakeWorkspace, alice: User) -> Workspace:
    return make_workspace(alice)


def test_a_running_one_gets_more_and_runs_on(
    alices: Workspace, alice: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    workspace_resize(actor_of(alice), alices, memory_mb=4096, cpus=1.5)
    resize(alices.public_id, engine)
    alices.refresh_from_db()
    assert (alices.memory_mb, alices.cpus, alices.state) == (4096, 1.5, "running")
    assert engine.specs[alices.engine_name].memory_mb == 4096 and engine.specs[alices.engine_name].cpus == 1.5
    assert "stop" not in engine.calls
    event = AuditEvent.objects.get(action="workspace.resize")
    assert event.meta["memory_mb"] == 4096 and event.meta["before"]["memory_mb"] == 2048


def test_twice_is_once_and_what_is_not_said_stays(
    alices: Workspace, alice: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    for _ in range(2):
        workspace_resize(actor_of(alice), alices, memory_mb=3072)
        resize(alices.public_id, engine)
    assert AuditEvent.objects.filter(action="workspace.resize").count() == 1
    alices.refresh_from_db()
    assert (alices.memory_mb, alices.cpus) == (3072, 2)


def test_less_needs_it_stopped(
    alices: Workspace, alice: User, actor_of: ActorOf, work: Work, engine: FakeEngine
) -> None:
    with pytest.raises(Conflict) as refused:
        workspace_resize(actor_of(alice), alices, memory_mb=1024)
    assert refused.value.code == "SIZE_IN_USE"
    workspace_stop(actor_of(alice), alices)
    work()
    workspace_resize(actor_of(alice), alices, memory_mb=1024)
    resize(alices.public_id, engine)
    assert engine.specs[alices.engine_name].memory_mb == 1024


@pytest.mark.parametrize("size", [{"memory_mb": 9000}, {"memory_mb": 63}, {"cpus": 99}, {"cpus": 0}])
def test_more_than_one_may_have_is_refused_at_the_field(
    size: dict[str, int], alices: Workspace, alice: User, actor_of: ActorOf
) -> None:
    with pytest.raises(Invalid) as refused:
        workspace_resize(actor_of(alice), alices, **size)
    assert set(refused.value.details) == set(size)


def test_more_than_the_machine_has_is_refused(
    alices: Workspace, alice: User, actor_of: ActorOf, settings: object
) -> None:
    User.objects.filter(pk=alice.pk).update(max_memory_mb=10_000_000)
    with pytest.raises(Invalid) as refused:
        workspace_resize(actor_of(alice), alices, memory_mb=9_000_000)
    assert "memory_mb" in refused.value.details


def test_strangers_and_those_it_is_shared_with_may_not(
    alices: Workspace, bob: User, charlie: User, actor_of: ActorOf
) -> None:
    Share.objects.create(workspace=alices, user=bob, role="editor")
    with pytest.raises(Forbidden):
        workspace_resize(actor_of(bob), alices, memory_mb=4096)
    with pytest.raises(NotFound):
        workspace_resize(actor_of(charlie), alices, memory_mb=4096)


def test_a_silent_engine_changes_nothing(
    alices: Workspace, alice: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    from workspaces.engine_state import engine_forget

    engine.down = True
    engine_forget()
    with pytest.raises(Unavailable):
        workspace_resize(actor_of(alice), alices, memory_mb=4096)
    alices.refresh_from_db()
    assert alices.memory_mb == 2048


def test_what_the_engine_refuses_stays_wished_for_and_one_that_is_away_is_asked_again(
    alices: Workspace, alice: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    workspace_resize(actor_of(alice), alices, memory_mb=4096)
    engine.faults.append(Fault("resize", EngineError("no")))
    resize(alices.public_id, engine)
    engine.faults.append(Fault("resize", EngineUnavailable("away")))
    with pytest.raises(EngineUnavailable):
        resize(alices.public_id, engine)
    resize(alices.public_id, engine)
    assert engine.specs[alices.engine_name].memory_mb == 4096


def test_one_that_is_gone_or_has_no_container_is_fine(alices: Workspace, engine: FakeEngine) -> None:
    engine.remove_container(alices.engine_name)
    resize(alices.public_id, engine)
    resize("nothing", engine)
