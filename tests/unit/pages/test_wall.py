"""The leader's page of a workshop: what it shows, in how many questions, to whom, and what its forms do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.unit.pages.conftest import HTMX, Browser
from tests.unit.pages.page import Page
from workshop import sampling
from workshop.models import Claim, Message, Seat, Workshop
from workspaces.engine.fake import FakeEngine
from workspaces.models import Kind, Operation, Workspace
from workspaces.states import State

Put = Callable[..., Workspace]
Wall = Callable[..., Workshop]
PAGE = "/workshops/python/"


@pytest.fixture(autouse=True)
def nobody_watched() -> None:
    cache.clear()


@pytest.fixture
def wall(put: Put, lena: User) -> Wall:
    """`wall(seats, claimed)`: an open workshop of Lena's, its seats running, the first ones claimed."""

    def make(seats: int = 4, claimed: int = 2, **columns: Any) -> Workshop:
        now = timezone.now()
        fields = {"slug": "python", "title": "Python", "state": "open", "seats_wanted": seats, "seats_most": seats}
        workshop = Workshop.objects.create(owner=lena, **fields | columns)
        for number in range(1, seats + 1):
            workspace = put(lena, f"Python {number}", is_seat=True, last_activity_at=now)
            seat = Seat.objects.create(
                workshop=workshop, number=number, workspace=workspace, ready_at=now, cpu_percent=50, memory_bytes=2**30
            )
            if number <= claimed:
                Claim.objects.create(
                    workshop=workshop, seat=seat, workspace=workspace, name=f"Person {number:02}", key_hash=str(number),
                    email=f"p{number}@example.org", claimed_at=now, opened_at=now,
                )  # fmt: skip
        return workshop

    return make


@pytest.fixture
def client(browser: Browser, lena: User) -> Client:
    return browser(lena)


def numbers(response: Any) -> list[str]:
    return [found["data-seat"] for found in Page(response).all("li") if "data-seat" in found]


def claim(number: int) -> Claim:
    return Claim.objects.get(seat__number=number)


def test_it_shows_all_seats_in_few_questions_and_asks_no_engine(
    wall: Wall, client: Client, engine: FakeEngine, django_assert_max_num_queries: Any
) -> None:
    wall(30, 20)
    engine.calls.clear()
    with django_assert_max_num_queries(11):
        response = client.get(PAGE)
    assert numbers(response) == [str(n) for n in range(1, 31)] and Page(response).problems() == []
    with django_assert_max_num_queries(9):
        live = client.get(PAGE + "live?n=3&n=4", headers=HTMX)
    assert numbers(live) == ["3", "4"] and live.content.decode().count("data-figures") == 30
    assert set(engine.calls) <= {"info"}  # whether it answers at all, for the banner of every page


def test_a_hundred_seats_are_as_few_questions(
    wall: Wall, client: Client, django_assert_max_num_queries: Any
) -> None:
    wall(100, 100)
    with django_assert_max_num_queries(11):
        client.get(PAGE)


def test_the_tally_counts_and_the_mail_address_is_not_on_the_wall(wall: Wall, client: Client) -> None:
    workshop = wall(4, 2)
    Workspace.objects.filter(seat__number=4).update(state=State.ERROR, error="No room.")
    Claim.objects.create(workshop=workshop, name="W", email="w@example.org", key_hash="w", state="waiting")
    text = client.get(PAGE).content.decode()
    tally = re.findall(r"<strong>(\d+)</strong><span>([^<]+)</span>", text)
    assert tally == [("4", "seats"), ("2", "claimed"), ("1", "free"), ("1", "failed"), ("1", "waiting for a seat")]
    assert "p1@example.org" not in text and "No room." in text
    assert "p1@example.org" in client.get(PAGE + "seats/1/").content.decode()


def test_hands_stand_on_top_who_waits_longest_first(wall: Wall, client: Client) -> None:
    wall(4, 3)
    now = timezone.now()
    Claim.objects.filter(seat__number=1).update(hand_raised_at=now, hand_note="<b>Why?</b>")
    Claim.objects.filter(seat__number=3).update(hand_raised_at=now - timedelta(minutes=5))
    text = client.get(PAGE).content.decode()
    hands = text[text.index('id="hands"') : text.index('id="seats"')]
    assert hands.index("Person 03") < hands.index("Person 01") and "&lt;b&gt;Why?" in hands and "<b>Why" not in text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["1", "2", "3", "4", "5"]),
        ("?show=help", ["1", "2"]),
        ("?show=idle", ["3"]),
        ("?show=free", ["5"]),
        ("?show=claimed", ["1", "2", "3", "4"]),
        ("?show=trouble", []),
        ("?sort=marks", ["2", "1", "3", "4", "5"]),
        ("?sort=name", ["1", "2", "3", "4", "5"]),
        ("?sort=activity", ["3", "1", "2", "4", "5"]),
        ("?q=person 02", ["2"]),
        ("?q=P4@EXAMPLE", ["4"]),
        ("?q=5", ["5"]),
        ("?q=nobody", []),
        ("?show=rubbish&sort=rubbish&q=%00", ["1", "2", "3", "4", "5"]),
    ],
)
def test_seats_are_chosen_and_put_in_order(asked: str, found: list[str], wall: Wall, client: Client) -> None:
    wall(5, 4)
    now = timezone.now()
    Seat.objects.filter(number=1).update(failing=3)
    Claim.objects.filter(seat__number=2).update(hand_raised_at=now)
    Claim.objects.filter(seat__number=3).update(claimed_at=now - timedelta(hours=1), opened_at=now - timedelta(hours=1))
    Workspace.objects.filter(seat__number=3).update(last_activity_at=now - timedelta(minutes=30))
    if "activity" in asked:
        Workspace.objects.filter(seat__number__in=(1, 2, 4)).update(last_activity_at=now)
        Claim.objects.exclude(seat__number=3).update(claimed_at=now)
    answer = client.get(PAGE + asked)
    assert numbers(answer) == found and Page(answer).problems() == []


def test_the_view_is_remembered(wall: Wall, client: Client) -> None:
    wall()
    assert 'class="seats seats-wall"' in client.get(PAGE).content.decode()
    assert 'class="seats seats-table"' in client.get(PAGE + "?view=table").content.decode()
    assert 'class="seats seats-table"' in client.get(PAGE).content.decode()
    client.get(PAGE + "?view=rubbish")
    assert 'class="seats seats-table"' in client.get(PAGE).content.decode()


def test_only_what_is_unsettled_is_polled(wall: Wall, client: Client) -> None:
    wall()
    [pulse] = Page(client.get(PAGE)).all("div", id="pulse")
    assert "every" not in pulse["hx-trigger"] and pulse["hx-get"] == PAGE + "live"
    Workspace.objects.filter(seat__number=2).update(state=State.STARTING)
    [pulse] = Page(client.get(PAGE + "live", headers=HTMX)).all("div", id="pulse")
    assert "every 2s" in pulse["hx-trigger"] and pulse["hx-get"] == PAGE + "live?n=2"


@pytest.mark.parametrize("asked", ["", "?n=99", "?n=x&n=-1&n=%00&n=" + "9" * 40, "?" + "n=1&" * 500])
def test_the_live_part_takes_any_number(asked: str, wall: Wall, client: Client) -> None:
    wall()
    assert client.get(PAGE + "live" + asked, headers=HTMX).status_code == 200


def test_looking_asks_for_samples_and_the_other_forms_do_not(
    wall: Wall, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(sampling, "_send", sent.append)
    workshop = wall()
    client.post(PAGE + "message", {"text": "Hello"})
    assert sent == []
    client.get(PAGE + "live")
    client.get(PAGE)
    assert sent == [workshop.pk]


@pytest.mark.parametrize(
    "path",
    ["", "live", "claims.csv", "seats/1/", "seats/1/ask/release", "seats/1/ask/reset"],
)
def test_nobody_else_finds_it(
    path: str, wall: Wall, browser: Browser, other_leader: User, alice: User, root: User, guest: User
) -> None:
    wall()
    for stranger in (other_leader, alice):
        assert browser(stranger).get(PAGE + path).status_code == 404
    assert browser(guest).get(PAGE + path).status_code in (302, 403, 404)
    assert browser().get(PAGE + path).status_code in (302, 401)
    assert browser(root).get(PAGE + path).status_code == 200


POSTS = {
    "state": {"do": "close"},
    "message": {"text": "Hello"},
    "together": {"do": "stop", "seat": "1"},
    "seats/1/act/stop": {},
    "seats/1/act/lower": {},
    "seats/1/change/message": {"text": "Hello"},
    "seats/1/change/memory": {"memory_mb": "4096"},
    "seats/1/change/reassign": {"to": "4"},
    "seats/1/ask/release": {},
    "seats/1/ask/reset": {"backup": "1"},
}


@pytest.mark.parametrize("path", POSTS)
def test_forms_are_refused_to_others_and_without_a_token(
    path: str, wall: Wall, browser: Browser, lena: User, other_leader: User
) -> None:
    wall()
    assert browser(other_leader).post(PAGE + path, POSTS[path]).status_code == 404
    answer = browser(lena, enforce_csrf_checks=True).post(PAGE + path, POSTS[path])
    assert answer.status_code == 403
    assert not Operation.objects.exists() and not Message.objects.exists()
    assert Workshop.objects.get().state == "open" and claim(1).state == "active"


@pytest.mark.parametrize("path", ["seats/1/act/delete", "seats/1/change/x", "seats/1/ask/x", "seats/99/act/stop"])
def test_what_is_not_there_is_not_found(path: str, wall: Wall, client: Client) -> None:
    wall()
    assert client.post(PAGE + path).status_code == 404


def test_the_addresses_of_forms_lead_back_to_their_pages(wall: Wall, client: Client) -> None:
    wall()
    for path in ("state", "message", "together"):
        assert client.get(PAGE + path).headers["Location"] == PAGE
    for path in ("act/stop", "change/message"):
        assert client.get(f"{PAGE}seats/1/{path}").headers["Location"] == f"{PAGE}seats/1/"


def test_it_is_closed_and_opened(wall: Wall, client: Client) -> None:
    workshop = wall()
    for do, state in (("close", "closed"), ("open", "open")):
        assert client.post(PAGE + "state", {"do": do}).headers["Location"] == PAGE
        workshop.refresh_from_db()
        assert workshop.state == state
    assert client.post(PAGE + "state", {"do": "explode"}).status_code == 400


def test_a_message_to_all_is_said_shown_and_taken_away(wall: Wall, client: Client) -> None:
    workshop = wall()
    client.post(PAGE + "message", {"text": "Break!"})
    assert "Break!" in client.get(PAGE).content.decode()
    refused = client.post(PAGE + "message", {"text": "x" * 2001})
    assert refused.status_code == 400 and "At most 2000" in refused.content.decode()
    assert Page(refused).problems() == []
    client.post(PAGE + "message", {"do": "remove", "text": "x"})
    workshop.refresh_from_db()
    assert workshop.message == ""


def test_several_are_stopped_and_each_has_a_result_said_once(wall: Wall, client: Client) -> None:
    wall()
    Workspace.objects.filter(seat__number=2).update(state=State.STOPPED)
    Workspace.objects.filter(seat__number=3).update(state=State.DELETING)
    sent = {"do": "pause", "seat": ["1", "2", "3"], "next": PAGE + "?sort=name"}
    assert client.post(PAGE + "together", sent).headers["Location"] == PAGE + "?sort=name"
    page = client.get(PAGE)
    text = " ".join(Page(page).texts["section"])
    assert "asked of 1 seat" in text and "refused at 2" in text and "stopped" in text
    assert Page(page).problems() == []
    assert "refused at" not in client.get(PAGE).content.decode()


@pytest.mark.parametrize(("do", "word"), [("reset", "Reset 2 seats?"), ("message", "Message"), ("memory", "Memory")])
def test_what_needs_a_word_more_asks_first(do: str, word: str, wall: Wall, client: Client) -> None:
    wall()
    page = client.post(PAGE + "together", {"do": do, "seat": ["1", "4"], "next": "https://elsewhere.example/"})
    assert word in Page(page).texts["h1"][0] and Page(page).problems() == []
    assert page.content.decode().count('name="seat"') == 2 and "elsewhere" not in page.content.decode()
    assert not Operation.objects.exists()


def test_a_confirmed_message_and_memory_are_done(wall: Wall, client: Client) -> None:
    wall()
    client.post(PAGE + "together", {"do": "message", "seat": ["1", "2"], "text": "Look up", "confirmed": "1"})
    assert Message.objects.count() == 2
    refused = client.post(PAGE + "together", {"do": "message", "seat": ["1"], "text": "", "confirmed": "1"})
    assert refused.status_code == 400 and "Write something" in refused.content.decode()
    client.post(PAGE + "together", {"do": "memory", "seat": ["3"], "memory_mb": "4096", "confirmed": "1"})
    assert Workspace.objects.get(seat__number=3).memory_mb == 4096
    bad = client.post(PAGE + "together", {"do": "memory", "seat": ["3"], "memory_mb": "lots", "confirmed": "1"})
    assert bad.status_code == 400
    assert client.post(PAGE + "together", {"do": "explode", "seat": ["3"]}).status_code == 400


@pytest.mark.parametrize("seats", [[], ["99"], ["x"], ["-1"]])
def test_no_seat_is_a_slip_that_the_page_says(seats: list[str], wall: Wall, client: Client) -> None:
    wall()
    for do in ("stop", "reset"):
        assert client.post(PAGE + "together", {"do": do, "seat": seats}).headers["Location"] == PAGE
        assert "at least one seat" in client.get(PAGE).content.decode()


def test_a_seat_is_stopped_from_the_wall_and_answers_with_its_place(wall: Wall, client: Client) -> None:
    wall()
    answer = client.post(PAGE + "seats/2/act/stop", headers=HTMX)
    assert numbers(answer) == ["2"] and 'hx-swap-oob="true"' in answer.content.decode()
    assert client.post(PAGE + "seats/3/act/stop", {"next": PAGE}).headers["Location"] == PAGE
    assert client.post(PAGE + "seats/3/act/pause").status_code == 409
    assert client.post(PAGE + "seats/3/act/pause", headers=HTMX).headers.get("HX-Retarget")


def test_a_hand_is_lowered(wall: Wall, client: Client) -> None:
    wall()
    Claim.objects.filter(seat__number=1).update(hand_raised_at=timezone.now())
    client.post(PAGE + "seats/1/act/lower", headers=HTMX)
    assert claim(1).hand_raised_at is None
    assert client.post(PAGE + "seats/4/act/lower").status_code == 409


def test_the_list_of_claims_has_its_columns_and_no_formulas(wall: Wall, client: Client) -> None:
    workshop = wall(3, 3)
    Claim.objects.filter(seat__number=1).update(name='=HYPERLINK("x")', email="a@example.org")
    Claim.objects.filter(seat__number=2).update(name='  +1 "Bo"')
    Claim.objects.filter(seat__number=3).update(state="released")
    answer = client.get(PAGE + "claims.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = answer.content.decode().split("\r\n")
    assert lines[0] == '"Name","E-Mail","Workspace","URL","Registriert"' and lines[-1] == "" and len(lines) == 4
    assert lines[1].startswith('"\'=HYPERLINK(""x"")","a@example.org","Python 1",')
    assert lines[2].startswith('"\'  +1 ""Bo""","p2@example.org"')
    assert workshop.slug in answer.headers["Content-Disposition"]


def test_an_empty_workshop_says_what_comes(wall: Wall, client: Client) -> None:
    wall(0, 0, problem="The prepared workspace is gone.")
    page = client.get(PAGE)
    assert "No seats yet" in page.content.decode() and "The prepared workspace is gone." in page.content.decode()
    assert Page(page).problems() == []


def test_a_desktop_is_looked_at_by_its_own_way_and_helped_at_by_the_ordinary_one(
    wall: Wall, client: Client, kicad: Kind
) -> None:
    wall(2, 1)
    Workspace.objects.filter(seat__number=1).update(kind=kicad)
    way = f"/workspaces/{Workspace.objects.get(seat__number=1).public_id}/open"
    page = Page(client.get(PAGE))
    links = {link["id"]: link["href"] for link in page.all("a") if "id" in link}
    assert (links["look-1"], links["join-1"]) == (f"{way}?port=6081", way)
    assert links["look-2"].endswith("/open") and "join-2" not in links
    assert page.problems() == []
    text = client.get(PAGE + "seats/1/").content.decode()
    assert f'href="{way}?port=6081"' in text and ">Help<" in text and "Open the editor" not in text
    assert "Helping gives you mouse and keys" in text
    assert "Open the editor" in client.get(PAGE + "seats/2/").content.decode()


def test_a_desktop_without_a_way_to_look_is_opened_as_what_it_is(wall: Wall, client: Client, kicad: Kind) -> None:
    Kind.objects.filter(pk=kicad.pk).update(view_port=0, frame="page")
    wall(1, 1)
    Workspace.objects.update(kind=kicad)
    for path in (PAGE, PAGE + "seats/1/"):
        text = client.get(path).content.decode()
        assert "?port=" not in text and "editor" not in text


def test_one_whose_container_answers_on_the_port_for_looking_is_not_looked_at_there(
    wall: Wall, client: Client, kicad: Kind
) -> None:
    wall(1, 1)
    Workspace.objects.update(kind=kicad, app_port=6081)
    assert "?port=" not in client.get(PAGE).content.decode()
