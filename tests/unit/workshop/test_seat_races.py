"""Many at once make, take and give up seats; on SQLite, and once more on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from spaces_site.errors import SpacesError
from tests.unit.workshop.both_databases import on_postgres
from tests.workshop_fixtures import MakeWorkshop
from tests.workspaces_fixtures import MakeWorkspace
from workshop.models import Claim, Seat, Workshop
from workshop.round import workshop_look
from workshop.services.claiming import claim_make
from workshop.services.seats import seat_renew, seats_fill
from workshop.services.workshops import workshop_change, workshop_create, workshop_end
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db(transaction=True)
HERE = Path(__file__)
VISITOR = Actor(None, "browser", "192.0.2.7")


def together(*work: Callable[[], object]) -> None:
    """All of it at the same moment, each in a thread; what is refused is no error here, what breaks is."""
    gate, broken = threading.Barrier(len(work)), []

    def run(one: Callable[[], object]) -> None:
        gate.wait()
        try:
            one()
        except SpacesError:
            pass
        except Exception as error:
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not broken, broken


def test_ten_who_fill_at_once_make_each_seat_once(make_workspace: MakeWorkspace, lena: User) -> None:
    source = make_workspace(lena, name="Prepared")
    workshop = workshop_create(Actor(lena, "browser"), source=source, title="Race", seats=12)
    together(*[lambda: seats_fill(Workshop.objects.get(pk=workshop.pk))] * 10)
    assert Seat.objects.filter(workshop=workshop).count() == 12
    assert Workspace.objects.filter(is_seat=True).count() == 12


def test_a_seat_that_is_claimed_while_seats_go_is_not_one_of_them(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena, seats=6)

    def come(number: int) -> Callable[[], object]:
        return lambda: claim_make(VISITOR, workshop, name=f"P{number}", email=f"p{number}@example.org")

    def fewer() -> None:
        workshop_change(Actor(lena, "browser"), workshop, seats=1)
        workshop_look(workshop.pk)

    together(*[come(number) for number in range(5)], fewer, fewer)
    claims = list(Claim.objects.filter(workshop=workshop, state="active"))
    assert claims and all(claim.seat_id and claim.workspace_id for claim in claims)
    assert Seat.objects.filter(workshop=workshop).count() == len(claims)
    assert {claim.workspace_id for claim in claims} == set(Seat.objects.values_list("workspace", flat=True))


def test_a_seat_renewed_by_many_at_once_has_one_workspace_in_the_end(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena, seats=1)
    seat = Seat.objects.get(workshop=workshop)
    together(
        *[lambda: seat_renew(SYSTEM, seat, keep_until=None, retired_name="X")] * 4,
        *[lambda: workshop_look(workshop.pk)] * 2,
    )
    seat.refresh_from_db()
    assert seat.workspace is not None and seat.workspace.expires_at is None
    assert Workspace.objects.filter(is_seat=True, expires_at=None).count() == 1


def test_nobody_gets_a_seat_of_a_workshop_that_ends_at_the_same_moment(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena, seats=3)
    together(
        *[lambda: claim_make(VISITOR, workshop, name="A", email="a@example.org")] * 3,
        *[lambda: workshop_end(Actor(lena, "browser"), workshop)] * 3,
    )
    assert not Claim.objects.filter(workshop=workshop, state__in=("active", "waiting")).exists()
    assert Workshop.objects.get(pk=workshop.pk).state == "ended"


def test_the_same_on_postgresql(postgres_url: str) -> None:
    on_postgres(postgres_url, HERE, "not on_postgresql")
