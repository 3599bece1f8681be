"""Three hundred people claim a hundred seats, some of them twice, while others let go of theirs: real threads, and on
PostgreSQL as well as on SQLite."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from tests.unit.accounts.racing import race
from tests.unit.workshop.both_databases import on_postgres
from workshop.models import Claim, Seat, Workshop
from workshop.selectors import counts
from workshop.services.claiming import claim_make
from workshop.services.releasing import claim_release
from workshop.services.waiting import waiting_assign, waiting_join
from workspaces.engine.fake import FakeEngine
from workspaces.models import Kind, Operation, Share, Workspace
from workspaces.states import State

pytestmark = pytest.mark.django_db(transaction=True)
HERE = Path(__file__)
VISITOR = Actor(None, "browser", "192.0.2.7")
SEATS = 100


@pytest.fixture
def workshop(lena: User, engine: FakeEngine, code_server: Kind, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A hundred seats, paused. No worker: what is asked of the engine stays asked."""
    monkeypatch.setattr("workspaces.services.work.operation_send", lambda _operation: None)
    monkeypatch.setattr("workspaces.services.cloning.operation_send", lambda _operation: None)
    User.objects.filter(pk=lena.pk).update(max_workspaces=1000, max_running=1000)
    workshop = Workshop.objects.create(slug="class", title="Class", owner=lena, state="open", adopts="Class")
    size: dict[str, Any] = {"memory_mb": 512, "cpus": 1, "kind": code_server, "state": State.PAUSED, "is_seat": True}
    for number in range(1, SEATS + 1):
        workspace = Workspace.objects.create(owner=lena, name=f"Class {number}", container_id="c", **size)
        Seat.objects.create(workshop=workshop, number=number, workspace=workspace, ready_at=timezone.now())
    return workshop


def outcome(answers: list[Any]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


def claims_fit() -> None:
    """Each seat is somebody's once, each address has one, and each guest may enter their own alone."""
    active = list(Claim.objects.filter(state="active").select_related("seat"))
    assert len({claim.seat_id for claim in active}) == len({claim.email for claim in active}) == len(active)
    shared = set(Share.objects.values_list("workspace", "user"))
    assert shared == {(claim.workspace_id, claim.guest_id) for claim in active}
    assert all(claim.seat and claim.seat.workspace_id == claim.workspace_id for claim in active)


def test_of_three_hundred_on_a_hundred_seats_a_hundred_have_one(workshop: Workshop) -> None:
    def claim(number: int) -> Claim:
        return claim_make(VISITOR, workshop, name=f"P {number}", email=f"p{number}@example.com")

    assert outcome(race(300, claim)) == {"Claim": 100, "NoneFree": 200}
    assert counts(workshop).claimed == 100
    claims_fit()
    assert Operation.objects.filter(verb="start").count() == 100


def test_with_one_address_however_often_there_is_one_seat(workshop: Workshop) -> None:
    def claim(number: int) -> Claim:
        return claim_make(VISITOR, workshop, name="Max", email=f"p{number % 10}@example.com")

    assert outcome(race(100, claim)) == {"Claim": 10, "AlreadyClaimed": 90}
    claims_fit()


def test_claims_against_releases_lose_no_seat_and_give_none_twice(workshop: Workshop) -> None:
    first = [claim_make(VISITOR, workshop, name="A", email=f"a{number}@example.com") for number in range(SEATS)]

    def act(number: int) -> Claim:
        if number % 2:
            return claim_release(SYSTEM, first[number // 2 % 40])
        return claim_make(VISITOR, workshop, name="B", email=f"b{number}@example.com")

    answers = race(160, act)
    assert set(outcome(answers)) <= {"Claim", "NoneFree"}, [a for a in answers if not isinstance(a, Claim)][:3]
    claims_fit()
    assert Claim.objects.filter(state="released").count() == 40
    # A seat that was let go is made anew before it is free again, so nobody has had one of them.
    assert Seat.objects.filter(ready_at=None).count() == 40
    assert Claim.objects.filter(state="active").count() == 60


def test_who_waits_gets_what_becomes_free_in_order_and_nobody_two(workshop: Workshop) -> None:
    Seat.objects.filter(number__gt=10).update(ready_at=None)

    def join(number: int) -> Claim:
        return waiting_join(VISITOR, workshop, name="W", email=f"w{number}@example.com")

    assert outcome(race(40, join)) == {"Claim": 40}
    assert Counter(Claim.objects.values_list("state", flat=True)) == {"active": 10, "waiting": 30}
    Seat.objects.filter(number__gt=10, number__lte=25).update(ready_at=timezone.now())
    queue = list(Claim.objects.filter(state="waiting").order_by("joined_at", "pk").values_list("pk", flat=True))
    assert sum(race(8, lambda _: waiting_assign(workshop))) == 15
    assert set(Claim.objects.filter(pk__in=queue, state="active").values_list("pk", flat=True)) == set(queue[:15])
    claims_fit()


def test_all_of_it_on_postgresql(postgres_url: str) -> None:
    on_postgres(postgres_url, HERE, "not on_postgresql")
