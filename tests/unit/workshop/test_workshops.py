"""Making, changing, opening, closing, ending and deleting a workshop."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from tests.workshop_fixtures import MakeWorkshop, snapshots_take
from tests.workspaces_fixtures import MakeWorkspace, Work
from workshop.models import Claim, Seat, Workshop
from workshop.selectors import counts
from workshop.services.seats import seats_fill
from workshop.services.workshops import (
    workshop_change,
    workshop_close,
    workshop_create,
    workshop_delete,
    workshop_end,
    workshop_open,
    workshop_retake,
)
from workshop.transitions import claim_move
from workspaces import engine_state
from workspaces.engine.fake import FakeEngine
from workspaces.models import Share, Snapshot, Workspace
from workspaces.sealing import unseal
from workspaces.states import State

pytestmark = pytest.mark.django_db


def by(user: User) -> Actor:
    return Actor(user, "browser")


@pytest.fixture
def source(make_workspace: MakeWorkspace, lena: User) -> Workspace:
    return make_workspace(lena, name="Prepared")


def claimed(workshop: Workshop, number: int, name: str = "Max") -> Claim:
    seat = Seat.objects.get(workshop=workshop, number=number)
    guest = User.objects.create_user(f"guest-{number}@guests.invalid", f"{name} #{number}", is_guest=True)
    assert seat.workspace
    Share.objects.create(workspace=seat.workspace, user=guest)
    return Claim.objects.create(
        workshop=workshop, seat=seat, workspace=seat.workspace, name=name, email=f"{name}@example.org", guest=guest,
        key_hash=str(number), key_sealed="", claimed_at=timezone.now(),
    )  # fmt: skip


def test_a_workshop_has_a_group_a_snapshot_and_a_name_in_addresses(source: Workspace, lena: User) -> None:
    made = workshop_create(by(lena), source=source, title="Python für Anfänger", seats=3, access_code="schnecke")
    assert (made.slug, made.state, made.seats_wanted, made.seats_most) == ("python-fuer-anfaenger", "draft", 3, 3)
    assert made.group is not None and made.group.name == "Python fuer Anfaenger"
    assert made.snapshot is not None and made.snapshot.purpose == Snapshot.Purpose.WORKSHOP
    assert unseal(made.access_code_sealed) == "schnecke"
    event = AuditEvent.objects.get(action="workshop.create")
    assert event.owner_id == lena.pk and "schnecke" not in str(event.meta)


def test_two_of_one_title_have_addresses_of_their_own(source: Workspace, lena: User) -> None:
    slugs = [workshop_create(by(lena), source=source, title="Mine", seats=1).slug for _ in range(2)]
    assert slugs == ["mine-2", "mine-3"]  # /workshop/mine/ is something else
    with pytest.raises(Conflict) as error:
        workshop_create(by(lena), source=source, title="Other", seats=1, slug="mine-2")
    assert error.value.code == "SLUG_TAKEN" and "slug" in error.value.details


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 81}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"seats": 0}, "seats"),
        ({"seats": 101}, "seats"),
        ({"seats": 3, "seats_most": 2}, "seats_most"),
        ({"slug": "Ö"}, "slug"),
        ({"slug": "seat"}, "slug"),
        ({"language": "fr"}, "language"),
        ({"network_mode": "host"}, "network_mode"),
        ({"memory_mb": 1}, "memory_mb"),
        ({"at_end": "burn"}, "at_end"),
        ({"grace_hours": -1}, "grace_hours"),
        ({"no_show_minutes": 5000}, "no_show_minutes"),
        ({"access_code": "x" * 41}, "access_code"),
        ({"closes_at": timezone.now() - timedelta(hours=1)}, "closes_at"),
        (
            {"opens_at": timezone.now() + timedelta(hours=2), "closes_at": timezone.now() + timedelta(hours=1)},
            "closes_at",
        ),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    source: Workspace, lena: User, wishes: dict[str, object], field: str
) -> None:
    usual = {"title": "T", "seats": 1}
    with pytest.raises(Invalid) as error:
        workshop_create(by(lena), source=source, **{**usual, **wishes})  # type: ignore[arg-type]
    assert list(error.value.details) == [field]
    assert not Workshop.objects.exists()


def test_only_leaders_make_one_and_only_of_their_own(source: Workspace, alice: User, root: User, lena: User) -> None:
    with pytest.raises(Forbidden) as error:
        workshop_create(by(alice), source=source, title="T", seats=1)
    assert error.value.code == "LEADERS_ONLY"
    theirs = Workspace.objects.get(pk=source.pk)
    Workspace.objects.filter(pk=source.pk).update(owner=root)
    with pytest.raises(NotFound):
        workshop_create(by(lena), source=theirs, title="T", seats=1)
    assert workshop_create(by(root), source=theirs, title="T", seats=1).owner == root


def test_without_an_engine_there_is_no_workshop(source: Workspace, lena: User, engine: FakeEngine) -> None:
    engine.down = True
    engine_state.engine_forget()
    with pytest.raises(Unavailable):
        workshop_create(by(lena), source=source, title="T", seats=1)
    assert not Workshop.objects.exists()


def test_more_seats_are_made_and_of_fewer_the_free_ones_go(
    make_workshop: MakeWorkshop, lena: User, work: Work
) -> None:
    workshop = make_workshop(lena, seats=3)
    claimed(workshop, 3)
    workshop_change(by(lena), workshop, seats=1)
    workshop.refresh_from_db()
    seats_fill(workshop)
    assert list(Seat.objects.filter(workshop=workshop).values_list("number", flat=True)) == [3]
    workshop_change(by(lena), workshop, seats=2)
    workshop.refresh_from_db()
    assert workshop.seats_most == 3  # as it was: nobody said otherwise
    seats_fill(workshop)
    assert list(Seat.objects.filter(workshop=workshop).values_list("number", flat=True)) == [1, 3]


def test_a_change_is_said_in_the_audit_and_a_stranger_makes_none(
    make_workshop: MakeWorkshop, lena: User, root: User, alice: User
) -> None:
    workshop = make_workshop(lena)
    workshop_change(by(lena), workshop, title="Rust", access_code="abc")
    assert AuditEvent.objects.get(action="workshop.change").meta["fields"] == ["access_code", "title"]
    with pytest.raises(NotFound):
        workshop_change(by(alice), workshop, title="Mine now")
    workshop_change(by(root), workshop, title="Go")
    workshop.refresh_from_db()
    assert workshop.title == "Go"


def test_it_opens_at_once_whatever_time_it_was_to(make_workshop: MakeWorkshop, lena: User, alice: User) -> None:
    workshop = make_workshop(lena, state="draft", opens_at=timezone.now() + timedelta(days=1))
    with pytest.raises(Conflict):
        workshop_close(by(lena), workshop)
    with pytest.raises(NotFound):
        workshop_open(by(alice), workshop)
    for _twice in range(2):
        workshop_open(by(lena), workshop)
    workshop.refresh_from_db()
    assert workshop.state == "open" and workshop.opens_at is not None and workshop.opens_at <= timezone.now()
    for _twice in range(2):
        workshop_close(by(lena), workshop)
    assert AuditEvent.objects.filter(action__in=["workshop.open", "workshop.close"]).count() == 2
    Workshop.objects.filter(pk=workshop.pk).update(closes_at=timezone.now())
    with pytest.raises(Conflict) as error:
        workshop_open(by(lena), workshop)
    assert error.value.code == "WORKSHOP_CLOSES"


def test_the_end_takes_seats_back_and_gives_links_to_what_was_made(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena, grace_hours=24)
    claim = claimed(workshop, 1)
    waiting = Claim.objects.create(
        workshop=workshop, name="W", email="w@example.org", key_hash="w", key_sealed="", state="waiting"
    )
    for _twice in range(2):
        workshop_end(by(lena), workshop)
    for row in (workshop, claim, waiting):
        row.refresh_from_db()
    assert workshop.state == "ended" and (claim.state, claim.released_because) == ("released", "end")
    assert waiting.state == "left"
    assert claim.take_home_hash and claim.files_until is not None
    assert abs(claim.files_until - timezone.now() - timedelta(hours=24)) < timedelta(minutes=1)
    assert claim.guest is not None and not claim.guest.is_active
    assert claim.workspace is not None and claim.workspace.expires_at == claim.files_until
    assert not Share.objects.filter(workspace=claim.workspace).exists()
    assert AuditEvent.objects.filter(action="workshop.end").count() == 1
    with pytest.raises(Conflict):
        workshop_open(by(lena), workshop)
    with pytest.raises(Conflict):
        workshop_change(by(lena), workshop, title="Again")


def test_seats_that_are_kept_stay_whose_they_are(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena)
    claim = claimed(workshop, 1)
    workshop_end(by(lena), workshop, at_end="keep")
    claim.refresh_from_db()
    assert claim.state == "active" and claim.take_home_hash
    assert claim.workspace is not None and claim.workspace.expires_at is None
    assert Share.objects.filter(workspace=claim.workspace).exists()


def test_a_deleted_workshop_leaves_nothing_but_the_source(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena)
    claimed(workshop, 1)
    with pytest.raises(Conflict):
        workshop_delete(by(lena), workshop)
    workshop_close(by(lena), workshop)
    workshop_delete(by(lena), workshop)
    assert not Workshop.objects.exists() and not User.objects.filter(is_guest=True).exists()
    left = Workspace.objects.filter(expires_at=None)
    assert [one.name for one in left] == ["Python for beginners source"]
    assert Workspace.objects.filter(is_seat=True, expires_at__lte=timezone.now()).count() == 3


def test_taking_the_state_anew_makes_free_seats_anew_and_leaves_the_others(
    make_workshop: MakeWorkshop, lena: User, work: Work
) -> None:
    workshop = make_workshop(lena, seats=2)
    claim = claimed(workshop, 1)
    free = Seat.objects.get(workshop=workshop, number=2).workspace
    workshop_retake(by(lena), workshop)
    workshop.refresh_from_db()
    seats_fill(workshop)
    assert Seat.objects.get(workshop=workshop, number=2).workspace == free  # the new state is not there yet
    snapshots_take()
    workshop.refresh_from_db()
    assert seats_fill(workshop) == 1
    renewed = Seat.objects.get(workshop=workshop, number=2).workspace
    assert renewed is not None and renewed != free and renewed.snapshot == workshop.snapshot
    assert Seat.objects.get(workshop=workshop, number=1).workspace == claim.workspace
    Workspace.objects.filter(name=workshop.source.name if workshop.source else "").update(state=State.DELETING)
    with pytest.raises(Conflict):
        workshop_retake(by(lena), workshop)


def test_a_released_claim_is_no_claim_of_the_seat(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena, seats=2)
    claim = claimed(workshop, 1)
    assert counts(workshop).claimed == 1
    claim_move(claim, Claim.State.RELEASED, from_=[Claim.State.ACTIVE])
    workshop_change(by(lena), workshop, seats=1)
    workshop.refresh_from_db()
    seats_fill(workshop)
    assert list(Seat.objects.filter(workshop=workshop).values_list("number", flat=True)) == [1]
