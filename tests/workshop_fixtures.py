"""Workshops with seats that are ready, as the tests of everything after that need them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from accounts.roles import WORKSHOP_LEADER
from tests.workspaces_fixtures import MakeWorkspace, Work
from workshop.models import Seat, Workshop
from workspaces.models import Snapshot, Workspace
from workspaces.services import workspace_pause
from workspaces.services.cloning import clones_make, snapshot_ask
from workspaces.snapshots import snapshot_take

MakeWorkshop = Callable[..., Workshop]


@pytest.fixture
def lena(db: None) -> User:
    """A workshop leader."""
    user = User.objects.create_user("lena@example.org", "lena", is_staff=True)
    user.groups.add(Group.objects.get_or_create(name=WORKSHOP_LEADER)[0])
    return user


@pytest.fixture
def other_leader(db: None) -> User:
    """Another leader, who has nothing to say in Lena's workshops."""
    user = User.objects.create_user("lars@example.org", "lars", is_staff=True)
    user.groups.add(Group.objects.get_or_create(name=WORKSHOP_LEADER)[0])
    return user


def snapshots_take() -> None:
    """Be the worker that takes what is still to be taken."""
    open_ones = Snapshot.objects.filter(state__in=(Snapshot.State.WAITING, Snapshot.State.TAKING))
    for public_id in list(open_ones.values_list("public_id", flat=True)):
        snapshot_take(public_id)


@pytest.fixture
def make_workshop(make_workspace: MakeWorkspace, work: Work) -> MakeWorkshop:
    """`make_workshop(leader, seats=3, **columns)`: open, its seats warm and free; made without its services."""

    def make(owner: User, *, seats: int = 3, **columns: Any) -> Workshop:
        title = columns.pop("title", "Python for beginners")
        source = make_workspace(owner, name=f"{title} source")
        snapshot = snapshot_ask(source, Snapshot.Purpose.WORKSHOP)
        snapshots_take()
        snapshot.refresh_from_db()
        defaults = {"slug": "python", "title": title, "seats_wanted": seats, "seats_most": seats, "state": "open"}
        workshop = Workshop.objects.create(owner=owner, source=source, snapshot=snapshot, **defaults | columns)
        names = [f"{title} {number}" for number in range(1, seats + 1)]
        with transaction.atomic():  # as clones are made
            made = clones_make(owner, snapshot, names, actor=Actor(owner, "browser"), is_seat=True)
        for number, workspace in enumerate(made, start=1):
            Seat.objects.create(workshop=workshop, number=number, workspace=workspace, ready_at=timezone.now())
        work()
        for workspace in Workspace.objects.filter(seat__workshop=workshop):
            workspace_pause(Actor(owner, "browser"), workspace)
        work()
        return workshop

    return make
