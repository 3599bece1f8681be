"""A workshop on the real engine: from the prepared workspace to warm seats, a seat made anew, everybody's work."""

from __future__ import annotations

import io
import time
import urllib.request
import zipfile
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from accounts.roles import WORKSHOP_LEADER
from tests.workshop_fixtures import snapshots_take
from tests.workspaces_fixtures import work_until_settled
from workshop.archive import Archive, Part, folder_name
from workshop.models import Seat, Workshop
from workshop.round import seat_look, workshops_round
from workshop.selectors import seats_free
from workshop.services.seats import seat_renew
from workshop.services.workshops import workshop_create
from workspaces.engine import get_engine
from workspaces.engine.docker import DockerEngine
from workspaces.files import entries_list, file_write
from workspaces.images import image_ensure
from workspaces.models import Kind, Workspace
from workspaces.services import workspace_create, workspace_start

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
FIRST_ANSWER_MS = 100
"""Within which a warm seat shows its editor's page once it was woken: measured 30 to 50 on a machine that is busy."""


@pytest.fixture
def leader(alice: User) -> Actor:
    alice.is_staff = True
    alice.save()
    alice.groups.add(Group.objects.get_or_create(name=WORKSHOP_LEADER)[0])
    return Actor(alice, "browser")


@pytest.fixture
def prepared(real_engine: None, code_server: Kind, leader: Actor) -> Workspace:
    """An editor with one file in it."""
    image_ensure(DockerEngine(), code_server.image, lambda _progress: None)
    made = workspace_create(leader, kind="code-server", name="Prepared", memory_mb=1024, cpus=1)
    work_until_settled()
    made.refresh_from_db()
    assert made.state == "running", made.error
    file_write(leader, made, "task.md", [b"Count to ten."])
    return made


def workspaces(workshop: Workshop) -> list[Workspace]:
    return list(Workspace.objects.filter(seat__workshop=workshop).order_by("seat__number"))


def warm(workshop: Workshop) -> None:
    """Be the worker until each seat is paused."""
    workshops_round()
    snapshots_take()
    work_until_settled()
    for one in workspaces(workshop):
        assert one.state in ("running", "paused"), one.error
        seat_look(one.pk)
    work_until_settled()


def first_page_ms(workspace: Workspace) -> float:
    """From waking it to the whole of the editor's first page."""
    engine, before = get_engine(), time.perf_counter()
    engine.unpause(workspace.engine_name)
    with urllib.request.urlopen(f"http://{workspace.address}:{workspace.port}/", timeout=10) as answer:
        page = answer.read()
    assert b"workbench" in page
    return 1000 * (time.perf_counter() - before)


def test_three_seats_are_made_warm_renewed_and_taken_home(prepared: Workspace, leader: Actor) -> None:
    workshop = workshop_create(leader, source=prepared, title="Counting", seats=3)
    warm(workshop)
    assert [one.state for one in workspaces(workshop)] == ["paused"] * 3
    assert seats_free(workshop).count() == 3

    took = [first_page_ms(one) for one in workspaces(workshop)]
    assert min(took) < FIRST_ANSWER_MS, took  # the machine may be busy with something else
    for one in workspaces(workshop):
        get_engine().pause(one.engine_name)

    first, second, third = workspaces(workshop)
    workspace_start(leader, first)  # one runs, one is paused, one is put away below
    work_until_settled()
    for number, one in enumerate((first, second, third), start=1):
        file_write(leader, one, "mine.txt", [f"number {number}".encode()])
    keep_until = timezone.now() + timedelta(hours=1)
    seat = Seat.objects.get(workshop=workshop, number=3)
    seat_renew(SYSTEM, seat, keep_until=keep_until, retired_name="Eva")
    work_until_settled()
    third.refresh_from_db()
    assert (third.state, third.name) == ("stopped", "Counting 3 – Eva")

    renewed = workspaces(workshop)[2]
    assert renewed.pk != third.pk and renewed.state == "running", renewed.error
    assert [entry.name for entry in entries_list(leader, renewed).entries] == ["task.md"]

    parts = [Part(folder_name(n, one.name), one, leader) for n, one in enumerate((first, second, third), start=1)]
    archive = zipfile.ZipFile(io.BytesIO(b"".join(Archive(parts).pieces())))
    work = {info.filename: archive.read(info) for info in archive.infolist() if info.filename.endswith("mine.txt")}
    assert work == {
        "01 Counting 1/mine.txt": b"number 1",
        "02 Counting 2/mine.txt": b"number 2",
        "03 Counting 3 – Eva/mine.txt": b"number 3",
    }
    assert archive.testzip() is None
