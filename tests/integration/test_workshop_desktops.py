"""A workshop whose seats are KiCad's, on the real engine: warm seats, a push, a reset, their work, a rehearsal."""

from __future__ import annotations

import http.client
import io
import json
import time
import zipfile

import pytest

from accounts.actors import Actor
from accounts.models import User
from tests.integration.test_push_and_rehearse import perform_all, rehearse, run
from tests.waiting import eventually
from tests.workshop_fixtures import snapshots_take
from tests.workspaces_fixtures import work_until_settled
from workshop.archive import Archive, Part
from workshop.models import Seat, Workshop
from workshop.round import seat_look, workshops_round
from workshop.services.pushing import push_files
from workshop.services.rehearsing import rehearsal_start
from workshop.services.resetting import seat_reset
from workshop.services.seats.first_page import app_is_there
from workshop.services.workshops import workshop_create
from workspaces.engine import get_engine
from workspaces.engine.docker import DockerEngine
from workspaces.images import image_ensure
from workspaces.models import Kind, Workspace
from workspaces.services import workspace_create, workspace_start
from workspaces.states import State

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]
APPEARS_SECONDS = 120
WOKEN_MS = 1000
"""Within which a seat that slept shows its application: measured 40 to 55 on a machine that is busy."""


@pytest.fixture
def leads(lena: User) -> Actor:
    return Actor(lena, "browser")


@pytest.fixture
def workshop(real_engine: None, kicad: Kind, leads: Actor) -> Workshop:
    """Two warm seats, each with one file of the leader's in it."""
    image_ensure(DockerEngine(), kicad.image, lambda _progress: None)
    source = workspace_create(leads, kind="kicad", name="Prepared")
    work_until_settled()
    source.refresh_from_db()
    assert source.state == State.RUNNING, source.error
    eventually(lambda: app_is_there(source), "KiCad is on the desktop", APPEARS_SECONDS)
    run(source, "mkdir -p /workspace/task && echo first > /workspace/task/notes.txt")
    made = workshop_create(leads, source=source, title="Boards", seats=2)
    workshops_round()
    snapshots_take()
    work_until_settled()
    eventually(lambda: all_sleep(made), "both seats sleep with KiCad on their desktops", APPEARS_SECONDS)
    return made


def seats_of(workshop: Workshop) -> list[Workspace]:
    seats = Workspace.objects.filter(seat__workshop=workshop).select_related("kind", "owner")
    return list(seats.order_by("seat__number"))


def all_sleep(workshop: Workshop) -> bool:
    """Be the round and the worker once, which let a seat sleep when its application is there."""
    for one in seats_of(workshop):
        assert one.state in (State.RUNNING, State.PAUSED), one.error
        seat_look(one.pk)
    work_until_settled()
    return all(one.state == State.PAUSED for one in seats_of(workshop))


def ask(workspace: Workspace, path: str) -> bytes:
    connection = http.client.HTTPConnection(workspace.address or "", workspace.port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


def woken_ms(workspace: Workspace) -> float:
    """From waking it to a picture of a desktop that has its application on it."""
    engine, before = get_engine(), time.perf_counter()
    engine.unpause(workspace.engine_name)
    state, picture = json.loads(ask(workspace, "/desktop.json")), ask(workspace, "/picture.jpg")
    took = 1000 * (time.perf_counter() - before)
    engine.pause(workspace.engine_name)
    assert state["app"] == "there" and picture.startswith(b"\xff\xd8\xff")
    return took


def test_seats_are_warm_and_what_is_pushed_reset_and_taken_home_are_their_files(
    workshop: Workshop, leads: Actor
) -> None:
    took = [woken_ms(one) for one in seats_of(workshop)]
    assert min(took) < WOKEN_MS, took
    first, second = seats_of(workshop)
    workspace_start(leads, first)  # one runs, one sleeps
    work_until_settled()
    push = perform_all(push_files(leads, workshop, files={"board.kicad_pcb": b"(kicad_pcb)\n"}, folder="task"))
    assert [one.state for one in push.results.all()] == ["done"] * 2
    assert run(seats_of(workshop)[0], "cat /workspace/task/board.kicad_pcb") == "(kicad_pcb)\n"
    assert seats_of(workshop)[1].state == State.PAUSED

    parts = [Part(one.name, one, leads) for one in seats_of(workshop)]
    archive = zipfile.ZipFile(io.BytesIO(b"".join(Archive(parts).pieces())))
    assert {f"{one.name}/task/board.kicad_pcb" for one in (first, second)} <= set(archive.namelist())

    seat_reset(leads, Seat.objects.get(workshop=workshop, number=1), backup=True)
    work_until_settled()
    first = seats_of(workshop)[0]
    assert first.state == State.RUNNING, first.error
    assert run(first, "ls /workspace/task") == "notes.txt\n"
    eventually(lambda: app_is_there(first), "KiCad is there again", APPEARS_SECONDS)


def test_a_rehearsal_waits_for_the_application_and_judges(workshop: Workshop, leads: Actor) -> None:
    rehearsal = rehearse(rehearsal_start(leads, workshop, seats=2, command="cat task/notes.txt"))
    assert (rehearsal.state, len(rehearsal.results)) == ("done", 2), rehearsal.problem
    for one in rehearsal.results:
        assert "problem" not in one, one
        assert (one["exit_code"], one["output"]) == (0, "first\n")
        assert one["memory_bytes"] > 50 * 1024**2 and 0 < one["wake_ms"] < 45_000 and 0 < one["answer_ms"] < 45_000
