"""Workshops in the administration: leaders see their own, actions go through the services, nothing sealed is shown."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent, User
from tests.accounts_fixtures import as_
from tests.unit.workspaces.administering import run
from tests.workshop_fixtures import MakeWorkshop
from workshop.models import Claim, Push, PushResult, Rehearsal, Seat, Workshop
from workshop.services.claiming import claim_make
from workspaces.models import Workspace
from workspaces.sealing import seal

WORKSHOPS, SEATS, CLAIMS = "/admin/workshop/workshop/", "/admin/workshop/seat/", "/admin/workshop/claim/"
PUSHES, REHEARSALS = "/admin/workshop/push/", "/admin/workshop/rehearsal/"
TABLES = (WORKSHOPS, SEATS, CLAIMS, PUSHES, REHEARSALS)
Enrol = Callable[..., Claim]


@pytest.fixture(autouse=True)
def room(settings: Any) -> None:
    settings.MAX_WORKSPACES_PER_USER = settings.MAX_CONCURRENT_WORKSPACES = 50


@pytest.fixture
def workshop(lena: User, make_workshop: MakeWorkshop) -> Workshop:
    """Lena's, with two seats that are ready and an access code."""
    return make_workshop(lena, seats=2, access_code_sealed=seal("open sesame"))


@pytest.fixture
def other(lena: User, alice: User, workshop: Workshop) -> Workshop:
    """Alice's, with a seat, a claim, a push and a rehearsal."""
    made = Workshop.objects.create(owner=alice, slug="secret", title="Secret club", state="open")
    seat = Seat.objects.create(workshop=made, number=7)
    enrolled(made, "Zoe Hidden", seat=seat)
    together(made, seat)
    return made


def enrolled(workshop: Workshop, name: str, **columns: Any) -> Claim:
    """A claim's row as it is, without a workspace behind it."""
    number = Claim.objects.count()
    values = {"email": f"p{number}@example.org", "key_hash": f"hash-{number}", "key_sealed": f"sealed-{number}"}
    return Claim.objects.create(workshop=workshop, name=name, claimed_at=timezone.now(), **values | columns)


def together(workshop: Workshop, seat: Seat) -> None:
    push = Push.objects.create(
        workshop=workshop, kind="files", file_names=["task.md"], files_sealed="sealed-files", actor=workshop.owner
    )
    PushResult.objects.create(push=push, seat=seat, state="done", output="written")
    Rehearsal.objects.create(workshop=workshop, seats=2, state="done", verdict="go", results=[{"seat": 1}])


@pytest.fixture
def leader(lena: User) -> Client:
    return as_(lena)


def listed(client: Client, url: str, **asked: str) -> list[Any]:
    answer = client.get(url, asked)
    assert answer.status_code == 200
    return list(answer.context["cl"].queryset)


def state_of(row: Any) -> str:
    row.refresh_from_db()
    return str(row.state)


@pytest.mark.parametrize("url", TABLES)
def test_a_leader_sees_the_rows_of_their_own_workshops(
    url: str, leader: Client, workshop: Workshop, other: Workshop, admin: Client
) -> None:
    enrolled(workshop, "Ada Own")
    together(workshop, workshop.seats.get(number=1))
    mine, all_rows = listed(leader, url), listed(admin, url)
    assert mine and len(mine) < len(all_rows)
    assert {getattr(row, "workshop", row) for row in mine} == {workshop}
    page = leader.get(url).content.decode()
    assert "Secret club" not in page and "Zoe" not in page, "nor among the choices of a filter"
    for asked in ({"q": "secret"}, {"q": "zoe"}):
        assert listed(leader, url, **asked) == []
    assert "Secret club" in admin.get(url).content.decode()


@pytest.mark.parametrize("url", TABLES)
def test_by_address_anothers_is_not_found_and_ones_own_opens(
    url: str, leader: Client, workshop: Workshop, other: Workshop, admin: Client
) -> None:
    enrolled(workshop, "Ada Own")
    together(workshop, workshop.seats.get(number=1))
    (mine, *_more), theirs = listed(leader, url), listed(admin, url)
    hidden = next(row for row in theirs if getattr(row, "workshop", row) == other)
    assert leader.get(f"{url}{mine.pk}/change/").status_code == 200
    assert leader.get(f"{url}{hidden.pk}/change/").headers["Location"] == "/admin/"
    for rest in ("delete/", "history/"):
        assert leader.get(f"{url}{hidden.pk}/{rest}").status_code in (302, 403)


@pytest.mark.parametrize("url", TABLES)
def test_nothing_is_typed_here(url: str, admin: Client, other: Workshop) -> None:
    (row, *_more) = listed(admin, url)
    assert admin.get(f"{url}add/").status_code == 403
    for rest in ("change/", "delete/"):
        assert admin.post(f"{url}{row.pk}/{rest}", {"title": "x", "name": "x", "post": "yes"}).status_code == 403


def test_nothing_that_is_sealed_is_shown(admin: Client, workshop: Workshop, other: Workshop) -> None:
    Workshop.objects.filter(pk=other.pk).update(access_code_sealed="sealed-code")
    pages = [f"{url}{row.pk}/change/" for url in TABLES for row in listed(admin, url)]
    for url in (*TABLES, *pages):
        page = admin.get(url).content.decode()
        assert "sealed-" not in page and "hash-" not in page and "open sesame" not in page, url


@pytest.mark.parametrize("url", TABLES)
def test_more_rows_are_not_more_queries(url: str, admin: Client, other: Workshop, alice: User, root: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert admin.get(url).status_code == 200
        return len(seen)

    queries()
    few = queries()
    for number in range(8):
        made = Workshop.objects.create(owner=root, slug=f"more-{number}", title=f"More {number}")
        seat = Seat.objects.create(workshop=made, number=1)
        enrolled(made, "Somebody", seat=seat)
        together(made, seat)
    assert queries() == few


def test_the_list_counts_seats_claims_and_who_waits(leader: Client, workshop: Workshop) -> None:
    enrolled(workshop, "Ada", seat=workshop.seats.get(number=1))
    enrolled(workshop, "Ben", state="released", seat=workshop.seats.get(number=1))
    enrolled(workshop, "Cem", state="waiting")
    (row,) = listed(leader, WORKSHOPS)
    assert (row.seats_count, row.claimed_count, row.waiting_count) == (2, 1, 1)


def test_a_workshops_page_has_its_seats_and_claims_with_the_history(leader: Client, workshop: Workshop) -> None:
    enrolled(workshop, "Ada", seat=workshop.seats.get(number=1))
    enrolled(workshop, "Ben", state="released", released_because="no_show")
    page = leader.get(f"{WORKSHOPS}{workshop.pk}/change/").content.decode()
    for shown in ("Ada", "Ben", "never opened", "Python for beginners 2", 'href="/workshops/python/"'):
        assert shown in page


def test_opening_and_closing_go_through_the_services(leader: Client, workshop: Workshop, lena: User) -> None:
    assert run(leader, WORKSHOPS, "close", workshop) == ["Done for 1 workshop."]
    assert state_of(workshop) == "closed"
    run(leader, WORKSHOPS, "open", workshop)
    assert state_of(workshop) == "open"
    assert set(AuditEvent.objects.filter(actor=lena).values_list("action", flat=True)) >= {
        "workshop.close", "workshop.open"
    }  # fmt: skip


def test_ending_goes_through_the_service_and_is_refused_a_way_back(leader: Client, workshop: Workshop) -> None:
    run(leader, WORKSHOPS, "end", workshop)
    assert state_of(workshop) == "ended"
    *_before, said = run(leader, WORKSHOPS, "open", workshop)
    assert said.startswith("Python for beginners: ")


def test_missing_seats_are_made(leader: Client, workshop: Workshop, lena: User) -> None:
    Workshop.objects.filter(pk=workshop.pk).update(seats_wanted=3, seats_most=3)
    assert run(leader, WORKSHOPS, "fill", workshop) == ["1 seat is being made."]
    assert run(leader, WORKSHOPS, "fill", workshop)[-1] == "0 seats are being made."
    assert workshop.seats.filter(workspace__isnull=False).count() == 3


@pytest.mark.parametrize("action", ["open", "close", "end", "fill"])
def test_an_action_on_another_leaders_workshop_does_nothing(
    action: str, leader: Client, workshop: Workshop, other: Workshop
) -> None:
    before = Workshop.objects.values().get(pk=other.pk)
    run(leader, WORKSHOPS, action, other)
    assert Workshop.objects.values().get(pk=other.pk) == before
    assert Seat.objects.filter(workshop=other).count() == 1


def test_a_claim_is_released_by_the_service_once(
    leader: Client, workshop: Workshop, visitor: Any, lena: User
) -> None:
    claim = claim_make(visitor, workshop, name="Ada", email="ada@example.org", code="open sesame")
    assert run(leader, CLAIMS, "release", claim) == ["1 seat was released."]
    assert state_of(claim) == "released"
    assert AuditEvent.objects.get(action="workshop.release").actor == lena
    assert run(leader, CLAIMS, "release", claim)[-1] == "None of them has a seat."


def test_another_leaders_claim_is_not_released(leader: Client, other: Workshop) -> None:
    claim = Claim.objects.get(workshop=other)
    run(leader, CLAIMS, "release", claim)
    assert state_of(claim) == "active"


def exported(client: Client, url: str, *rows: Any) -> tuple[Any, list[list[str]]]:
    answer = client.post(url, {"action": "export", "_selected_action": [row.pk for row in rows]})
    if not answer.headers["Content-Type"].startswith("text/csv"):
        return answer, []
    return answer, list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_claims_are_exported_with_their_history_and_without_keys(
    leader: Client, workshop: Workshop, lena: User
) -> None:
    claims = [
        enrolled(workshop, " =HYPERLINK(1)", seat=workshop.seats.get(number=2)),
        enrolled(workshop, 'Ben "B"', state="released", released_because="leader"),
    ]
    for url, rows in ((WORKSHOPS, [workshop]), (CLAIMS, claims)):
        answer, (head, *lines) = exported(leader, url, *rows)
        assert head[:4] == ["Workshop", "Name", "E-mail", "Seat"]
        assert [line[1] for line in lines] == ["' =HYPERLINK(1)", 'Ben "B"']
        assert lines[0][3] == "2" and lines[1][-1] == "released by the leader"
        text = answer.content.decode()
        assert "hash-" not in text and "sealed-" not in text and text.count("\r\n") == 3
        assert "attachment" in answer.headers["Content-Disposition"]
    assert AuditEvent.objects.filter(action="workshop.export", actor=lena, owner=lena).count() == 2


def test_another_leaders_claims_are_not_exported(leader: Client, workshop: Workshop, other: Workshop) -> None:
    for url, row in ((WORKSHOPS, other), (CLAIMS, Claim.objects.get(workshop=other))):
        answer, _lines = exported(leader, url, row)
        assert "Zoe" not in answer.content.decode()


def test_somebody_who_leads_nothing_is_sent_away(alice: User, guest: User, workshop: Workshop) -> None:
    for url in TABLES:
        assert as_(alice).get(url).status_code == 302
        assert as_(guest).get(url).status_code == 403


def test_who_may_only_look_has_no_actions(bob: User, workshop: Workshop) -> None:
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename__in=["view_workshop", "view_claim"]))
    run(as_(bob), WORKSHOPS, "close", workshop)
    assert state_of(workshop) == "open"
    claim = enrolled(workshop, "Ada")
    run(as_(bob), CLAIMS, "release", claim)
    assert state_of(claim) == "active"


def test_seats_are_sorted_and_filtered(leader: Client, workshop: Workshop) -> None:
    for asked in ({"o": "4"}, {"o": "5"}, {"workspace__state__exact": "paused"}, {"workshop__id__exact": workshop.pk}):
        assert len(listed(leader, SEATS, **asked)) == 2
    for asked in ({"state__exact": "open"}, {"o": "5.6.7"}, {"q": "python"}):
        assert listed(leader, WORKSHOPS, **asked) == [workshop]
    assert Workspace.objects.filter(seat__workshop=workshop).count() == 2
