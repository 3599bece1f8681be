"""Who sees which workshop, and how its seats are counted."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from spaces_site.errors import NotFound
from tests.workshop_fixtures import MakeWorkshop
from workshop.models import Claim, Seat
from workshop.selectors import Counts, counts, seats_free, workshop_get

pytestmark = pytest.mark.django_db


def test_seats_are_counted_by_what_can_be_done_with_them(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena, seats=3)
    first = Seat.objects.get(workshop=workshop, number=1)
    Claim.objects.create(
        workshop=workshop, seat=first, workspace=first.workspace, name="Max", email="max@example.com",
        key_hash="1", key_sealed="", claimed_at=timezone.now(),
    )  # fmt: skip
    Seat.objects.filter(workshop=workshop, number=2).update(ready_at=None)
    assert counts(workshop) == Counts(total=3, free=1, claimed=1, making=1, failed=0, waiting=0)
    assert [seat.number for seat in seats_free(workshop)] == [3]


def test_a_workshop_of_somebody_else_is_not_there(make_workshop: MakeWorkshop, lena: User, alice: User) -> None:
    make_workshop(lena)
    assert workshop_get(Actor(lena, "browser"), "python").owner == lena
    with pytest.raises(NotFound):
        workshop_get(Actor(alice, "browser"), "python")
