"""How far a wish for many workspaces is, whatever dies meanwhile, and who may know."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from spaces_site.errors import NotFound
from tests.accounts_fixtures import ActorOf
from tests.unit.workspaces.bulk_parts import Seats, ids
from tests.workspaces_fixtures import Work, work_once
from workspaces import batches, services
from workspaces.models import Batch, Operation, Workspace
from workspaces.services import bulk
from workspaces.services.bulk import bulk_request
from workspaces.states import State, Verb
from workspaces.sweep import resend


def test_progress_averages_the_operations(alice: User, actor_of: ActorOf, seats: Seats) -> None:
    actor, made = actor_of(alice), seats(alice, 4)
    batch = bulk_request(actor, Verb.STOP, ids(made))
    first, second, *_rest = Operation.objects.filter(batch=batch).order_by("created_at")
    Operation.objects.filter(pk=first.pk).update(state="done", percent=100)
    Operation.objects.filter(pk=second.pk).update(state="running", percent=60)
    assert batches.batch_get(actor, batch.pk).percent == 40


def test_only_who_asked_sees_how_far_it_is(
    alice: User, charlie: User, root: User, actor_of: ActorOf, seats: Seats
) -> None:
    batch = bulk_request(actor_of(alice), Verb.STOP, ids(seats(alice, 1)))
    for person in (charlie, root):
        with pytest.raises(NotFound):
            batches.batch_get(actor_of(person), batch.pk)
        assert batches.batches_of(actor_of(person), 10) == []
    with pytest.raises(NotFound):
        batches.batch_get(actor_of(alice), uuid.uuid4())


def test_a_newer_wish_takes_the_place_of_one_in_a_batch(
    alice: User, actor_of: ActorOf, seats: Seats, work: Work
) -> None:
    actor, made = actor_of(alice), seats(alice, 2)
    batch = bulk_request(actor, Verb.STOP, ids(made))
    services.workspace_start(actor, made[0])
    work()
    progress = batches.batch_get(actor, batch.pk)
    assert (progress.done, progress.replaced, progress.is_settled, progress.is_clean) == (1, 1, True, False)


def test_a_worker_that_dies_loses_nothing(
    alice: User, actor_of: ActorOf, seats: Seats, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor, made = actor_of(alice), seats(alice, 3)
    batch = bulk_request(actor, Verb.STOP, ids(made))  # and every wake-up is lost with the worker
    woken: list[str] = []
    monkeypatch.setattr("workspaces.sweep.wake", lambda operation_id, *_: woken.append(operation_id))
    assert resend() == 3
    assert set(woken) == {str(operation.pk) for operation in batch.operations.all()}
    work_once()
    work()
    assert batches.batch_get(actor, batch.pk).done == 3


def test_a_site_that_dies_while_it_asks_says_how_many_were_not_asked(
    alice: User, actor_of: ActorOf, seats: Seats, work: Work
) -> None:
    actor, made = actor_of(alice), seats(alice, 2)
    batch = bulk_request(actor, Verb.STOP, ids(made))
    work()
    Batch.objects.filter(pk=batch.pk).update(total=5)
    assert batches.batch_get(actor, batch.pk).open == 3, "it may still be asking"
    Batch.objects.filter(pk=batch.pk).update(created_at=timezone.now() - batches.ASKING_AT_MOST - timedelta(seconds=1))
    progress = batches.batch_get(actor, batch.pk)
    assert (progress.open, progress.lost, progress.is_settled, progress.is_clean) == (0, 3, True, False)


def test_a_bug_in_one_leaves_a_true_record_of_the_others(
    alice: User, actor_of: ActorOf, seats: Seats, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, ask, calls = seats(alice, 3), bulk.workspace_ask, iter(range(3))

    def breaks(*args: Any, **options: Any) -> Any:
        if next(calls) == 1:
            raise ZeroDivisionError
        return ask(*args, **options)

    Workspace.objects.filter(pk=made[0].pk).update(state=State.STOPPED)
    monkeypatch.setattr(bulk, "workspace_ask", breaks)
    with pytest.raises(ZeroDivisionError):
        bulk_request(actor_of(alice), Verb.STOP, ids(made))
    assert Batch.objects.get().already == 1


def test_a_thousand_wishes_do_not_fill_the_table(alice: User, actor_of: ActorOf, seats: Seats) -> None:
    made = seats(alice, 1)
    for _ in range(batches.BATCHES_KEPT + 5):
        batch = bulk_request(actor_of(alice), Verb.START, ids(made))
    assert Batch.objects.count() == batches.BATCHES_KEPT
    assert Batch.objects.filter(pk=batch.pk).exists()


def test_all_of_them_cost_two_queries(
    alice: User, actor_of: ActorOf, seats: Seats, django_assert_num_queries: Any
) -> None:
    made = seats(alice, 3)
    for verb in (Verb.STOP, Verb.START, Verb.STOP):
        bulk_request(actor_of(alice), verb, ids(made))
    Operation.objects.filter(verb="stop").update(state="failed")
    with django_assert_num_queries(2):
        assert len(batches.batches_of(actor_of(alice), 10)) == 3


def test_the_newest_comes_first(alice: User, actor_of: ActorOf) -> None:
    made = [Batch.objects.create(actor=alice, verb=Verb.STOP, total=1) for _ in range(12)]
    found = batches.batches_of(actor_of(alice), 10)
    assert [progress.batch.pk for progress in found] == [batch.pk for batch in reversed(made)][:10]
