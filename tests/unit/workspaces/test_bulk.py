"""One wish for many workspaces: works, twice, refused in parts, strangers, limits, a silent engine."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from spaces_site.errors import Invalid, Unauthenticated, Unavailable
from tests.accounts_fixtures import ActorOf
from tests.unit.accounts.racing import race
from tests.unit.workspaces.bulk_parts import Seats, ids, states
from tests.workspaces_fixtures import Work
from workspaces import batches, engine_state, services
from workspaces.engine.base import EngineError
from workspaces.engine.fake import FakeEngine
from workspaces.models import Batch, Kind, Operation, Share, Workspace
from workspaces.passwords import password_encrypt
from workspaces.services import bulk
from workspaces.services.bulk import bulk_request
from workspaces.services.chosen import MOST_AT_ONCE
from workspaces.states import State, Verb


def test_all_are_stopped_and_each_is_written_down(alice: User, actor_of: ActorOf, seats: Seats, work: Work) -> None:
    actor, made = actor_of(alice), seats(alice, 3)
    batch = bulk_request(actor, Verb.STOP, ids(made))
    progress = batches.batch_get(actor, batch.pk)
    assert (progress.done, progress.open, progress.percent, progress.is_settled) == (0, 3, 0, False)
    work()
    progress = batches.batch_get(actor, batch.pk)
    assert (progress.done, progress.open, progress.percent, progress.is_clean) == (3, 0, 100, True)
    assert states(made) == [State.STOPPED] * 3
    assert set(AuditEvent.objects.filter(action="workspace.stop").values_list("workspace", flat=True)) == set(ids(made))
    assert {operation.batch_id for operation in Operation.objects.filter(verb="stop")} == {batch.pk}


def test_twice_is_harmless(alice: User, actor_of: ActorOf, seats: Seats, work: Work) -> None:
    actor, made = actor_of(alice), seats(alice, 2)
    bulk_request(actor, Verb.STOP, ids(made))
    again = bulk_request(actor, Verb.STOP, ids(made) * 2)
    assert (again.total, again.already, again.refused) == (2, 2, [])
    work()
    assert Operation.objects.filter(verb="stop").count() == 2
    assert batches.batch_get(actor, bulk_request(actor, Verb.STOP, ids(made)).pk).done == 2


def test_deleting_keeps_files_where_asked_and_twice_finds_nothing(
    alice: User, actor_of: ActorOf, seats: Seats, work: Work, engine: FakeEngine
) -> None:
    actor, made = actor_of(alice), seats(alice, 2)
    batch = bulk_request(actor, Verb.DELETE, ids(made), keep_files=True)
    assert bulk_request(actor, Verb.DELETE, ids(made)).already == 2
    work()
    assert not Workspace.objects.exists() and not engine.states
    assert len(engine.volume_files) == 2
    assert batches.batch_get(actor, batch.pk).done == 2
    with pytest.raises(Invalid) as problem:
        bulk_request(actor, Verb.DELETE, ids(made))
    assert problem.value.code == "BULK_EMPTY"


def test_who_may_not_start_all_starts_as_many_as_they_may(
    alice: User, actor_of: ActorOf, seats: Seats, work: Work, settings: Any
) -> None:
    actor, made = actor_of(alice), seats(alice, 4)
    bulk_request(actor, Verb.STOP, ids(made))
    work()
    settings.MAX_CONCURRENT_WORKSPACES = 3
    batch = bulk_request(actor, Verb.START, ids(made))
    assert [(one["name"], one["code"]) for one in batch.refused] == [("Seat 4", "RUNNING_LIMIT")]
    work()
    progress = batches.batch_get(actor, batch.pk)
    assert (progress.done, progress.refused, progress.percent, progress.is_settled) == (3, 1, 100, True)
    assert sorted(states(made)) == [State.RUNNING] * 3 + [State.STOPPED]


def test_strangers_workspaces_are_not_there_as_unknown_ones(
    alice: User, charlie: User, actor_of: ActorOf, seats: Seats, visitor: Actor
) -> None:
    hers, theirs = seats(alice, 1), seats(charlie, 1)
    answers = []
    for asked in (ids(theirs), ["zzzzzzzzzzzz"], []):
        with pytest.raises(Invalid) as problem:
            bulk_request(actor_of(alice), Verb.STOP, asked)
        answers.append((problem.value.code, problem.value.message))
    assert len(set(answers)) == 1
    batch = bulk_request(actor_of(alice), Verb.DELETE, [*ids(theirs), *ids(hers), "zzzzzzzzzzzz"])
    assert (batch.total, batch.refused) == (1, [])
    assert states(theirs) == [State.RUNNING]
    with pytest.raises(Unauthenticated):
        bulk_request(visitor, Verb.STOP, ids(hers))


def test_what_is_shared_obeys_the_role_and_the_password(
    alice: User, bob: User, actor_of: ActorOf, seats: Seats
) -> None:
    edited, viewed, guarded = made = seats(alice, 3)
    for workspace, role in ((edited, "editor"), (viewed, "viewer"), (guarded, "editor")):
        Share.objects.create(workspace=workspace, user=bob, role=role)
    Workspace.objects.filter(pk=guarded.pk).update(password_encrypted=password_encrypt("a long password"))
    batch = bulk_request(actor_of(bob), Verb.STOP, ids(made))
    assert [(one["id"], one["code"]) for one in batch.refused] == [
        (viewed.public_id, "VIEWER_ONLY"), (guarded.public_id, "WORKSPACE_PASSWORD")
    ]  # fmt: skip
    deleting = bulk_request(actor_of(bob), Verb.DELETE, ids([edited]))
    assert [one["code"] for one in deleting.refused] == ["OWNER_ONLY"]
    assert states(made) == [State.STOPPING, State.RUNNING, State.RUNNING]


@pytest.mark.parametrize("verb", [Verb.CREATE, Verb.PAUSE, Verb.RESTART, Verb.RESUME])
def test_other_verbs_are_for_one_at_a_time(verb: Verb, alice: User, actor_of: ActorOf) -> None:
    with pytest.raises(Invalid) as problem:
        bulk_request(actor_of(alice), verb, ["a" * 12])
    assert problem.value.code == "BULK_VERB"


def test_more_than_may_be_are_refused_before_anything_moves(alice: User, actor_of: ActorOf, seats: Seats) -> None:
    made = seats(alice, 1)
    with pytest.raises(Invalid) as problem:
        bulk_request(actor_of(alice), Verb.STOP, [*ids(made), *(f"a{number:011}" for number in range(1000))])
    assert problem.value.code == "BULK_LIMIT"
    assert states(made) == [State.RUNNING] and not Batch.objects.exists()


def test_rubbish_is_nothing(alice: User, actor_of: ActorOf, seats: Seats) -> None:
    made = seats(alice, 1)
    batch = bulk_request(actor_of(alice), Verb.STOP, ["", "\0", "' or 1=1", "ä", "x" * 9000, *ids(made), "\ud800"])
    assert batch.total == 1


def test_without_an_engine_nothing_is_asked(alice: User, actor_of: ActorOf, seats: Seats, engine: FakeEngine) -> None:
    made = seats(alice, 2)
    engine.down = True
    engine_state.engine_forget()
    with pytest.raises(Unavailable):
        bulk_request(actor_of(alice), Verb.STOP, ids(made))
    assert not Batch.objects.exists() and states(made) == [State.RUNNING] * 2


def test_what_the_engine_refuses_fails_alone_with_its_reason(
    alice: User, actor_of: ActorOf, seats: Seats, work: Work, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor, made = actor_of(alice), seats(alice, 3)
    stop, bad = engine.stop, made[1].engine_name

    def refuses(name: str, *rest: Any) -> Any:
        if name == bad:
            raise EngineError("device is busy")
        return stop(name, *rest)

    monkeypatch.setattr(engine, "stop", refuses)
    batch = bulk_request(actor, Verb.STOP, ids(made))
    work()
    progress = batches.batch_get(actor, batch.pk)
    assert (progress.done, progress.failed, progress.percent, progress.is_settled) == (2, 1, 100, True)
    assert [one.workspace_name for one in progress.failures] == ["Seat 2"]
    assert "device is busy" in progress.failures[0].error


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_the_end_of_a_large_wish(
    alice: User, bob: User, engine: FakeEngine, code_server: Kind, actor_of: ActorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between any two of them somebody else's change is let through: no transaction is around them all."""
    size = {"memory_mb": 512, "cpus": 1, "kind": code_server, "state": State.RUNNING}
    made = [Workspace.objects.create(owner=alice, name=f"Seat {number}", **size) for number in range(5)]
    other = Workspace.objects.create(owner=bob, name="Other", **size)
    ask, renamed = bulk.workspace_ask, []

    def rename() -> None:
        try:
            services.workspace_rename(actor_of(bob), other, f"Other {len(renamed)}")
            renamed.append(True)
        finally:
            connections.close_all()

    def asks(*args: Any, **options: Any) -> Any:
        answer = ask(*args, **options)
        assert not connection.in_atomic_block
        thread = threading.Thread(target=rename)
        thread.start()
        thread.join(10)
        return answer

    monkeypatch.setattr(bulk, "workspace_ask", asks)
    monkeypatch.setattr("workspaces.services.work.operation_send", lambda _operation: None)
    bulk_request(actor_of(alice), Verb.STOP, ids(made))
    assert len(renamed) == 5


def test_as_many_as_may_be_are_asked_in_one_request(
    alice: User, actor_of: ActorOf, engine: FakeEngine, code_server: Kind
) -> None:
    size = {"memory_mb": 512, "cpus": 1, "kind": code_server, "state": State.RUNNING}
    made = [Workspace.objects.create(owner=alice, name=f"Seat {n}", **size) for n in range(MOST_AT_ONCE)]
    with CaptureQueriesContext(connection) as queries:
        assert bulk_request(actor_of(alice), Verb.STOP, ids(made)).refused == []
    assert len(queries) / MOST_AT_ONCE < 20  # some milliseconds for each


@pytest.mark.django_db(transaction=True)
def test_wishes_at_the_same_moment_never_start_more_than_may_run(
    alice: User, engine: FakeEngine, code_server: Kind, actor_of: ActorOf, settings: Any, monkeypatch: Any
) -> None:
    settings.MAX_CONCURRENT_WORKSPACES = 3
    monkeypatch.setattr("workspaces.services.work.operation_send", lambda _operation: None)
    size = {"memory_mb": 512, "cpus": 1, "kind": code_server, "state": State.STOPPED}
    made = [Workspace.objects.create(owner=alice, name=f"Seat {number}", **size) for number in range(6)]
    answers = race(6, lambda at: bulk_request(actor_of(alice), Verb.START, ids(made[at:] + made[:at])))
    assert {type(answer) for answer in answers} == {Batch}
    assert sorted(states(made)) == [State.STARTING] * 3 + [State.STOPPED] * 3
    assert Operation.objects.filter(verb="start").count() == 3
    for progress in batches.batches_of(actor_of(alice), 10):
        assert progress.batch.total == 6 and progress.refused == 3
