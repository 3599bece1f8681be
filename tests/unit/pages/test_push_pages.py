"""The pages for pushing to seats and for rehearsing."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import User
from tests.unit.pages.conftest import Browser
from tests.unit.pages.page import Page
from tests.workshop_fixtures import MakeWorkshop
from workshop.models import Push, PushResult, Rehearsal, Workshop
from workshop.pushing.contents import files_unseal
from workshop.services.pushing import push_command, push_files
from workshop.services.rehearsing import rehearsal_start
from workshop.views.push import numbers_read
from workshop.views.push_shown import numbers_shown

pytestmark = pytest.mark.django_db
HERE = "/workshops/python/push"
JSON = {"Accept": "application/json"}


@pytest.fixture
def workshop(make_workshop: MakeWorkshop, lena: User) -> Workshop:
    return make_workshop(lena)


@pytest.fixture
def client(workshop: Workshop, lena: User, browser: Browser) -> Client:
    return browser(lena)


def sent(*names: str, **fields: str) -> dict[str, Any]:
    files = []
    for name in names:
        files.append(io.BytesIO(name.encode()))
        files[-1].name = name
    return {"what": "files", "which": "all", "existing": "beside", "files": files, **fields}


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_both_pages_have_their_shape(client: Client, workshop: Workshop, lena: User) -> None:
    actor = Actor(lena, "browser")
    push = push_files(actor, workshop, files={"a": b"x", "b": b"y"}, folder="day")
    command = push_command(actor, workshop, command="true")
    rehearsal = rehearsal_start(actor, workshop, seats=2)
    for path in (
        HERE, f"{HERE}/{push.pk}/", f"{HERE}/{command.pk}/",
        "/workshops/python/rehearsal", f"/workshops/python/rehearsal/{rehearsal.pk}/",
    ):  # fmt: skip
        response = client.get(path)
        assert response.status_code == 200, path
        assert Page(response).problems() == [], path
    line = client.get(f"{HERE}/{push.pk}/line")
    assert "0 of 3 seats" in text_of(line) and "every 2s" in text_of(line)


def test_files_of_a_plain_form_are_pushed(client: Client) -> None:
    response = client.post(HERE, sent("a.py", "b.py", folder="day", which="chosen", numbers="1, 3"))
    push = Push.objects.get()
    assert response.status_code == 302 and response["Location"] == f"{HERE}/{push.pk}/"
    assert files_unseal(push.files_sealed) == {"day/a.py": b"a.py", "day/b.py": b"b.py"}
    assert list(push.results.order_by("seat__number").values_list("seat__number", flat=True)) == [1, 3]


def test_a_script_says_the_paths_and_is_told_where_to_go(client: Client) -> None:
    paths = json.dumps(["folder/a.py", "folder/deep/b.py"])
    response = client.post(HERE, sent("f", "f", paths=paths), headers=JSON)
    assert response.status_code == 201
    push = Push.objects.get()
    assert response.json() == {"url": f"{HERE}/{push.pk}/"}
    assert sorted(push.file_names) == ["folder/a.py", "folder/deep/b.py"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (sent(), "PUSH_EMPTY"),
        (sent("a", paths="["), "PATH_INVALID"),
        (sent("a", paths='["a", "b"]'), "PATH_INVALID"),
        (sent("a", paths="[1]"), "PATH_INVALID"),
        (sent("a", paths='["../../etc/x"]'), "PATH_OUTSIDE"),
        (sent("a", folder="../.."), "PATH_OUTSIDE"),
        (sent("a", which="chosen", numbers="x"), "SEATS_UNKNOWN"),
        (sent("a", which="chosen", numbers="1-999999"), "SEATS_UNKNOWN"),
        (sent("a", which="chosen"), "SEATS_NONE"),
        (sent("a", existing="overwrite"), "PUSH_EXISTING"),
        ({"what": "command", "which": "all", "command": " "}, "COMMAND_INVALID"),
    ],
)
def test_what_is_wrong_is_said_in_both_ways(client: Client, data: dict[str, Any], code: str) -> None:
    def again() -> dict[str, Any]:
        for one in data.get("files", []):
            one.seek(0)
        return data

    response = client.post(HERE, again(), headers=JSON)
    assert (response.status_code, response.json()["code"]) == (400, code)
    page = client.post(HERE, again())
    assert page.status_code == 400 and response.json()["error"] in page.content.decode().replace("&#x27;", "'")
    assert Page(page).problems() == []
    assert not Push.objects.exists()


def test_equal_output_is_shown_once_and_what_failed_first(client: Client, workshop: Workshop, lena: User) -> None:
    push = push_command(Actor(lena, "browser"), workshop, command="python --version")
    PushResult.objects.update(state="done", exit_code=0, output="Python 3.13 <b>\n")
    PushResult.objects.filter(seat__number=2).update(state="failed", exit_code=127, output="not found")
    text = text_of(client.get(f"{HERE}/{push.pk}/"))
    assert text.count("Python 3.13 &lt;b&gt;") == 1
    assert "(seats 1, 3)" in text and "2 seats: exit code 0" in text
    assert text.index("1 seat: exit code 127") < text.index("2 seats: exit code 0")
    assert text.index("<strong>Seat 2</strong>") < text.index("<strong>Seat 1</strong>")
    assert "2 of 3 seats, 1 failed" in text and "Try again where it failed" in text


def test_trying_again_and_taking_back_are_forms(client: Client, workshop: Workshop, lena: User) -> None:
    push = push_files(Actor(lena, "browser"), workshop, files={"a": b"x"})
    entry = {"path": "a", "at": "a", "outcome": "written", "sha256": "0", "before": "", "was": "", "why": ""}
    PushResult.objects.update(state="done", files=[entry])
    PushResult.objects.filter(seat__number=2).update(state="failed", problem="ENGINE_SILENT: gone", files=[])
    assert "did not answer. Try again in a minute. (gone)" in text_of(client.get(f"{HERE}/{push.pk}/"))
    client.post(f"{HERE}/{push.pk}/again")
    assert push.results.get(seat__number=2).state == "waiting"
    refused = client.post(f"{HERE}/{push.pk}/undo", follow=True)
    assert "still under way" in text_of(refused)
    PushResult.objects.update(state="done")
    response = client.post(f"{HERE}/{push.pk}/undo")
    undo = Push.objects.get(kind="undo")
    assert response["Location"] == f"{HERE}/{undo.pk}/"
    assert "Take back: a" in text_of(client.get(response["Location"]))
    assert client.get(f"{HERE}/{push.pk}/undo").status_code == 302 and Push.objects.count() == 2


def test_others_find_nothing_here(
    client: Client, workshop: Workshop, lena: User, alice: User, browser: Browser
) -> None:
    actor = Actor(lena, "browser")
    push, rehearsal = push_files(actor, workshop, files={"a": b"x"}), rehearsal_start(actor, workshop, seats=1)
    stranger = browser(alice)
    for path in (HERE, f"{HERE}/{push.pk}/", f"{HERE}/{push.pk}/line", "/workshops/python/rehearsal",
                 f"/workshops/python/rehearsal/{rehearsal.pk}/"):  # fmt: skip
        assert stranger.get(path).status_code == 404, path
        assert browser().get(path).status_code == 302
    for path in (HERE, f"{HERE}/{push.pk}/undo", f"{HERE}/{push.pk}/again", "/workshops/python/rehearsal",
                 f"/workshops/python/rehearsal/{rehearsal.pk}/cancel"):  # fmt: skip
        assert stranger.post(path, {"what": "command", "command": "id", "seats": "1"}).status_code == 404, path
    rehearsal.refresh_from_db()
    assert rehearsal.problem == "" and Push.objects.count() == Rehearsal.objects.count() == 1


def test_a_rehearsal_begins_shows_itself_and_is_cancelled(client: Client, workshop: Workshop) -> None:
    response = client.post("/workshops/python/rehearsal", {"seats": "2", "command": "python --version"})
    rehearsal = Rehearsal.objects.get()
    assert response["Location"] == f"/workshops/python/rehearsal/{rehearsal.pk}/"
    assert "Seats are being made" in text_of(client.get(response["Location"]))
    client.post(f"{response['Location']}cancel")
    assert "Cancelled. Its seats are being removed" in text_of(client.get(response["Location"]))


@pytest.mark.parametrize("seats", ["", "x", "0", "9999", "9999999999", "²"])
def test_a_number_of_seats_that_is_none_is_refused(client: Client, workshop: Workshop, seats: str) -> None:
    page = client.post("/workshops/python/rehearsal", {"seats": seats})
    assert page.status_code == 400 and Page(page).problems() == [] and not Rehearsal.objects.exists()


def test_a_verdict_says_what_to_do(client: Client, workshop: Workshop) -> None:
    found = [
        {"code": "FAILED", "n": 1, "of": 2},
        {"code": "SLOW_OPEN", "seconds": 7.25, "limit": 5.0},
        {"code": "SLOW_WAKE", "seconds": 7.25, "limit": 2.0},
        {"code": "MEMORY", "needed": 40 * 2**30, "has": 16 * 2**30, "each": 2**30, "seats": 40, "fit": 14},
        {"code": "DISK", "needed": 40 * 2**30, "has": 16 * 2**30, "each": 2**30, "seats": 40},
        {"code": "SLOW_MADE", "seconds": 70.0, "limit": 60.0},
        {"code": "NEAR_LIMIT", "each": 2**30, "limit": 2**30},
        {"code": "MEMORY_GROWS", "needed": 40 * 2**30, "has": 16 * 2**30, "each": 2**30, "seats": 40},
        {"code": "INTERNAL_ERROR"},
    ]
    seats: list[dict[str, Any]] = [
        {"id": "a", "name": "One", "stage": "done", "made_ms": 10, "answer_ms": 20, "wake_ms": 30},
        {"id": "b", "name": "Two", "stage": "done", "problem": "SILENT: 20 s"},
    ]
    rehearsal = Rehearsal.objects.create(
        workshop=workshop, seats=2, state="done", verdict="no-go", problem=json.dumps(found), results=seats
    )
    text = text_of(client.get(f"/workshops/python/rehearsal/{rehearsal.pk}/"))
    assert "No go" in text and "1 of 2 seats failed." in text and "7.2 s to open" in text
    assert "14 seats fit" in text and "Desktops begin with little." in text
    assert text.index("Nothing answered at its address in time. (20 s)") < text.index(">One<")


def test_a_list_of_pushes_asks_as_much_however_many_there_are(
    client: Client, workshop: Workshop, lena: User, django_assert_max_num_queries: Any
) -> None:
    for _number in range(4):
        push_files(Actor(lena, "browser"), workshop, files={"a": b"x"})
        PushResult.objects.update(state="done")
    with django_assert_max_num_queries(10):
        client.get(HERE)


def test_numbers_of_seats_are_read_and_written_as_people_do() -> None:
    assert numbers_read(" 1, 3-5;8 – 9 7 ") == [1, 3, 4, 5, 7, 8, 9]
    assert numbers_read("") == []
    assert numbers_shown([9, 1, 3, 4, 5]) == "1, 3–5, 9"
