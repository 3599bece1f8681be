"""The page of one seat, and what it asks before something is lost."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.unit.pages.conftest import Browser
from tests.unit.pages.page import Page
from tests.unit.workshop.seated import seat_taken
from tests.workshop_fixtures import MakeWorkshop, snapshots_take
from tests.workspaces_fixtures import Work
from workshop.models import Backup, Claim, Message, Seat, Workshop
from workspaces.models import Workspace

PAGE = "/workshops/python/seats/1/"


@pytest.fixture
def workshop(make_workshop: MakeWorkshop, lena: User) -> Workshop:
    return make_workshop(lena)


@pytest.fixture
def anna(workshop: Workshop) -> Claim:
    return seat_taken(workshop, 1, "Anna", hand_raised_at=timezone.now(), hand_note="Why?")


@pytest.fixture
def client(browser: Browser, lena: User) -> Client:
    return browser(lena)


def test_it_says_everything_and_leads_to_editor_terminal_and_files(client: Client, anna: Claim) -> None:
    page = client.get(PAGE)
    text, found = page.content.decode(), Page(page)
    assert found.problems() == [] and found.texts["h1"] == ["Anna"]
    assert "anna@example.com" in text and "Why?" in text and "/workshop/seat/" in text
    assert anna.workspace is not None
    for part in ("open", "terminal", "files/"):
        assert found.all("a", href=f"/workspaces/{anna.workspace.public_id}/{part}")


def test_an_empty_seat_and_one_without_a_workspace_have_a_page(client: Client, workshop: Workshop) -> None:
    Seat.objects.filter(number=3).update(workspace=None, problem="It has failed three times.")
    for number in (2, 3):
        page = client.get(f"/workshops/python/seats/{number}/")
        assert page.status_code == 200 and Page(page).problems() == []
    assert "It has failed three times." in page.content.decode()


def test_a_message_to_one_is_said_and_shown(client: Client, anna: Claim) -> None:
    assert client.post(PAGE + "change/message", {"text": "Line 4"}).headers["Location"] == PAGE
    assert Message.objects.get().claim == anna and "Line 4" in client.get(PAGE).content.decode()
    refused = client.post(PAGE + "change/message", {"text": " "})
    assert refused.status_code == 400 and "Write something" in refused.content.decode()
    assert client.post("/workshops/python/seats/2/change/message", {"text": "x"}).status_code == 409


def test_memory_is_given(client: Client, anna: Claim) -> None:
    client.post(PAGE + "change/memory", {"memory_mb": "4096"})
    assert Workspace.objects.get(seat__number=1).memory_mb == 4096
    for size in ("", "x", "99999999", "1"):
        refused = client.post(PAGE + "change/memory", {"memory_mb": size})
        assert refused.status_code in (400, 409) and Page(refused).problems() == []


def test_somebody_is_given_another_seat(client: Client, anna: Claim, work: Work) -> None:
    for to in ("", "x", "99"):
        assert client.post(PAGE + "change/reassign", {"to": to}).status_code == 400
    answer = client.post(PAGE + "change/reassign", {"to": "3"})
    assert answer.headers["Location"] == "/workshops/python/seats/3/"
    assert Claim.objects.get(state="active").seat.number == 3  # type: ignore[union-attr]


def test_a_release_says_what_is_kept_and_asks_first(client: Client, anna: Claim) -> None:
    page = client.get(PAGE + "ask/release")
    assert "Anna" in Page(page).texts["h1"][0] and "is kept for you until" in page.content.decode()
    assert Page(page).problems() == []
    anna.refresh_from_db()
    assert anna.state == "active"
    assert client.post(PAGE + "ask/release").headers["Location"] == PAGE
    anna.refresh_from_db()
    assert anna.state == "released"
    assert client.post(PAGE + "ask/release").status_code == 409  # there is nobody any more
    assert "Nobody has this seat" in client.get(PAGE + "ask/release").content.decode()
    assert "Anna" in client.get(PAGE).content.decode()  # in the history


def test_a_reset_keeps_a_copy_that_can_be_restored(client: Client, anna: Claim, work: Work) -> None:
    assert Page(client.get(PAGE + "ask/reset")).problems() == []
    client.post(PAGE + "ask/reset", {"backup": "1"})
    snapshots_take()
    work()
    backup = Backup.objects.get()
    assert Page(client.get(PAGE)).all("a", href=f"{PAGE}ask/restore?backup={backup.pk}")
    page = client.get(f"{PAGE}ask/restore?backup={backup.pk}")
    assert page.status_code == 200 and Page(page).problems() == []
    assert client.post(PAGE + "ask/restore", {"backup": str(backup.pk)}).headers["Location"] == PAGE
    assert Workspace.objects.get(seat__number=1).snapshot == backup.snapshot


def test_a_copy_of_another_seat_or_none_is_not_found(client: Client, anna: Claim, workshop: Workshop) -> None:
    for asked in ("", "?backup=1", "?backup=x", "?backup=" + "9" * 30):
        assert client.get(f"{PAGE}ask/restore{asked}").status_code == 404
        assert client.post(f"{PAGE}ask/restore{asked}").status_code == 404
