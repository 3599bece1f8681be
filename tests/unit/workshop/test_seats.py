"""Seats are made, kept warm, and made anew."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from accounts.models import AuditEvent, User
from spaces_site.errors import Unavailable
from tests.files_fixtures import VolumeOf
from tests.unit.workshop.test_workshops import by, claimed
from tests.workshop_fixtures import MakeWorkshop, snapshots_take
from tests.workspaces_fixtures import MakeWorkspace, Work
from workshop.models import Claim, Seat, Workshop
from workshop.round import seat_look, workshop_look
from workshop.services.seats import filling, seat_renew, seats_fill, seats_warm
from workshop.services.workshops import workshop_create
from workshop.transitions import claim_move
from workspaces import engine_state
from workspaces.engine.fake import FakeEngine
from workspaces.engine.faults import Killed
from workspaces.models import Alias, GatewaySession, GatewayTicket, Operation, PortShare, Share, Snapshot, Workspace
from workspaces.services import workspace_password_set, workspace_resume
from workspaces.states import State

pytestmark = pytest.mark.django_db


@pytest.fixture
def workshop(make_workspace: MakeWorkspace, lena: User) -> Workshop:
    """One that was made just now: nothing is ready."""
    source = make_workspace(lena, name="Prepared", memory_mb=1024)
    closes_at = timezone.now() + timedelta(hours=3)
    return workshop_create(
        by(lena), source=source, title="Python", seats=3, network_mode="none", memory_mb=512, closes_at=closes_at
    )


def workspaces(workshop: Workshop) -> list[Workspace]:
    return list(Workspace.objects.filter(seat__workshop=workshop).order_by("seat__number"))


def test_seats_wait_for_the_prepared_state_and_are_as_the_workshop_says(workshop: Workshop, work: Work) -> None:
    assert seats_fill(workshop) == 3
    assert seats_fill(workshop) == 0
    snapshots_take()
    work()
    made = workspaces(workshop)
    assert [one.name for one in made] == ["Python 1", "Python 2", "Python 3"]
    first = made[0]
    assert (first.state, first.is_seat, first.network_mode, first.memory_mb) == ("running", True, "none", 512)
    assert first.group == workshop.group and first.idle_stop_minutes == 0
    assert first.keep_awake_until is not None and workshop.closes_at is not None
    assert first.keep_awake_until > workshop.closes_at


def test_a_name_that_is_taken_is_passed_over(workshop: Workshop, make_workspace: MakeWorkspace, lena: User) -> None:
    make_workspace(lena, name="python 2")
    seats_fill(workshop)
    assert [one.name for one in workspaces(workshop)] == ["Python 1", "Python 2 (2)", "Python 3"]


def test_where_the_state_cannot_be_taken_the_workshop_says_so(workshop: Workshop) -> None:
    Snapshot.objects.filter(owner=workshop.owner).update(state="failed", error="the disk is full")
    assert seats_fill(workshop) == 0
    workshop.refresh_from_db()
    assert workshop.problem == "the disk is full"
    Snapshot.objects.filter(owner=workshop.owner).update(state="waiting", error="")
    assert seats_fill(workshop) == 3
    workshop.refresh_from_db()
    assert workshop.problem == ""


def test_a_seat_that_failed_is_made_anew_three_times_and_then_says_why(workshop: Workshop, lena: User) -> None:
    seats_fill(workshop)
    seen = set()
    for _try in range(5):
        failed = workspaces(workshop)[0]
        seen.add(failed.pk)
        Workspace.objects.filter(pk=failed.pk).update(state=State.ERROR, error="no room")
        Operation.objects.filter(workspace=failed).update(state="failed")
        seat_look(failed.pk)
    seat = Seat.objects.get(workshop=workshop, number=1)
    assert (len(seen), seat.attempts, seat.problem) == (4, 3, "no room")
    assert all(one.state != State.ERROR for one in workspaces(workshop)[1:])


def test_what_a_participant_has_is_not_made_anew_though_it_failed(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena)
    claim = claimed(workshop, 1)
    Workspace.objects.filter(claims=claim).update(state=State.ERROR)
    assert seats_fill(workshop) == 0
    assert Seat.objects.get(workshop=workshop, number=1).workspace == claim.workspace


def test_what_is_all_well_takes_few_questions_and_as_many_for_many_seats(
    make_workshop: MakeWorkshop, lena: User
) -> None:
    asked = []
    for number, seats in enumerate((2, 6)):
        workshop = make_workshop(lena, seats=seats, slug=f"w{number}", title=f"W{number}")
        with CaptureQueriesContext(connection) as context:
            workshop_look(workshop.pk)
        asked.append(len(context))
    assert asked[0] == asked[1] <= 5


def test_seats_that_run_show_their_page_and_are_paused(workshop: Workshop, engine: FakeEngine, work: Work) -> None:
    seats_fill(workshop)
    snapshots_take()
    work()
    engine.probed.clear()
    assert seats_warm(workshop) == 3
    assert engine.probed == [(13337, "/?folder=/workspace", "http")] * 6
    assert not Seat.objects.filter(workshop=workshop, ready_at=None).exists()
    work()
    assert {one.state for one in workspaces(workshop)} == {"paused"}
    assert seats_warm(workshop) == 0


def test_a_seat_is_warmed_as_soon_as_it_comes_to_rest(workshop: Workshop, work: Work) -> None:
    seats_fill(workshop)
    snapshots_take()
    work()
    for one in workspaces(workshop):
        seat_look(one.pk)
    work()
    assert {one.state for one in workspaces(workshop)} == {"paused"}


def test_a_claimed_seat_and_one_that_the_leader_looks_at_go_on(
    make_workshop: MakeWorkshop, lena: User, work: Work
) -> None:
    workshop = make_workshop(lena, seats=2)
    claimed(workshop, 1)
    for one in workspaces(workshop):
        workspace_resume(by(lena), one)
    work()
    assert seats_warm(workshop) == 0
    Workspace.objects.update(last_activity_at=timezone.now() - timedelta(minutes=6))
    assert seats_warm(workshop) == 1
    work()
    assert [one.state for one in workspaces(workshop)] == ["running", "paused"]


def test_a_seat_that_the_engine_has_lost_is_started_again_and_one_that_was_stopped_is_not(
    make_workshop: MakeWorkshop, lena: User, work: Work
) -> None:
    workshop = make_workshop(lena, seats=2)
    Workspace.objects.filter(seat__number=1).update(state=State.STOPPED, error_code="ENDED_OUTSIDE")
    Workspace.objects.filter(seat__number=2).update(state=State.STOPPED, error_code="")
    assert seats_warm(workshop) == 1
    assert [one.state for one in workspaces(workshop)] == ["starting", "stopped"]


def test_an_engine_that_is_silent_loses_no_seat(workshop: Workshop, engine: FakeEngine, work: Work) -> None:
    seats_fill(workshop)
    snapshots_take()
    work()
    engine.down = True
    engine_state.engine_forget()
    with pytest.raises(Unavailable):
        seats_warm(workshop)
    assert Seat.objects.filter(workshop=workshop, ready_at=None).count() == 3
    engine.down = False
    engine_state.engine_forget()
    assert seats_warm(workshop) == 3


def test_a_renewed_seat_has_another_workspace_and_the_old_one_is_put_away(
    make_workshop: MakeWorkshop, lena: User, work: Work
) -> None:
    workshop = make_workshop(lena, seats=2)
    claim = claimed(workshop, 1, "Max Mustermann")
    old = claim.workspace
    assert old is not None
    workspace_password_set(by(lena), old, "secret-word")
    PortShare.objects.create(workspace=old, port=3000, audience="people")
    Alias.objects.create(subdomain="max", workspace=old, port=3000)
    end = timezone.now() + timedelta(hours=1)
    GatewayTicket.objects.create(key_hash="t", workspace=old, user=lena, host="h", expires_at=end)
    GatewaySession.objects.create(key_hash="s", workspace=old, user=claim.guest, host="h", expires_at=end)
    seat = Seat.objects.get(workshop=workshop, number=1)
    seat_renew(by(lena), seat, keep_until=end, retired_name="Max\nMustermann")
    old.refresh_from_db()
    assert (old.name, old.group, old.state, old.expires_at) == (
        "Python for beginners 1 – Max Mustermann", None, "stopping", end,
    )  # fmt: skip
    assert not old.has_password
    for rows in (Share, PortShare, Alias, GatewaySession, GatewayTicket):
        assert not rows.objects.filter(workspace=old).exists()
    seat.refresh_from_db()
    assert seat.workspace is not None and seat.workspace != old and seat.ready_at is None
    assert (seat.workspace.name, seat.workspace.snapshot) == ("Python for beginners 1", workshop.snapshot)
    assert AuditEvent.objects.filter(action="workshop.seat.renew").count() == 1
    work()
    seat.workspace.refresh_from_db()
    assert seat.workspace.state == "running", seat.workspace.error
    claim_move(claim, Claim.State.RELEASED, from_=[Claim.State.ACTIVE])
    assert seats_warm(workshop) == 1


def test_twice_renewed_for_the_same_name_keeps_both_and_none_is_kept_for_nobody(
    make_workshop: MakeWorkshop, lena: User, work: Work
) -> None:
    workshop = make_workshop(lena, seats=1)
    seat = Seat.objects.get(workshop=workshop)
    end = timezone.now() + timedelta(hours=1)
    for _twice in range(2):
        seat_renew(SYSTEM, seat, keep_until=end, retired_name="Max " * 40)
    names = list(Workspace.objects.filter(expires_at=end).order_by("pk").values_list("name", flat=True))
    assert len(set(names)) == 2 and all(len(name) <= 100 for name in names)
    last = seat.workspace
    seat_renew(SYSTEM, seat, keep_until=None, retired_name="x")
    work()
    assert last is not None and not Workspace.objects.filter(pk=last.pk).exists()


def test_a_seat_of_a_workshop_that_is_over_gets_nothing_new(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena, seats=1, state="ended")
    seat = Seat.objects.get(workshop=workshop)
    seat_renew(SYSTEM, seat, keep_until=None, retired_name="x")
    seat.refresh_from_db()
    assert seat.workspace is None


def test_an_adopted_seat_of_nothing_prepared_is_made_anew_as_its_row_says(
    make_workspace: MakeWorkspace, lena: User, work: Work, volume_of: VolumeOf
) -> None:
    old = make_workspace(lena, name="Workshop 3", memory_mb=1024, starter="python-flask", group="Workshop")
    workshop = Workshop.objects.create(
        owner=lena, slug="w", title="Workshop", adopts="Workshop", state="open", seats_most=100
    )
    seat = Seat.objects.create(workshop=workshop, number=3, workspace=old, ready_at=timezone.now())
    lena.max_workspaces = 1
    lena.save()
    seat_renew(Actor(None, "open"), seat, keep_until=timezone.now() + timedelta(hours=1), retired_name="Max")
    seat.refresh_from_db()
    new = seat.workspace
    assert new is not None and new != old
    assert (new.name, new.memory_mb, new.starter, new.is_seat) == ("Workshop 3", 1024, "python-flask", False)
    assert new.group is not None and new.group.name == "Workshop"
    work()
    new.refresh_from_db()
    assert new.state == "running", new.error


def test_a_worker_that_is_killed_half_way_leaves_what_the_next_one_completes(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "AT_ONCE", 2)
    made, make = 0, filling.seats_make

    def dies(*args: Any) -> None:
        nonlocal made
        make(*args)
        made += 1
        if made == 2:
            raise Killed

    monkeypatch.setattr(filling, "seats_make", dies)
    with pytest.raises(Killed):
        seats_fill(workshop)
    assert len(workspaces(workshop)) == 2 == Workspace.objects.filter(is_seat=True).count()
    assert seats_fill(workshop) == 1
    assert [one.name for one in workspaces(workshop)] == ["Python 1", "Python 2", "Python 3"]
    assert Workspace.objects.filter(is_seat=True).count() == 3
