"""Copies of a workspace: all or none, of one moment, and what is secret stays behind."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Forbidden, Invalid, NotFound
from tests.unit.workspaces.clones import clone, clones_of, states_of
from tests.workspaces_fixtures import MakeWorkspace, Work, work_once
from workspaces import services
from workspaces.batches import batch_get
from workspaces.engine.base import EngineError
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.models import (
    Alias,
    ContainerKey,
    Favorite,
    HistoryMark,
    KeptFiles,
    Operation,
    PortShare,
    Share,
    Snapshot,
    Spare,
    Workspace,
)
from workspaces.passwords import password_matches
from workspaces.sealing import seal
from workspaces.services.cloning import COPIED, MOST, names_next, workspace_clone
from workspaces.states import State, Verb
from workspaces.sweep import resend

pytestmark = pytest.mark.django_db
KEPT_BACK = {
    "public_id", "name", "notes", "password_encrypted", "password_version", "environment_sealed", "keep_awake_until",
    "is_seat", "expires_at", "snapshot",
}  # fmt: skip
"""Columns that a copy does not take over."""
FROM_ITS_OWN_LIFE = {
    "id", "state", "error_code", "error", "container_id", "image", "address", "lease_owner", "lease_until",
    "created_at", "state_changed_at", "started_at", "stopped_at", "last_opened_at", "last_activity_at",
    "out_of_memory_at",
}  # fmt: skip


@pytest.fixture
def base(make_workspace: MakeWorkspace, engine: FakeEngine, alice: User, settings: Any) -> Workspace:
    """Alice's "Base", which runs and has files in both places, and room for many more."""
    settings.MAX_WORKSPACES_PER_USER = settings.MAX_CONCURRENT_WORKSPACES = 200
    made = make_workspace(alice, name="Base")
    engine.volume_files[made.engine_name]["app.py"] = b"print(1)"
    engine.layer_files[made.engine_name]["/usr/bin/tool"] = b"installed"
    return made


def test_clones_have_the_files_and_programs_of_the_source_and_run(
    base: Workspace, engine: FakeEngine, work: Work, alice: User
) -> None:
    cloning = clone(alice, base, 3)
    assert states_of(base) == [State.CREATING] * 3
    work()
    made = clones_of(base)
    assert [one.name for one in made] == ["Base 1", "Base 2", "Base 3"]
    assert {one.state for one in made} == {State.RUNNING} and {one.snapshot for one in made} == {cloning.snapshot}
    assert all(engine.volume_files[one.engine_name] == {"app.py": b"print(1)"} for one in made)
    assert all(engine.layer_files[one.engine_name]["/usr/bin/tool"] == b"installed" for one in made)
    assert engine.calls.count("snapshot_take") == 1, "one moment for all of them"
    base.refresh_from_db()
    assert base.state == State.RUNNING and engine.states[base.engine_name].status == "running"


def test_the_wish_and_each_clone_are_written_down(base: Workspace, work: Work, alice: User) -> None:
    cloning = clone(alice, base, 2)
    asked = AuditEvent.objects.get(action="workspace.cloned")
    assert (asked.workspace, asked.meta["count"]) == (base.public_id, 2)
    assert asked.meta["clones"] == [one.public_id for one in cloning.clones]
    each = AuditEvent.objects.filter(action="workspace.clone")
    assert {event.workspace for event in each} == {one.public_id for one in cloning.clones}
    assert {event.meta["of"] for event in each} == {"Base"}
    operations = Operation.objects.filter(batch=cloning.batch)
    assert {(one.verb, one.actor) for one in operations} == {(Verb.CLONE, alice)} and len(operations) == 2


def test_what_is_changed_in_one_later_is_in_no_other(
    base: Workspace, engine: FakeEngine, work: Work, alice: User
) -> None:
    clone(alice, base, 2)
    work()
    first, second = clones_of(base)
    engine.volume_files[first.engine_name]["app.py"] = b"mine"
    assert engine.volume_files[second.engine_name]["app.py"] == b"print(1)"
    assert engine.volume_files[base.engine_name]["app.py"] == b"print(1)"


def test_every_column_is_either_copied_or_kept_back_on_purpose() -> None:
    columns = {field.name for field in Workspace._meta.concrete_fields}
    assert columns == set(COPIED) | KEPT_BACK | FROM_ITS_OWN_LIFE | {"owner", "kind", "group", "app_port"}


def test_size_network_group_and_times_are_copied(base: Workspace, work: Work, alice: User, engine: FakeEngine) -> None:
    values = {
        "memory_mb": 3000, "cpus": 1.5, "pids": 77, "network_mode": "lan", "blocked_ranges": ["10.9.0.0/16"],
        "read_only_root": True, "template": "lab", "starter": "empty", "git_url": "https://git.example.org/a.git",
        "idle_pause_minutes": 7, "idle_stop_minutes": 0, "gpu": False, "desktop_menu": True,
    }  # fmt: skip
    assert set(values) == set(COPIED)
    Workspace.objects.filter(pk=base.pk).update(**values)
    clone(alice, base, 1)
    work()
    [made] = clones_of(base)
    assert {name: getattr(made, name) for name in values} == values
    assert (made.kind, made.port) == (base.kind, base.port)
    spec = engine.specs[made.engine_name]
    assert (spec.memory_mb, spec.cpus, spec.network_mode, spec.read_only) == (3000, 1.5, "lan", True)


def test_nothing_that_is_secret_or_personal_is_copied(
    base: Workspace, work: Work, alice: User, bob: User, engine: FakeEngine
) -> None:
    secrets = {
        "notes": "the answers", "password_encrypted": base.password_encrypted, "password_version": 4,
        "environment_sealed": seal('{"TOKEN": "hunter2"}'),
    }  # fmt: skip
    Workspace.objects.filter(pk=base.pk).update(**secrets)
    Alias.objects.create(workspace=base, subdomain="demo", port=5000)
    PortShare.objects.create(workspace=base, port=5000, audience="people")
    Share.objects.create(workspace=base, user=bob)
    Favorite.objects.create(workspace=base, user=alice)
    ContainerKey.objects.create(workspace=base, user=alice, project="shop", key="backend")
    HistoryMark.objects.create(public_id=base.public_id, read_at=base.created_at)
    engine.layer_files[base.engine_name]["/etc/machine-id"] = b"0" * 32
    clone(alice, base, 2)
    work()
    made = clones_of(base)
    ids = [one.public_id for one in made]
    for one in made:
        assert (one.notes, one.password_encrypted, one.password_version, one.environment_sealed) == ("", "", 0, "")
        assert "hunter2" not in str(engine.specs[one.engine_name])
    for model in (Alias, PortShare, Share, Favorite, ContainerKey):
        assert not model.objects.filter(workspace__in=made).exists(), model
    assert not HistoryMark.objects.filter(public_id__in=ids).exists()
    machine_ids = {engine.layer_files[name]["/etc/machine-id"] for name in engine.layer_files}
    assert len(machine_ids) == 3 and all(len(one.strip()) == 32 for one in machine_ids)


def test_a_password_is_that_of_the_clones_alone(base: Workspace, work: Work, alice: User) -> None:
    clone(alice, base, 2, password="for the students")
    work()
    assert all(password_matches(one, "for the students") for one in clones_of(base))
    base.refresh_from_db()
    assert not base.has_password


@pytest.mark.parametrize("state", [State.PAUSED, State.STOPPED])
def test_what_does_not_run_is_copied_as_it_is_and_stays_so(
    state: State, base: Workspace, engine: FakeEngine, work: Work, alice: User
) -> None:
    actor = Actor(alice, "browser")
    (services.workspace_pause if state == State.PAUSED else services.workspace_stop)(actor, base)
    work()
    clone(alice, base, 2)
    work()
    base.refresh_from_db()
    assert base.state == state and engine.states[base.engine_name].status == str(state)
    assert states_of(base) == [State.RUNNING] * 2
    assert all(engine.volume_files[one.engine_name] == {"app.py": b"print(1)"} for one in clones_of(base))


def test_a_clone_of_a_clone_of_a_clone_has_what_each_of_them_added(
    base: Workspace, engine: FakeEngine, work: Work, alice: User
) -> None:
    source = base
    for number in range(3):
        engine.volume_files[source.engine_name][f"by-{number}"] = b"x"
        made = clone(alice, source, 1).clones[0]
        work()
        source = made
    assert source.name == "Base 1 1 1"
    assert engine.volume_files[source.engine_name] == {"app.py": b"print(1)", "by-0": b"x", "by-1": b"x", "by-2": b"x"}


def test_more_than_may_be_had_makes_none(base: Workspace, alice: User) -> None:
    alice.max_workspaces = 3
    alice.save()
    with pytest.raises(Forbidden, match=r"Cannot create 10 clones: only 2 workspace slots remaining \(limit: 3\)"):
        clone(alice, base, 10)
    alice.max_workspaces, alice.max_running = 100, 3
    alice.save()
    with pytest.raises(Forbidden) as problem:
        clone(alice, base, 3)
    assert (problem.value.code, problem.value.details["left"]) == ("RUNNING_LIMIT", 2)
    assert Workspace.objects.count() == 1 and not Snapshot.objects.exists()


@pytest.mark.parametrize("count", [0, -1, MOST + 1])
def test_another_number_is_no_number_of_clones(count: int, base: Workspace, alice: User) -> None:
    with pytest.raises(Invalid) as problem:
        clone(alice, base, count)
    assert problem.value.code == "CLONE_COUNT"


def test_as_many_as_may_be_are_asked_at_once(base: Workspace, work: Work, alice: User, engine: FakeEngine) -> None:
    cloning = clone(alice, base, MOST)
    work()
    progress = batch_get(Actor(alice, "browser"), cloning.batch.pk)
    assert (progress.done, progress.percent, progress.is_clean) == (MOST, 100, True)
    assert len(engine.states) == MOST + 1


def test_numbers_that_are_taken_are_passed_over(
    base: Workspace, make_workspace: MakeWorkspace, work: Work, alice: User
) -> None:
    make_workspace(alice, name="BASE 2", running=False)
    clone(alice, base, 2)
    clone(alice, base, 2)
    names = [one.name for one in clones_of(base)]
    assert names == ["BASE 2", "Base 1", "Base 3", "Base 4", "Base 5"]
    assert names_next(alice, "x" * 100, 10)[-1] == f"{'x' * 97} 10"


def test_files_that_are_kept_for_a_name_are_not_touched_by_a_clone_of_it(
    base: Workspace, work: Work, alice: User, engine: FakeEngine
) -> None:
    KeptFiles.objects.create(owner=alice, name="Base 1", public_id="keptkeptkept", kind=base.kind)
    engine.volume_files["spaces-keptkeptkept"] = {"old.txt": b"old"}
    clone(alice, base, 1)
    work()
    assert engine.volume_files[clones_of(base)[0].engine_name] == {"app.py": b"print(1)"}
    assert KeptFiles.objects.exists() and engine.volume_files["spaces-keptkeptkept"] == {"old.txt": b"old"}


def test_networks_that_were_made_in_advance_are_taken(base: Workspace, alice: User) -> None:
    spares = [Spare.objects.create(ready=True) for _ in range(2)]
    made = clone(alice, base, 3).clones
    assert [one.public_id for one in made[:2]] == [spare.public_id for spare in spares]
    assert not Spare.objects.exists()


def test_strangers_viewers_and_guests_may_not(base: Workspace, bob: User, charlie: User) -> None:
    with pytest.raises(NotFound):
        clone(charlie, base, 1)
    share = Share.objects.create(workspace=base, user=bob, role=Share.Role.VIEWER)
    with pytest.raises(Forbidden):
        clone(bob, base, 1)
    Share.objects.filter(pk=share.pk).update(role=Share.Role.EDITOR)
    User.objects.filter(pk=bob.pk).update(is_guest=True)
    bob.refresh_from_db()
    with pytest.raises(Forbidden) as problem:
        clone(bob, base, 1)
    assert problem.value.code == "GUEST"
    assert Workspace.objects.count() == 1


def test_staff_s_copies_are_their_own(base: Workspace, root: User, work: Work) -> None:
    workspace_clone(Actor(root, "browser"), base, count=2, source_password=None)
    work()
    assert {one.owner for one in clones_of(base)} == {root}


def test_what_never_ran_is_not_copied(
    make_workspace: MakeWorkspace, engine: FakeEngine, work: Work, alice: User
) -> None:
    engine.faults = [Fault("ensure_container", EngineError("no"), times=3)]
    broken = make_workspace(alice, name="Broken")
    assert broken.state == State.ERROR
    with pytest.raises(Conflict) as problem:
        clone(alice, broken, 1)
    assert problem.value.code == "CLONE_SOURCE"


def test_nobody_asks_while_the_snapshot_is_taken(base: Workspace, alice: User, engine: FakeEngine) -> None:
    """Whoever takes it wakes them; until then neither the resend nor the clones themselves ask the engine anything."""
    clone(alice, base, 5)
    before = len(engine.calls)
    assert resend() == 0
    assert len(engine.calls) == before
    work_once()
    assert states_of(base) == [State.RUNNING] * 5
