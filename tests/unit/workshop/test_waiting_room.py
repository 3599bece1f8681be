"""Who waits gets the next seat, in order, as long as they are there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import AuditEvent, User
from spaces_site.errors import Unavailable
from tests.unit.workshop.claims import VISITOR, take, wait
from tests.workshop_fixtures import MakeWorkshop
from tests.workspaces_fixtures import Work
from workshop.models import Claim, Seat, Workshop
from workshop.selectors import counts
from workshop.services import waiting
from workshop.services.claiming import AlreadyClaimed, NoneFree
from workshop.services.releasing import claim_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def full(make_workshop: MakeWorkshop, lena: User) -> Workshop:
    """A workshop of two seats, one of which is taken and the other not ready."""
    workshop = make_workshop(lena, seats=2)
    take(workshop, email="first@example.com")
    Seat.objects.filter(number=2).update(ready_at=None)
    return workshop


def ready() -> None:
    Seat.objects.filter(number=2).update(ready_at=timezone.now())


def away(claim: Claim, minutes: int) -> None:
    Claim.objects.filter(pk=claim.pk).update(seen_at=timezone.now() - timedelta(minutes=minutes))


def state_of(claim: Claim) -> str:
    claim.refresh_from_db()
    return claim.state


def test_where_a_seat_is_free_nobody_has_to_wait(make_workshop: MakeWorkshop, lena: User) -> None:
    claim = wait(make_workshop(lena, seats=1))
    assert claim.state == "active" and claim.seat and claim.guest


def test_who_waits_has_a_place_and_no_account(full: Workshop) -> None:
    one, two = wait(full), wait(full, email="eva@example.com")
    assert [waiting.waiting_position(claim) for claim in (one, two)] == [1, 2]
    assert (one.state, one.guest, one.seat) == ("waiting", None, None)
    assert counts(full).waiting == 2
    assert AuditEvent.objects.filter(action="workshop.wait").count() == 2


def test_the_first_one_gets_the_seat_that_becomes_free(full: Workshop) -> None:
    one, two = wait(full), wait(full, email="eva@example.com")
    assert waiting.waiting_assign(full) == 0
    ready()
    assert waiting.waiting_assign(full) == 1
    assert (state_of(one), state_of(two)) == ("active", "waiting")
    assert waiting.waiting_position(two) == 1
    assert waiting.waiting_assign(full) == 0


def test_who_has_closed_the_page_is_passed_over_but_keeps_the_place(full: Workshop) -> None:
    one, two = wait(full), wait(full, email="eva@example.com")
    away(one, minutes=5)
    ready()
    assert waiting.waiting_assign(full) == 1
    assert (state_of(one), state_of(two)) == ("waiting", "active")
    assert waiting.waiting_position(one) == 1
    one.refresh_from_db()
    waiting.waiting_seen(one)
    three = wait(full, email="three@example.com")
    Seat.objects.create(workshop=full, number=3)
    claim_release(SYSTEM, two)
    assert state_of(one) == "waiting" and state_of(three) == "waiting"


def test_who_is_away_for_too_long_is_gone(full: Workshop) -> None:
    one = wait(full)
    away(one, minutes=16)
    assert waiting.waiting_assign(full) == 0
    assert state_of(one) == "left" and counts(full).waiting == 0
    assert wait(full).state == "waiting", "and may come again"


def test_nobody_pushes_in_by_claiming(full: Workshop) -> None:
    one = wait(full)
    ready()
    with pytest.raises(NoneFree):
        take(full, email="pushy@example.com")
    assert state_of(one) == "active"


def test_one_address_waits_once_and_not_beside_a_seat(full: Workshop) -> None:
    wait(full)
    for email in ("MAX@example.com", "first@example.com"):
        with pytest.raises(AlreadyClaimed):
            wait(full, email=email)


def test_leaving_gives_the_place_up_and_twice_is_fine(full: Workshop) -> None:
    one, two = wait(full), wait(full, email="eva@example.com")
    waiting.waiting_leave(VISITOR, one)
    waiting.waiting_leave(VISITOR, one)
    assert state_of(one) == "left" and waiting.waiting_position(two) == 1
    assert AuditEvent.objects.filter(action="workshop.leave").count() == 1


def test_in_a_workshop_that_has_closed_nobody_is_given_a_seat_any_more(full: Workshop) -> None:
    one = wait(full)
    ready()
    Workshop.objects.update(state="closed")
    full.refresh_from_db()
    assert waiting.waiting_assign(full) == 0 and state_of(one) == "waiting"


def test_so_many_wait_and_no_more(full: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST", 1)
    wait(full)
    with pytest.raises(Unavailable) as refused:
        wait(full, email="eva@example.com")
    assert refused.value.code == "WAITING_FULL"


def test_being_seen_is_written_down_now_and_then(full: Workshop, django_assert_num_queries: object) -> None:
    one = wait(full)
    with django_assert_num_queries(0):  # type: ignore[operator]
        waiting.waiting_seen(one)
    away(one, minutes=1)
    one.refresh_from_db()
    waiting.waiting_seen(one)
    one.refresh_from_db()
    assert timezone.now() - one.seen_at < timedelta(seconds=5)


def test_after_a_release_the_seat_made_anew_goes_to_who_waits(
    full: Workshop, work: Work, lena: User
) -> None:
    one = wait(full)
    claim_release(SYSTEM, Claim.objects.get(email="first@example.com"))
    assert state_of(one) == "waiting", "it is made anew before"
    work()
    Seat.objects.filter(number=1).update(ready_at=timezone.now())  # as the round does
    assert waiting.waiting_assign(full) == 1 and state_of(one) == "active"
