"""Copies that are asked for in the same moment, with real threads."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import transaction

from accounts.actors import Actor
from accounts.models import User
from spaces_site.errors import Forbidden
from tests.unit.accounts.racing import race
from tests.unit.workspaces.clones import clone, clones_of
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.engine.fake import FakeEngine
from workspaces.lifecycle import perform
from workspaces.limits import owner_lock
from workspaces.models import Batch, Operation, Snapshot, Workspace
from workspaces.services.cloning import Cloning, clones_make, names_next
from workspaces.snapshots import snapshot_take, snapshots_resend
from workspaces.states import OPEN_OPERATIONS, State

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def base(make_workspace: MakeWorkspace, alice: User, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Nobody is woken here but by the test."""
    settings.MAX_WORKSPACES_PER_USER = settings.MAX_CONCURRENT_WORKSPACES = 200
    monkeypatch.setattr("workspaces.sending.wake", lambda *_, **__: None)
    monkeypatch.setattr("workspaces.sending.snapshot_wake", lambda *_, **__: None)
    monkeypatch.setattr("workspaces.snapshots.waiting.wake", lambda *_, **__: None)
    monkeypatch.setattr("workspaces.snapshots.taking.snapshot_wake", lambda *_, **__: None)
    return make_workspace(alice, name="Base")


def test_wishes_in_the_same_moment_get_different_numbers(base: Workspace, alice: User) -> None:
    answers = race(6, lambda _: clone(alice, base, 5))
    assert {type(answer) for answer in answers} == {Cloning}, answers
    assert sorted(int(one.name.removeprefix("Base ")) for one in clones_of(base)) == list(range(1, 31))
    for answer in answers:
        numbers = [int(one.name.removeprefix("Base ")) for one in answer.clones]
        assert numbers == list(range(numbers[0], numbers[0] + 5))


def test_wishes_in_the_same_moment_never_make_more_than_may_be(base: Workspace, alice: User, settings: Any) -> None:
    settings.MAX_WORKSPACES_PER_USER = 12
    answers = race(6, lambda _: clone(alice, base, 5))
    refused = [answer for answer in answers if isinstance(answer, Forbidden)]
    assert len(refused) == 4 and {problem.code for problem in refused} == {"WORKSPACE_LIMIT"}
    assert len(clones_of(base)) == 10 and Batch.objects.count() == Snapshot.objects.count() == 2


def test_workers_side_by_side_take_one_snapshot_and_make_each_clone_once(
    base: Workspace, alice: User, engine: FakeEngine
) -> None:
    public_id = clone(alice, base, 8).snapshot.public_id
    engine.delay_seconds = 0.005
    race(4, lambda _: snapshot_take(public_id))
    assert engine.calls.count("snapshot_take") == 1 and Snapshot.objects.get().is_ready
    ids = [str(pk) for pk in Operation.objects.filter(state__in=OPEN_OPERATIONS).values_list("pk", flat=True)]
    made_before = engine.calls.count("ensure_container")

    def work(number: int) -> None:
        for at in range(8):
            perform(ids[(number // 2 + at) % 8])

    race(8, work)
    assert {one.state for one in clones_of(base)} == {State.RUNNING}
    assert engine.calls.count("ensure_container") == made_before + 8


def test_who_comes_while_the_snapshot_becomes_ready_is_not_forgotten(
    base: Workspace, alice: User, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More clones of one snapshot, as a workshop asks for, just when it is there: sent by themselves, or woken."""
    snapshot = clone(alice, base, 1).snapshot
    woken: list[str] = []
    for place in ("workspaces.sending.wake", "workspaces.snapshots.waiting.wake"):
        monkeypatch.setattr(place, lambda operation_id, *_, **__: woken.append(operation_id))
    begun = threading.Event()

    def more(_: int) -> None:
        with transaction.atomic():
            owner = owner_lock(alice.pk)
            clones_make(owner, snapshot, names_next(owner, "Base", 3), actor=Actor(alice, "browser"))
            begun.set()

    def take(_: int) -> None:
        begun.wait(0.01)
        snapshot_take(snapshot.public_id)

    race(2, lambda number: (more, take)[number](number))
    asked = Operation.objects.filter(verb="clone").values_list("pk", flat=True)
    assert sorted(woken) == sorted(map(str, asked))
    assert snapshots_resend() == 0
