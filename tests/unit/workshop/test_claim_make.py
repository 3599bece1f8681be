"""A participant gets a seat: once for each address, each seat once, whoever comes at the same moment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from accounts.services.fields import USERNAME
from spaces_site.errors import Conflict, Forbidden, Invalid, TooMany
from tests.workshop_fixtures import MakeWorkshop
from tests.workspaces_fixtures import Work
from workshop.keys import key_hash, seat_address
from workshop.models import Claim, Seat, Workshop
from workshop.selectors import counts
from workshop.services import claimants
from workshop.services.claiming import AlreadyClaimed, NoneFree, claim_make, claim_of_key
from workshop.services.waiting import waiting_join
from workspaces import engine_state
from workspaces.engine.fake import FakeEngine
from workspaces.models import Share, Workspace
from workspaces.sealing import seal
from workspaces.selectors import workspace_usable

pytestmark = pytest.mark.django_db
VISITOR = Actor(None, "browser", "192.0.2.7")
MAX = {"name": "Max Mustermann", "email": "max@example.com"}


def take(workshop: Workshop, **typed: str) -> Claim:
    return claim_make(VISITOR, workshop, **MAX | typed)


def test_a_participant_has_a_seat_an_account_for_it_and_an_address(
    make_workshop: MakeWorkshop, lena: User, work: Work, django_capture_on_commit_callbacks: Any
) -> None:
    workshop = make_workshop(lena, closes_at=timezone.now() + timedelta(hours=3))
    with django_capture_on_commit_callbacks(execute=True):
        claim = take(workshop, name="  Max \t Mustermann\n", email=" MAX@Example.com ")
    assert (claim.name, claim.email, claim.state) == ("Max Mustermann", "max@example.com", "active")
    workspace, guest = claim.workspace, claim.guest
    assert workspace and guest and claim.seat and claim.seat.workspace == workspace
    assert (claim.workspace_public_id, claim.workspace_name) == (workspace.public_id, workspace.name)
    assert guest.is_guest and (guest.max_workspaces, guest.max_running) == (0, 0)
    assert guest.username.startswith("Max Mustermann (") and not USERNAME.fullmatch(guest.username)
    assert workspace_usable(Actor(guest, "browser"), workspace.public_id) == workspace
    assert workspace_usable(Actor(guest, "browser"), workspace.public_id).keep_awake_until == workshop.closes_at
    key = seat_address(claim.key_sealed).rstrip("/").rpartition("/")[2]
    assert len(key) >= 27 and claim.key_hash == key_hash(key) and claim_of_key(key) == claim
    event = AuditEvent.objects.get(action="workshop.claim")
    assert (event.workspace, event.owner_id, event.address) == (workspace.public_id, lena.pk, "192.0.2.7")
    assert event.meta == {"workshop": "python", "seat": 1, **MAX}
    work()
    workspace.refresh_from_db()
    assert workspace.state == "running"
    assert counts(workshop).free == 2


def test_a_second_claim_of_an_address_has_the_first_one_in_its_refusal(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena)
    first = take(workshop)
    with pytest.raises(AlreadyClaimed) as refused:
        take(workshop, name="Somebody else", email="Max@Example.COM")
    assert refused.value.claim == first
    assert Claim.objects.count() == 1 and User.objects.filter(is_guest=True).count() == 1


def test_when_seats_run_out_the_next_is_told_so_and_nothing_is_left_of_it(
    make_workshop: MakeWorkshop, lena: User
) -> None:
    workshop = make_workshop(lena, seats=1)
    take(workshop)
    with pytest.raises(NoneFree):
        take(workshop, email="eva@example.com")
    assert Claim.objects.count() == 1 and Share.objects.count() == 1


@pytest.mark.parametrize("name", ["", "  ", "\t\n", "\0", "\u200b", "\u202e"])
def test_a_name_is_required(name: str, make_workshop: MakeWorkshop, lena: User) -> None:
    with pytest.raises(Invalid) as refused:
        take(make_workshop(lena, seats=1), name=name)
    assert (refused.value.code, list(refused.value.details)) == ("NAME_REQUIRED", ["name"])


@pytest.mark.parametrize(
    "email", ["", "max", "max@", "@example.com", "max@example", "a b@example.com", "max@example.com, eva@example.com",
              "max\0@example.com", f"{'x' * 250}@a.de", "guest-1@guests.invalid"],
)  # fmt: skip
def test_what_is_no_address_is_refused(email: str, make_workshop: MakeWorkshop, lena: User) -> None:
    with pytest.raises(Invalid) as refused:
        take(make_workshop(lena, seats=1), email=email)
    assert (refused.value.code, list(refused.value.details)) == ("EMAIL_INVALID", ["email"])


def test_a_long_name_is_cut_and_two_of_one_name_are_two_accounts(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena)
    for number in range(3):
        claim = take(workshop, name="Ä" * 200, email=f"{number}@example.com")
        assert (len(claim.name), len(claim.guest.username if claim.guest else "")) == (100, 30)
    assert User.objects.filter(is_guest=True).count() == 3


@pytest.mark.parametrize(
    "columns",
    [{"state": "draft"}, {"state": "closed"}, {"state": "ended"}, {"opens_at": timedelta(minutes=1)},
     {"closes_at": timedelta(minutes=-1)}],
)  # fmt: skip
def test_a_workshop_that_is_not_open_gives_no_seats(
    columns: dict[str, Any], make_workshop: MakeWorkshop, lena: User
) -> None:
    now = timezone.now()
    given = {name: now + value if isinstance(value, timedelta) else value for name, value in columns.items()}
    workshop = make_workshop(lena, seats=1, **given)
    for make in (claim_make, waiting_join):
        with pytest.raises(Conflict) as refused:
            make(VISITOR, workshop, **MAX)
        assert refused.value.code == "WORKSHOP_NOT_OPEN"
    assert not Claim.objects.exists()


def test_it_may_have_closed_since_somebody_looked(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena, seats=1)
    Workshop.objects.update(state="closed")
    with pytest.raises(Conflict):
        take(workshop)


def test_an_access_code_is_asked_for_and_neither_blanks_nor_capitals_count(
    make_workshop: MakeWorkshop, lena: User
) -> None:
    workshop = make_workshop(lena, access_code_sealed=seal("Blue Whale 7"))
    for wrong in ("", "blue", "bluewhale77"):
        with pytest.raises(Forbidden) as refused:
            take(workshop, code=wrong)
        assert refused.value.code == "ACCESS_CODE" and "code" in refused.value.details
    assert take(workshop, code=" blueWHALE7 ").state == "active"
    assert AuditEvent.objects.filter(action="workshop.code_refused").count() == 3


def test_who_keeps_guessing_the_code_has_to_wait_and_those_who_know_it_are_not_counted(
    make_workshop: MakeWorkshop, lena: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claimants, "WRONG_CODES", 2)
    workshop = make_workshop(lena, access_code_sealed=seal("right"))
    for number in range(3):
        take(workshop, code="right", email=f"{number}@example.com")
    for error in (Forbidden, Forbidden, TooMany):
        with pytest.raises(error):
            take(workshop, code="wrong", email="eva@example.com")
    with pytest.raises(TooMany):
        take(workshop, code="right", email="eva@example.com")


def test_a_code_that_cannot_be_read_any_more_lets_nobody_in(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena, access_code_sealed="of another key")
    with pytest.raises(Forbidden):
        take(workshop, code="")


def test_seats_that_answer_soonest_go_first_and_broken_ones_never(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena, seats=4)
    first, second, third, _fourth = Seat.objects.order_by("number")
    Workspace.objects.filter(seat=first).update(state="error")
    Workspace.objects.filter(seat=second).update(state="stopped")
    Seat.objects.filter(pk=third.pk).update(ready_at=None)
    taken = [take(workshop, email=f"{number}@example.com").seat for number in range(2)]
    assert [seat.number for seat in taken if seat] == [4, 2]
    with pytest.raises(NoneFree):
        take(workshop)


def test_an_engine_that_is_away_does_not_keep_anybody_from_a_seat(
    make_workshop: MakeWorkshop, lena: User, engine: FakeEngine, django_capture_on_commit_callbacks: Any
) -> None:
    workshop = make_workshop(lena)
    engine.down = True
    engine_state.engine_forget()
    with django_capture_on_commit_callbacks(execute=True):
        claim = take(workshop)
    assert claim.state == "active"
