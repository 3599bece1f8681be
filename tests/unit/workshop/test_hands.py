"""A participant raises a hand, and somebody lowers it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Invalid, NotFound, TooMany
from tests.accounts_fixtures import ActorOf
from tests.unit.workshop.seated import guest_of, seat_taken
from tests.workshop_fixtures import MakeWorkshop
from workshop.models import Claim
from workshop.services import hands
from workshop.services.hands import hand_lower, hand_raise
from workspaces.models import Share


@pytest.fixture
def anna(make_workshop: MakeWorkshop, lena: User) -> Claim:
    return seat_taken(make_workshop(lena), 1, "Anna")


def test_who_sits_there_raises_and_the_leader_lowers(anna: Claim, lena: User, actor_of: ActorOf) -> None:
    hand_raise(actor_of(guest_of(anna)), anna, "  Why\n\0not? ")
    anna.refresh_from_db()
    assert anna.hand_raised_at is not None and anna.hand_note == "Why not?"
    hand_lower(actor_of(lena), anna)
    anna.refresh_from_db()
    assert (anna.hand_raised_at, anna.hand_note) == (None, "")
    events = AuditEvent.objects.filter(action__startswith="workshop.hand").order_by("pk")
    assert [event.action for event in events] == ["workshop.hand.raise", "workshop.hand.lower"]
    assert "Why" not in str([event.meta for event in events])


def test_raised_twice_keeps_its_place_and_has_the_new_question(anna: Claim, actor_of: ActorOf) -> None:
    guest = actor_of(guest_of(anna))
    hand_raise(guest, anna, "One")
    first = Claim.objects.get(pk=anna.pk).hand_raised_at
    hand_raise(guest, anna, "Two")
    anna.refresh_from_db()
    assert (anna.hand_raised_at, anna.hand_note) == (first, "Two")
    assert AuditEvent.objects.filter(action="workshop.hand.raise").count() == 1


def test_lowered_twice_is_no_error(anna: Claim, actor_of: ActorOf) -> None:
    for _ in range(2):
        hand_lower(actor_of(guest_of(anna)), anna)
    assert not AuditEvent.objects.filter(action="workshop.hand.lower").exists()


def test_whoever_works_there_with_an_account_of_their_own_may_too(anna: Claim, bob: User, actor_of: ActorOf) -> None:
    assert anna.workspace is not None
    Share.objects.create(workspace=anna.workspace, user=bob, role=Share.Role.EDITOR)
    hand_raise(actor_of(bob), anna)
    anna.refresh_from_db()
    assert anna.hand_raised_at is not None


def test_strangers_other_leaders_and_other_participants_find_nobody(
    anna: Claim, charlie: User, other_leader: User, guest: User, actor_of: ActorOf
) -> None:
    for stranger in (charlie, other_leader, guest, None):
        for change in (hand_raise, hand_lower):
            with pytest.raises(NotFound):
                change(actor_of(stranger), anna)


def test_who_has_no_seat_any_more_raises_nothing(anna: Claim, actor_of: ActorOf) -> None:
    Claim.objects.filter(pk=anna.pk).update(state="released", released_at=timezone.now())
    with pytest.raises(Conflict):
        hand_raise(actor_of(guest_of(anna)), anna)


def test_a_question_has_an_end_and_so_has_patience(
    anna: Claim, actor_of: ActorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = actor_of(guest_of(anna))
    with pytest.raises(Invalid):
        hand_raise(guest, anna, "x" * 301)
    monkeypatch.setattr(hands, "RAISES_PER_HOUR", 3)
    for _ in range(3):
        hand_raise(guest, anna, "x" * 300)
    with pytest.raises(TooMany):
        hand_raise(guest, anna)
