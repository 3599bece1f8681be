"""Copies where something goes wrong: one fails alone and says why, the others go on, and trying again makes it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from tests.unit.workspaces.clones import clone, clones_of, states_of
from tests.workspaces_fixtures import MakeWorkspace, Work, work_once
from workspaces import services
from workspaces.batches import batch_get
from workspaces.engine.base import EngineError, EngineUnavailable
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.engine.inside import HelperSpec
from workspaces.image_builds import HELPER_IMAGE
from workspaces.images import image_ref
from workspaces.leases import lease
from workspaces.models import Operation, Snapshot, Workspace
from workspaces.services.work import workspace_ask
from workspaces.snapshots import snapshot_take, snapshots_resend
from workspaces.states import OPEN_OPERATIONS, State, Verb
from workspaces.sweep import sweep

pytestmark = pytest.mark.django_db


@pytest.fixture
def base(make_workspace: MakeWorkspace, engine: FakeEngine, alice: User, settings: Any) -> Workspace:
    settings.MAX_WORKSPACES_PER_USER = settings.MAX_CONCURRENT_WORKSPACES = 200
    made = make_workspace(alice, name="Base")
    engine.volume_files[made.engine_name]["app.py"] = b"print(1)"
    return made


def refuse(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, bad: str, times: int) -> None:
    """The engine will not make that container so many times."""
    make, left = engine.ensure_container, [times]

    def refuses(spec: Any) -> Any:
        if spec.name == bad and left[0] > 0:
            left[0] -= 1
            raise EngineError("device or resource busy")
        return make(spec)

    monkeypatch.setattr(engine, "ensure_container", refuses)


def test_one_that_is_refused_three_times_is_explained_and_nine_are_there(
    base: Workspace, work: Work, alice: User, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloning = clone(alice, base, 10)
    bad = cloning.clones[6]
    refuse(engine, monkeypatch, bad.engine_name, 3)
    work()
    assert states_of(base) == [State.RUNNING] * 6 + [State.ERROR] + [State.RUNNING] * 3
    bad.refresh_from_db()
    assert "device or resource busy" in bad.error
    progress = batch_get(Actor(alice, "browser"), cloning.batch.pk)
    assert (progress.done, progress.failed, progress.percent, progress.is_settled) == (9, 1, 100, True)
    assert [one.workspace_name for one in progress.failures] == ["Base 7"]
    sweep(engine)
    assert states_of(base).count(State.ERROR) == 1


def test_one_that_is_refused_twice_is_there_in_the_end(
    base: Workspace, work: Work, alice: User, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloning = clone(alice, base, 3)
    refuse(engine, monkeypatch, cloning.clones[1].engine_name, 2)
    work()
    assert states_of(base) == [State.RUNNING] * 3


def test_starting_one_that_failed_makes_it(
    base: Workspace, work: Work, alice: User, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    [bad] = clone(alice, base, 1).clones
    refuse(engine, monkeypatch, bad.engine_name, 3)
    work()
    engine.volume_files[bad.engine_name] = {"half of": b"it"}  # as a try that was cut off leaves it
    services.workspace_start(Actor(alice, "browser"), bad)
    work()
    assert states_of(base) == [State.RUNNING]
    assert engine.volume_files[bad.engine_name] == {"app.py": b"print(1)"}
    assert engine.calls.count("snapshot_take") == 1


def test_a_helper_that_looked_at_one_that_failed_is_not_in_the_way(
    base: Workspace, work: Work, alice: User, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    [bad] = clone(alice, base, 1).clones
    refuse(engine, monkeypatch, bad.engine_name, 3)
    work()
    name = bad.engine_name
    engine.volume_files[name] = {}
    engine.ensure_helper(HelperSpec(f"{name}-files", "files", bad.public_id, "any", name, "none"))
    services.workspace_start(Actor(alice, "browser"), bad)
    work()
    assert states_of(base) == [State.RUNNING]


def test_a_snapshot_that_fails_explains_all_and_starting_one_takes_it_once_more(
    base: Workspace, work: Work, alice: User, engine: FakeEngine
) -> None:
    engine.faults = [Fault("snapshot_take", EngineError("no space left on device"), times=3)]
    cloning = clone(alice, base, 4)
    work()
    made = clones_of(base)
    assert [one.state for one in made] == [State.ERROR] * 4
    assert all("no space left on device" in one.error for one in made)
    progress = batch_get(Actor(alice, "browser"), cloning.batch.pk)
    assert (progress.failed, progress.is_settled) == (4, True)
    assert engine.calls.count("snapshot_take") == 3
    engine.volume_files[base.engine_name]["app.py"] = b"print(2)"
    for one in made[:3]:
        services.workspace_start(Actor(alice, "browser"), one)
    work()
    assert states_of(base) == [State.RUNNING] * 3 + [State.ERROR]
    assert engine.calls.count("snapshot_take") == 4, "one for all three"
    assert engine.volume_files[made[0].engine_name] == {"app.py": b"print(2)"}
    base.refresh_from_db()
    assert base.state == State.RUNNING


def test_it_fails_again_where_it_cannot_be_taken_again(
    base: Workspace, work: Work, alice: User, engine: FakeEngine
) -> None:
    engine.faults = [Fault("snapshot_take", EngineError("no space left on device"), times=6)]
    [one] = clone(alice, base, 1).clones
    work()
    services.workspace_start(Actor(alice, "browser"), one)
    work()
    assert states_of(base) == [State.ERROR]
    services.workspace_start(Actor(alice, "browser"), one)
    work()
    assert states_of(base) == [State.RUNNING]


def test_an_engine_that_is_away_for_a_while_delays_it(
    base: Workspace, work: Work, alice: User, engine: FakeEngine
) -> None:
    engine.faults = [Fault("snapshot_take", EngineUnavailable("gone"), times=7)]
    clone(alice, base, 2)
    work()
    assert states_of(base) == [State.RUNNING] * 2


def test_an_engine_that_stays_away_is_given_up(base: Workspace, work: Work, alice: User, engine: FakeEngine) -> None:
    engine.faults = [Fault("snapshot_take", EngineUnavailable("gone"), times=99)]
    clone(alice, base, 2)
    Snapshot.objects.update(created_at=timezone.now() - timedelta(minutes=16))
    work()
    assert states_of(base) == [State.ERROR] * 2
    assert "did not answer" in clones_of(base)[0].error


def test_a_source_that_is_deleted_before_its_turn_is_explained(base: Workspace, alice: User, work: Work) -> None:
    clone(alice, base, 2)
    Operation.objects.filter(workspace=base).delete()
    Workspace.objects.filter(pk=base.pk).delete()
    work()
    made = list(Workspace.objects.order_by("pk"))
    assert [one.state for one in made] == [State.ERROR] * 2 and "is gone" in made[0].error
    services.workspace_start(Actor(alice, "browser"), made[0])
    work()
    made[0].refresh_from_db()
    assert made[0].state == State.ERROR, "there is nothing any more that it could be made of"


def test_a_source_whose_deletion_is_asked_meanwhile_is_copied_or_explained(
    base: Workspace, alice: User, work: Work, engine: FakeEngine
) -> None:
    clone(alice, base, 2)
    services.workspace_delete(Actor(alice, "browser"), base)
    work()
    assert set(Workspace.objects.values_list("state", flat=True)) <= {State.RUNNING, State.ERROR}
    assert not Operation.objects.filter(state__in=OPEN_OPERATIONS).exists()


@pytest.mark.parametrize("verb", [Verb.STOP, Verb.PAUSE, Verb.RESTART])
def test_a_source_that_is_asked_for_something_else_meanwhile_does_both(
    verb: Verb, base: Workspace, alice: User, work: Work, engine: FakeEngine
) -> None:
    clone(alice, base, 2)
    workspace_ask(Actor(alice, "browser"), base, verb)
    work()
    assert states_of(base) == [State.RUNNING] * 2
    base.refresh_from_db()
    after = {Verb.STOP: State.STOPPED, Verb.PAUSE: State.PAUSED, Verb.RESTART: State.RUNNING}[verb]
    assert base.state == after and engine.states[base.engine_name].status == str(after)


def test_a_snapshot_waits_while_another_works_on_the_source(
    base: Workspace, alice: User, engine: FakeEngine, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[float] = []
    monkeypatch.setattr("workspaces.snapshots.taking.snapshot_wake", lambda _id, delay_seconds: woken.append(1))
    snapshot = clone(alice, base, 2).snapshot
    with lease(base.pk):
        snapshot_take(snapshot.public_id)
        assert woken == [1] and "snapshot_take" not in engine.calls
        Snapshot.objects.update(state=Snapshot.State.TAKING)
        snapshot_take(snapshot.public_id)
        assert woken == [1], "who takes it is at it; asking on and on would only cost"
        assert snapshots_resend() == 0
    assert snapshots_resend() == 1, "its worker is dead"
    work()
    assert states_of(base) == [State.RUNNING] * 2


def test_the_resend_leaves_alone_what_has_its_wake_up_already(
    base: Workspace, alice: User, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = clone(alice, base, 1).snapshot
    assert snapshots_resend() == 0, "it is on its way"
    Snapshot.objects.update(created_at=timezone.now() - timedelta(seconds=11))
    assert snapshots_resend() == 1, "it is not coming"
    engine.faults = [Fault("snapshot_take", EngineUnavailable("gone"))]
    snapshot_take(snapshot.public_id)
    assert snapshots_resend() == 0
    Snapshot.objects.update(failed_at=timezone.now() - timedelta(seconds=41))
    assert snapshots_resend() == 1


def test_the_image_of_the_helper_is_made_first(
    base: Workspace, alice: User, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = image_ref(HELPER_IMAGE)
    engine.missing_images.add(helper)
    clone(alice, base, 1)
    work_once()
    snapshot = Snapshot.objects.get()
    assert (snapshot.state, snapshot.attempts) in (("waiting", 0), ("ready", 1))


def test_a_worker_killed_while_the_source_held_its_breath_lets_it_go_on(
    base: Workspace, alice: User, engine: FakeEngine, work: Work
) -> None:
    snapshot = clone(alice, base, 2).snapshot
    Snapshot.objects.update(state=Snapshot.State.TAKING, attempts=1)
    engine.pause(base.engine_name)
    sweep(engine)
    base.refresh_from_db()
    assert base.state == State.RUNNING, "it was not paused by anybody who may"
    snapshot_take(snapshot.public_id)
    assert engine.states[base.engine_name].status == "running"
    work()
    assert states_of(base) == [State.RUNNING] * 2


def test_a_clone_that_is_deleted_while_it_waits_is_gone(
    base: Workspace, alice: User, engine: FakeEngine, work: Work
) -> None:
    cloning = clone(alice, base, 3)
    services.workspace_delete(Actor(alice, "browser"), cloning.clones[1])
    work()
    assert [one.name for one in clones_of(base)] == ["Base 1", "Base 3"]
    assert states_of(base) == [State.RUNNING] * 2
    progress = batch_get(Actor(alice, "browser"), cloning.batch.pk)
    assert (progress.done, progress.replaced, progress.is_settled) == (2, 1, True)


def test_where_its_image_is_gone_it_gets_that_of_its_kind_and_keeps_its_files(
    base: Workspace, alice: User, engine: FakeEngine, work: Work
) -> None:
    [one] = clone(alice, base, 1).clones
    work()
    one.refresh_from_db()
    assert one.snapshot is not None
    engine.remove_container(one.engine_name)
    engine.missing_images.add(one.snapshot.image)
    services.workspace_restart(Actor(alice, "browser"), one)
    work()
    one.refresh_from_db()
    assert (one.state, one.snapshot) == (State.RUNNING, None)
    assert engine.specs[one.engine_name].image == image_ref("spaces/code-server")
    assert engine.volume_files[one.engine_name] == {"app.py": b"print(1)"}


def test_a_new_clone_whose_image_is_gone_says_so(
    base: Workspace, alice: User, engine: FakeEngine, work: Work
) -> None:
    cloning = clone(alice, base, 1)
    snapshot_take(cloning.snapshot.public_id)
    cloning.snapshot.refresh_from_db()
    engine.missing_images.add(cloning.snapshot.image)
    work()
    [one] = clones_of(base)
    assert (one.state, one.error_code) == (State.ERROR, "SNAPSHOT_GONE")
