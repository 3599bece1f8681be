"""What leaders see of workshops, seats, pushes, rehearsals and copies in German holds nothing in English."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from tests.unit.pages.conftest import Browser
from tests.unit.pages.test_german_inside import shared
from tests.unit.workshop.seated import seat_taken, space_of
from tests.workshop_fixtures import MakeWorkshop, snapshots_take
from tests.workspaces_fixtures import MakeWorkspace, Work
from workshop.models import Backup, Claim, Message, Push, PushResult, Rehearsal, Seat, Workshop
from workshop.pushing.words import OUTCOMES, REASONS, marks
from workshop.rehearsing.stages import STAGES
from workshop.services.pushing import push_command, push_files
from workshop.services.rehearsing import rehearsal_start
from workshop.services.resetting import seat_reset
from workshop.services.taking_home import take_home_make
from workshop.services.workshops import workshop_end
from workshop.views.rehearsal_shown import PROBLEMS
from workspaces import reasons
from workspaces.models import Batch, Operation, Workspace
from workspaces.states import State

HERE = "/workshops/python/"
NAMES = r"lena.*|root|Python.*|Anna.*|Ben.*|Charlie|http://.*|guest-.*|anna@.*|day.*|/workspace/(day)?|true"
NAMES += r"|Why\?|Line 4|python3.*|\d+ ms|CSV|.*UTC|[\d.,]+ [GM]B|\d+-.*|Seat-1|a\.py|b\.py|mine|Far|Lab \d"
FINDINGS: list[dict[str, Any]] = [
    {"code": "FAILED", "n": 1, "of": 2},
    {"code": "SLOW_OPEN", "seconds": 7.0, "limit": 5.0},
    {"code": "SLOW_WAKE", "seconds": 3.0, "limit": 2.0},
    {"code": "MEMORY", "needed": 2**34, "has": 2**33, "each": 2**30, "seats": 16, "fit": 7},
    {"code": "DISK", "needed": 2**34, "has": 2**33, "each": 2**30, "seats": 16},
    {"code": "SLOW_MADE", "seconds": 90.0, "limit": 60.0},
    {"code": "NEAR_LIMIT", "each": 2**30, "limit": 2**31},
    {"code": "MEMORY_GROWS", "needed": 2**34, "has": 2**33, "each": 2**30, "seats": 16},
    {"code": "INTERNAL_ERROR"},
]


def alike(client: Client, path: str, data: dict[str, Any] | None = None, more: str = "") -> list[str]:
    return shared(client, path, data, more=f"{NAMES}|{more}" if more else NAMES)


@pytest.fixture
def workshop(make_workshop: MakeWorkshop, lena: User) -> Workshop:
    return make_workshop(lena, seats=4)


@pytest.fixture
def client(browser: Browser, lena: User) -> Client:
    return browser(lena)


@pytest.fixture
def actor(lena: User) -> Actor:
    return Actor(lena, "browser")


@pytest.fixture
def anna(workshop: Workshop) -> Claim:
    now = timezone.now()
    return seat_taken(workshop, 1, "Anna", hand_raised_at=now, hand_note="Why?", opened_at=now - timedelta(hours=1))


def test_the_list_and_the_forms(
    client: Client, browser: Browser, lena: User, root: User, make_workspace: MakeWorkspace, make_workshop: MakeWorkshop
) -> None:
    assert [alike(client, path) for path in ("/workshops/", "/workshops/new")] == [[], []]
    source = make_workspace(lena, name="Python source")
    assert alike(client, f"/workspaces/{source.public_id}/") == []
    assert alike(client, f"/workshops/new?source={source.public_id}") == []
    assert alike(client, "/workshops/new", {"title": "", "seats": "x", "opens_at": "x"}, more="x") == []
    workshop, later = make_workshop(lena, seats=2), timezone.now() + timedelta(days=1)
    seat_taken(workshop, 1, "Anna")
    Claim.objects.create(workshop=workshop, name="Ben", email="ben@example.com", state="waiting", key_hash="b")
    wrong = {"title": "x" * 99, "slug": "-", "seats": "0", "seats_most": "1", "memory_mb": "3", "grace_hours": "-1"}
    for state in Workshop.State.values:
        columns = {"state": state, "problem": reasons.SNAPSHOT_GONE, "opens_at": later, "closes_at": later}
        Workshop.objects.update(**columns, ended_at=timezone.now() if state == "ended" else None)
        for rest in ("edit", "delete", "end", "projector", ""):
            assert alike(client, HERE + rest) == [], (state, rest)
        assert [alike(one, "/workshops/") for one in (client, browser(root))] == [[], []], state
        assert alike(client, f"{HERE}edit", wrong, more="x+|-|-1") == [], state
    Workshop.objects.update(source=None)
    assert alike(client, f"{HERE}edit") == []


def test_the_wall(client: Client, workshop: Workshop, anna: Claim) -> None:
    assert alike(client, HERE) == []
    seats, now = {seat.number: seat for seat in Seat.objects.all()}, timezone.now()
    seat_taken(workshop, 2, "Ben")
    Workspace.objects.filter(seat=seats[2]).update(state=State.ERROR, error=reasons.MEMORY % {"limit": 7})
    Seat.objects.filter(number=3).update(workspace=None, problem=reasons.SNAPSHOT_NOTHING, ready_at=None)
    Workspace.objects.filter(seat=seats[4]).update(state=State.CREATING)
    for columns in (
        {"state": State.STOPPED, "error_code": "APP_ENDED"},
        {"state": State.RUNNING, "out_of_memory_at": now},
        {"state": State.RUNNING, "out_of_memory_at": None, "last_activity_at": now - timedelta(hours=2)},
    ):
        Workspace.objects.filter(pk=space_of(anna).pk).update(**columns)
        for query in ("", "?view=table", "?show=help", "?q=zzz", "?sort=activity"):
            assert alike(client, HERE + query) == [], (columns, query)
    Seat.objects.update(failing=5, cpu_percent=50, memory_bytes=2**30)
    message = {"message": "Line 4", "message_at": now, "closes_at": now + timedelta(minutes=20)}
    Workshop.objects.update(**message)
    assert alike(client, HERE) == []
    Workshop.objects.update(state="draft", opens_at=now + timedelta(hours=2))
    assert alike(client, HERE) == []


def test_what_is_done_with_several(client: Client, workshop: Workshop, anna: Claim) -> None:
    Seat.objects.filter(number=3).update(workspace=None)
    for number in ("1", "1 2"):
        chosen = {"seat": number.split()}
        for do in ("reset", "message", "memory"):
            assert alike(client, f"{HERE}together", {"do": do, **chosen}) == [], (do, number)
    several = {"seat": ["1", "2", "3"], "confirmed": "1"}
    assert alike(client, f"{HERE}together", {"do": "message", "text": " ", **several}) == []
    assert alike(client, f"{HERE}together", {"do": "zzz", **several}) == []
    for do in ("start", "pause", "message", "reset"):
        said = []
        for language in ("en", "de"):
            answer = client.post(
                f"{HERE}together", {"do": do, "text": "Line 4", **several}, headers={"Accept-Language": language}
            )
            said.append(client.session["workshop_results"])
            assert answer.status_code == 302
            client.get(HERE)
        assert said[0]["title"] != said[1]["title"], do
        refused = [{one["message"] for one in each["refused"]} for each in said]
        assert not refused[0] & refused[1], do


def test_a_seat_and_what_it_asks(client: Client, workshop: Workshop, anna: Claim, actor: Actor, work: Work) -> None:
    seat = Seat.objects.get(number=1)
    seat_reset(actor, seat)
    page = f"{HERE}seats/1/"
    assert alike(client, page) == []
    snapshots_take()
    work()
    Message.objects.create(claim=anna, text="Line 4")
    backup = Backup.objects.get()
    for because in Claim.Because.values:
        times = {"released_at": timezone.now(), "files_until": timezone.now(), "workspace": space_of(anna)}
        Claim.objects.create(
            workshop=workshop, seat=seat, name="Ben", email=f"{because}@example.com", state="released",
            key_hash=because, released_because=because, **times,
        )  # fmt: skip
    for state in State.values:
        Workspace.objects.filter(pk=space_of(anna).pk).update(state=state)
        assert alike(client, page) == [], state
    for rest in ("ask/reset", "ask/release", f"ask/restore?backup={backup.pk}"):
        assert alike(client, page + rest, more=r"\w+\.? \d+.*") == [], rest
    for do, wrong in (("message", {"text": ""}), ("memory", {"memory_mb": "1"}), ("reassign", {"to": "99"})):
        assert alike(client, f"{page}change/{do}", wrong) == [], do
    Claim.objects.filter(pk=anna.pk).update(state="released")
    Backup.objects.update(claim=anna)
    for number in (1, 2):
        for rest in ("", "ask/reset", "ask/release"):
            assert alike(client, f"{HERE}seats/{number}/{rest}", more=r"\w+\.? \d+.*") == [], (number, rest)
    Seat.objects.filter(number=2).update(workspace=None, problem=reasons.LOST)
    assert alike(client, f"{HERE}seats/2/") == []
    assert alike(client, f"{HERE}seats/99/") == []


def test_the_end_and_what_people_take_home(
    client: Client, browser: Browser, workshop: Workshop, anna: Claim, actor: Actor
) -> None:
    assert alike(client, f"{HERE}end") == []
    assert alike(client, f"{HERE}end", {"at_end": "zzz"}) == []
    workshop_end(actor, workshop, at_end="keep")
    take_home_make(workshop)
    for rest in ("end", "edit", "delete", ""):
        assert alike(client, HERE + rest) == [], rest


def test_pushes(client: Client, workshop: Workshop, anna: Claim, actor: Actor) -> None:
    path = f"{HERE}push"
    assert alike(client, path) == []
    for wrong in (
        {"what": "files", "existing": "beside"}, {"what": "files", "existing": "zzz", "which": "all"},
        {"what": "command", "command": "", "which": "all"}, {"what": "command", "which": "chosen", "numbers": "no"},
        {"what": "command", "command": "true", "which": "chosen", "numbers": "99"},
    ):  # fmt: skip
        assert alike(client, path, wrong) == [], wrong
    files = push_files(actor, workshop, files={"a.py": b"x", "b.py": b"y"}, folder="day")
    command = push_command(actor, workshop, command="true")
    pages = [HERE, path, f"{path}/{files.pk}/", f"{path}/{command.pk}/", f"{path}/{files.pk}/line"]
    assert [alike(client, one) for one in pages] == [[]] * len(pages)
    entry = {"path": "a.py", "at": "a.py", "was": "day-2", "why": ""}
    outcomes = [entry | {"outcome": outcome} for outcome in OUTCOMES]
    outcomes += [entry | {"outcome": "failed", "why": why} for why in REASONS]
    for result, state in zip(PushResult.objects.order_by("push", "pk"), cycle(PushResult.State.values), strict=False):
        PushResult.objects.filter(pk=result.pk).update(
            state=state, problem="" if state == "done" else "GONE: mine", exit_code=7, output="mine", files=outcomes
        )
    assert [alike(client, one) for one in pages] == [[]] * len(pages)
    PushResult.objects.update(state="done", output="")
    undo = Push.objects.create(workshop=workshop, kind="undo", undoes=files, file_names=["a.py", "b.py"])
    assert [alike(client, one) for one in [*pages, f"{path}/{undo.pk}/"]] == [[]] * (len(pages) + 1)
    said = []
    for language in ("en", "de"):
        workshop.language = files.workshop.language = language
        said.append({*marks(files)})
    assert not said[0] & said[1]


def test_rehearsals(client: Client, workshop: Workshop, actor: Actor) -> None:
    path = f"{HERE}rehearsal"
    assert alike(client, path) == []
    for seats in ("x", "0"):
        assert alike(client, path, {"seats": seats}, more="x") == []
    rehearsal = rehearsal_start(actor, workshop, seats=2, command="true")
    pages = [HERE, path, f"{path}/{rehearsal.pk}/"]
    for stage in STAGES:
        Rehearsal.objects.update(results=[{"name": "Seat-1", "stage": stage, "made_ms": 7}])
        assert [alike(client, one) for one in pages] == [[]] * 3, stage
    failed = [{"name": "Seat-1", "stage": "done", "problem": problem, "exit_code": 7} for problem in PROBLEMS]
    for state, verdict, problem in (
        ("running", "go", []), ("done", "no-go", FINDINGS), ("done", "", [{"code": "CANCELLED"}])
    ):  # fmt: skip
        Rehearsal.objects.update(results=failed, state=state, verdict=verdict, problem=json.dumps(problem))
        assert [alike(client, one) for one in pages] == [[]] * 3, (state, verdict)


def test_copies_of_a_workspace(
    browser: Browser, alice: User, bob: User, make_workspace: MakeWorkspace, work: Work, settings: Any
) -> None:
    settings.MAX_WORKSPACES_PER_USER, settings.MAX_CONCURRENT_WORKSPACES = 4, 3
    lab, client = make_workspace(alice, name="Lab"), browser(alice)
    path = f"/workspaces/{lab.public_id}/clone"
    assert alike(client, path) == []
    for wrong in ({"count": "0"}, {"count": "9"}, {"count": "3"}, {"count": "x"}, {"count": "1", "password": "short"}):
        assert alike(client, path, wrong, more="x") == [], wrong
    assert client.post(path, {"count": "2"}).status_code == 302
    batch = Batch.objects.get()
    copy = Workspace.objects.get(name="Lab 1")
    copies = [path, "/workspaces/", f"/workspaces/{copy.public_id}/", "/workspaces/batches/"]
    copies += [f"/workspaces/batches/{batch.pk}/"]
    assert [alike(client, one) for one in copies] == [[]] * 5
    work()
    failing = {"state": "failed", "error": reasons.SNAPSHOT_FAILED % {"text": reasons.ENGINE_SILENT % {"text": "mine"}}}
    Operation.objects.filter(workspace=copy).update(**failing)
    Workspace.objects.filter(pk=copy.pk).update(expires_at=timezone.now() + timedelta(hours=1), state=State.STOPPED)
    assert [alike(client, one) for one in copies] == [[]] * 5
    for limit in (3, 1):
        settings.MAX_WORKSPACES_PER_USER, settings.MAX_CONCURRENT_WORKSPACES = 9, limit
        assert alike(client, path) == []
