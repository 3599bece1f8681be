"""What workshops do by themselves: each step when it is due, late, twice, and when another one is broken."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from tests.unit.workshop.test_workshops import by, claimed
from tests.workshop_fixtures import MakeWorkshop
from tests.workspaces_fixtures import Work
from workshop import round as rounds
from workshop.models import Claim, Seat, Workshop
from workshop.round import seat_look, workshop_look, workshops_round
from workshop.services.workshops import workshop_end
from workspaces import engine_state
from workspaces.engine.fake import FakeEngine
from workspaces.models import Workspace
from workspaces.snapshots import expire_round
from workspaces.states import State

pytestmark = pytest.mark.django_db
NOW = timezone.now


def late(workshop: Workshop, **columns: object) -> None:
    Workshop.objects.filter(pk=workshop.pk).update(**columns)


def state_of(workshop: Workshop) -> str:
    workshop.refresh_from_db()
    return workshop.state


def waiting(workshop: Workshop, number: int) -> Claim:
    return Claim.objects.create(
        workshop=workshop, name=f"W{number}", email=f"w{number}@example.org", key_hash=f"w{number}", key_sealed="",
        state="waiting",
    )  # fmt: skip


def test_without_workshops_it_asks_next_to_nothing(django_assert_max_num_queries: object) -> None:
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        workshops_round()


def test_it_opens_closes_and_ends_by_time(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena, state="draft", opens_at=NOW() + timedelta(hours=1))
    workshops_round()
    assert state_of(workshop) == "draft"
    late(workshop, opens_at=NOW() - timedelta(seconds=1), closes_at=NOW() + timedelta(hours=1))
    for _twice in range(2):
        workshops_round()
    assert state_of(workshop) == "open"
    late(workshop, closes_at=NOW() - timedelta(seconds=1))
    for _twice in range(2):
        workshops_round()
    assert state_of(workshop) == "closed"
    late(workshop, closes_at=NOW() - timedelta(hours=1))
    for _twice in range(2):
        workshops_round()
    assert state_of(workshop) == "ended"


def test_one_that_was_missed_altogether_ends_at_once_and_one_that_never_opened_does_not_open(
    make_workshop: MakeWorkshop, lena: User
) -> None:
    times = {"opens_at": NOW() - timedelta(days=2), "closes_at": NOW() - timedelta(days=1)}
    opened = make_workshop(lena, **times)
    never = make_workshop(lena, slug="never", title="Never", state="draft", **times)
    workshops_round()
    assert (state_of(opened), state_of(never)) == ("ended", "draft")


def test_a_broken_workshop_keeps_no_other_from_its_turn(make_workshop: MakeWorkshop, lena: User) -> None:
    due = {"state": "draft", "opens_at": NOW() - timedelta(seconds=1)}
    make_workshop(lena, slug="a", title="A", **due)
    make_workshop(lena, slug="b", title="B", **due)
    opened = rounds.workshop_open

    def breaks(actor: object, workshop: Workshop) -> None:
        if workshop.slug == "b":  # whose turn comes first
            raise ZeroDivisionError
        opened(actor, workshop)  # type: ignore[arg-type]

    with patch.object(rounds, "workshop_open", breaks):
        workshops_round()
    assert dict(Workshop.objects.values_list("slug", "state")) == {"a": "open", "b": "draft"}


def test_a_workshop_of_a_locked_account_does_nothing(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena, state="draft", opens_at=NOW() - timedelta(seconds=1))
    User.objects.filter(pk=lena.pk).update(is_active=False)
    workshops_round()
    assert state_of(workshop) == "draft"


def test_who_waits_gets_a_seat_and_more_are_made_up_to_the_limit(
    make_workshop: MakeWorkshop, lena: User, work: Work
) -> None:
    workshop = make_workshop(lena, seats=1, seats_most=3)
    people = [waiting(workshop, number) for number in range(4)]
    workshops_round()
    assert Claim.objects.get(pk=people[0].pk).state == "active"
    workshop.refresh_from_db()
    assert workshop.seats_wanted == 3 and Seat.objects.filter(workshop=workshop).count() == 3
    work()
    for workspace in Workspace.objects.filter(seat__workshop=workshop, seat__ready_at=None):
        seat_look(workspace.pk)  # paused by this, and then given away
    work()
    for workspace in Workspace.objects.filter(seat__workshop=workshop):
        seat_look(workspace.pk)
    assert Claim.objects.filter(workshop=workshop, state="active").count() == 3
    workshops_round()
    workshop.refresh_from_db()
    assert workshop.seats_wanted == 3


def test_a_seat_that_nobody_opened_is_taken_back(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena, no_show_minutes=15)
    late_one, here, new = (claimed(workshop, number, name) for number, name in ((1, "A"), (2, "B"), (3, "C")))
    long_ago = NOW() - timedelta(minutes=16)
    Claim.objects.filter(pk__in=[late_one.pk, here.pk]).update(claimed_at=long_ago)
    Claim.objects.filter(pk=here.pk).update(opened_at=long_ago)
    for _twice in range(2):
        workshops_round()
    states = [Claim.objects.get(pk=one.pk).state for one in (late_one, here, new)]
    assert states == ["released", "active", "active"]
    assert Claim.objects.get(pk=late_one.pk).released_because == "no_show"


def test_after_the_end_seats_stop_and_are_gone_when_the_time_of_grace_is_over(
    make_workshop: MakeWorkshop, lena: User, engine: FakeEngine, work: Work
) -> None:
    workshop = make_workshop(lena, grace_hours=24)
    claim = claimed(workshop, 1)
    workshop_end(by(lena), workshop)
    workshops_round()
    work()
    assert {one.state for one in Workspace.objects.filter(is_seat=True)} == {"stopped"}
    ended = NOW() - timedelta(hours=25)
    late(workshop, ended_at=ended)
    Claim.objects.filter(pk=claim.pk).update(files_until=NOW())
    Workspace.objects.filter(is_seat=True).update(expires_at=NOW())
    workshops_round()
    assert Seat.objects.filter(workshop=workshop).count() == 3  # their workspaces are still there
    expire_round(engine)
    work()
    for _twice in range(2):
        workshops_round()
    workshop.refresh_from_db()
    claim.refresh_from_db()
    assert not Workspace.objects.filter(is_seat=True).exists() and workshop.snapshot is None
    assert (claim.name, claim.take_home_hash, claim.guest) == ("Max", "", None)
    assert not Seat.objects.exists() and not User.objects.filter(is_guest=True).exists()


def test_seats_that_are_kept_are_left_alone(make_workshop: MakeWorkshop, lena: User, work: Work) -> None:
    workshop = make_workshop(lena, at_end="keep")
    workshop_end(by(lena), workshop)
    late(workshop, ended_at=NOW() - timedelta(days=100))
    workshops_round()
    work()
    assert {one.state for one in Workspace.objects.filter(is_seat=True)} == {"paused"}


def test_seats_that_are_deleted_at_the_end_are_gone_at_once(
    make_workshop: MakeWorkshop, lena: User, engine: FakeEngine, work: Work
) -> None:
    workshop = make_workshop(lena, at_end="delete")
    workshop_end(by(lena), workshop)
    expire_round(engine)
    work()
    workshop_look(workshop.pk)
    assert not Seat.objects.exists() and not Workspace.objects.filter(is_seat=True).exists()


def test_while_the_engine_is_silent_nothing_is_lost(
    make_workshop: MakeWorkshop, lena: User, engine: FakeEngine
) -> None:
    workshop = make_workshop(lena, no_show_minutes=5, state="draft", opens_at=NOW() - timedelta(seconds=1))
    claim = claimed(workshop, 1)
    Claim.objects.filter(pk=claim.pk).update(claimed_at=NOW() - timedelta(hours=1))
    Workspace.objects.filter(seat__number=2).update(state=State.STOPPED, error_code="ENDED_OUTSIDE")
    engine.down = True
    engine_state.engine_forget()
    workshops_round()
    assert state_of(workshop) == "open"
    engine.down = False
    engine_state.engine_forget()
    workshops_round()
    assert Claim.objects.get(pk=claim.pk).state == "released"
    assert Workspace.objects.get(seat__number=2).state == "starting"


def test_the_end_by_time_mails_the_links_where_mail_is_set_up(
    make_workshop: MakeWorkshop, lena: User, settings: object, django_capture_on_commit_callbacks: object
) -> None:
    settings.MAIL_IS_SENT = True  # type: ignore[attr-defined]
    workshop = make_workshop(lena, closes_at=NOW() - timedelta(hours=2), language="de")
    claimed(workshop, 1)
    workshops_round()
    from workshop.services.taking_home import take_home_mail

    assert take_home_mail(workshop.pk) == 1 and take_home_mail(0) == 0
    [sent] = mail.outbox[-1:]
    assert sent.to == ["Max@example.org"] and "/workshop/take-home/" in sent.body
