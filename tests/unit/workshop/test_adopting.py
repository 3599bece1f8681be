"""The workshop of WORKSHOP_GROUP: made when it is asked for, and its seats are the workspaces of that name or group."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.actors import SYSTEM
from accounts.models import User
from tests.unit.workshop.claims import take
from tests.workspaces_fixtures import MakeWorkspace, Work
from workshop.adopting import workshop_adopting, workshop_for_claim
from workshop.models import Claim, Seat, Workshop
from workshop.selectors import counts
from workshop.services.releasing import claim_release
from workspaces.models import Workspace, WorkspaceGroup

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def group(settings: Any) -> None:
    settings.WORKSHOP_GROUP = "Workshop"
    settings.MAX_WORKSPACES_PER_USER = settings.MAX_CONCURRENT_WORKSPACES = 50


def numbers() -> list[tuple[int, str]]:
    seats = Seat.objects.order_by("number").select_related("workspace")
    return [(seat.number, seat.workspace.name if seat.workspace else "") for seat in seats]


def test_without_the_setting_or_somebody_to_own_it_there_is_none(settings: Any, db: None) -> None:
    assert workshop_adopting() is None
    settings.WORKSHOP_GROUP = ""
    assert workshop_adopting() is None and workshop_for_claim() is None
    assert not Workshop.objects.exists()


def test_it_is_made_once_of_name_and_group(root: User, lena: User, make_workspace: MakeWorkspace) -> None:
    for name in ("Workshop 2", "Workshop 10", "Workshop", "Workshop x", "My Workshop 3", "workshop 4"):
        make_workspace(root, name=name)
    grouped = make_workspace(lena, name="Anything")
    grouped.group = WorkspaceGroup.objects.create(owner=lena, name="Workshop")
    grouped.save()
    make_workspace(lena, name="Workshop 5", running=False)
    workshop = workshop_adopting()
    assert workshop and workshop == workshop_for_claim() == workshop_for_claim("workshop")
    assert (workshop.slug, workshop.owner, workshop.state, workshop.adopts) == ("workshop", root, "open", "Workshop")
    assert sorted(numbers()) == [(2, "Workshop 2"), (5, "Workshop 5"), (10, "Workshop 10"), (11, "Anything")]
    assert counts(workshop).free == 3, "what is still being made is not free"


def test_nobody_else_slips_a_workspace_in(root: User, alice: User, make_workspace: MakeWorkspace) -> None:
    make_workspace(alice, name="Workshop 1")
    grouped = make_workspace(alice, name="Mine")
    grouped.group = WorkspaceGroup.objects.create(owner=alice, name="Workshop")
    grouped.save()
    workshop_adopting()
    assert numbers() == []


def test_seats_follow_what_is_made_renamed_and_deleted(root: User, make_workspace: MakeWorkspace) -> None:
    one, two = (make_workspace(root, name=f"Workshop {number}") for number in (1, 2))
    workshop = workshop_adopting()
    assert workshop
    claim = take(workshop)
    assert claim.workspace == one
    Workspace.objects.filter(pk=one.pk).update(name="Called otherwise")
    Workspace.objects.filter(pk=two.pk).update(state="deleting")
    three = make_workspace(root, name="Workshop 3", running=False)
    workshop_adopting()
    assert numbers() == [(1, "Called otherwise"), (3, "Workshop 3")], "where somebody sits stays"
    assert Seat.objects.get(number=3).ready_at is None
    Workspace.objects.filter(pk=three.pk).update(state="running")
    workshop_adopting()
    assert counts(workshop).free == 1
    Claim.objects.update(state="released")
    workshop_adopting()
    assert numbers() == [(3, "Workshop 3")]


def test_a_released_one_is_made_anew_under_its_name(root: User, make_workspace: MakeWorkspace, work: Work) -> None:
    one = make_workspace(root, name="Workshop 1")
    workshop = workshop_adopting()
    assert workshop
    claim_release(SYSTEM, take(workshop))
    workshop_adopting()
    seat = Seat.objects.select_related("workspace").get()
    assert seat.workspace and seat.workspace != one and seat.workspace.name == "Workshop 1"
    assert counts(workshop).free == 0
    work()
    workshop_adopting()
    assert counts(workshop).free == 1


def test_asking_costs_the_same_however_many_there_are(
    root: User, make_workspace: MakeWorkspace, django_assert_num_queries: Any
) -> None:
    for number in range(6):
        make_workspace(root, name=f"Workshop {number}")
    workshop_adopting()
    with django_assert_num_queries(3):
        workshop_adopting()


def test_another_setting_is_another_workshop_and_a_slug_that_is_taken_gets_more(root: User, settings: Any) -> None:
    Workshop.objects.create(slug="workshop", title="x", owner=root)
    first = workshop_adopting()
    assert first and first.slug.startswith("workshop-")
    settings.WORKSHOP_GROUP = "Bäckerei & Co. " + "x" * 60
    second = workshop_adopting()
    assert second and second != first and len(second.slug) <= 40


def test_without_a_group_the_newest_open_one_is_meant(settings: Any, root: User) -> None:
    settings.WORKSHOP_GROUP = ""
    for slug, state in (("old", "open"), ("new", "open"), ("newest", "draft")):
        Workshop.objects.create(slug=slug, title=slug, owner=root, state=state)
    found = workshop_for_claim()
    assert found and found.slug == "new"
    named = workshop_for_claim("newest")
    assert named and named.slug == "newest"
    assert workshop_for_claim("nothing") is None and workshop_for_claim("a\0b") is None
