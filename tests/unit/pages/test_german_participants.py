"""What participants see: the page where they get a seat, their seat's page, and the panel beside the editor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone, translation

from accounts.actors import Actor
from accounts.models import User
from spaces_site.errors import SpacesError
from tests.unit.pages.conftest import Browser
from tests.unit.pages.test_german_inside import shared
from tests.unit.workshop.claims import MAX, VISITOR, take, wait
from tests.unit.workshop.seated import guest_of, seat_taken, space_of
from tests.workshop_fixtures import MakeWorkshop
from tests.workspaces_fixtures import Work
from workshop import panel
from workshop.models import Claim, Message, Seat, Workshop
from workshop.panel_words import panel_words
from workshop.services.claiming import claim_make
from workshop.services.messages import message_all
from workshop.services.resetting import seat_reset
from workshop.services.taking_home import take_home_address, take_home_mail, take_home_make
from workspaces.models import Workspace
from workspaces.sealing import seal
from workspaces.states import State

pytestmark = pytest.mark.django_db
PAGE, MINE = "/workshop/python/", "/workshop/mine/"
NAMES = r"lena|Python.*|Another one|Max.*|max@.*|Eva.*|Anna.*|anna@.*|http://.*|http|localhost.*|.*UTC|Line 4|Why\?|x"


def alike(client: Client, path: str, data: dict[str, Any] | None = None, more: str = "") -> list[str]:
    return shared(client, path, data, more=f"{NAMES}|{more}" if more else NAMES)


def both(say: Callable[[], Any]) -> list[Any]:
    """What is said in English and in German."""
    said = []
    for language in ("en", "de"):
        with translation.override(language):
            said.append(say())
    return said


@pytest.fixture
def workshop(make_workshop: MakeWorkshop, lena: User) -> Workshop:
    return make_workshop(lena, seats=2)


def test_the_page_where_people_get_a_seat(browser: Browser, workshop: Workshop, lena: User) -> None:
    assert alike(browser(), PAGE) == []
    for wrong in ({"name": "", "email": "x"}, {"name": "Max", "email": "x@y"}):
        assert alike(browser(), PAGE, wrong) == [], wrong
    Workshop.objects.update(access_code_sealed=seal("snail"))
    assert [alike(browser(), PAGE), alike(browser(), PAGE, MAX | {"code": "x"})] == [[], []]
    Workshop.objects.update(access_code_sealed="")
    mine = browser()
    mine.post(PAGE, MAX)
    assert alike(mine, PAGE) == []
    take(workshop, email="eva@example.com", name="Eva")
    assert alike(browser(), PAGE) == []
    waits = browser()
    waits.post(PAGE, {"name": "Anna", "email": "anna@example.com", "wait": "1"})
    assert [alike(waits, PAGE + rest) for rest in ("", "waiting")] == [[], []]
    assert alike(waits, f"{PAGE}leave", {}) == []
    soon = timezone.now() + timedelta(hours=1)
    for columns in ({"state": "draft", "opens_at": soon}, {"state": "draft"}, {"state": "closed"}, {"state": "ended"}):
        Workshop.objects.update(**{"opens_at": None} | columns)
        assert [alike(browser(), PAGE + rest) for rest in ("", "left")] == [[], []], columns
        assert alike(browser(), PAGE, MAX | {"email": "late@example.com"}, more="late@.*") == [], columns
    assert alike(browser(), "/workshop/") == []
    Workshop.objects.create(slug="other", title="Another one", owner=lena, state="open")
    Workshop.objects.filter(pk=workshop.pk).update(state="open")
    assert alike(browser(), "/workshop/") == []
    assert alike(browser(), "/workshop/seat/none/") == []
    assert alike(browser(), "/workshop/take-home/none/") == []


def test_who_comes_back(browser: Browser, workshop: Workshop, settings: Any) -> None:
    settings.MAIL_IS_SENT = True
    take(workshop)
    client = browser()
    assert client.post(PAGE, MAX).headers["Location"] == f"{PAGE}code"
    assert alike(client, f"{PAGE}code") == []
    assert alike(client, f"{PAGE}code", {"code": "7"}) == []


def test_the_page_of_their_seat(browser: Browser, workshop: Workshop, lena: User, work: Work) -> None:
    assert [alike(browser(), MINE), alike(browser(lena), MINE)] == [[], []]
    anna = seat_taken(workshop, 1, "Anna", opened_at=timezone.now())
    client, hand = browser(guest_of(anna)), f"{MINE}{anna.pk}/"
    Message.objects.create(claim=anna, text="Line 4")
    for at_end in Workshop.AtEnd.values:
        Workshop.objects.update(at_end=at_end, closes_at=timezone.now() + timedelta(minutes=7))
        for state in State.values:
            Workspace.objects.filter(pk=space_of(anna).pk).update(state=state)
            assert alike(client, MINE) == [], (at_end, state)
    for hours in (None, 1):
        Claim.objects.update(hand_raised_at=timezone.now() if hours else None, hand_note="Why?")
        assert [alike(client, MINE), alike(client, f"{hand}reset")] == [[], []]
    seat_taken(workshop, 2, "Eva", hand_raised_at=timezone.now() - timedelta(minutes=7))
    assert alike(client, MINE) == []
    Workspace.objects.filter(pk=space_of(anna).pk).update(state=State.PAUSED)
    seat_reset(Actor(lena, "browser"), Seat.objects.get(number=1))
    assert [alike(client, MINE), alike(client, f"{hand}reset", {})] == [[], []]
    Claim.objects.filter(pk=anna.pk).update(workspace=None)
    assert alike(client, MINE) == []
    for because in (*Claim.Because.values, ""):
        over = {"state": "released" if because else "left", "released_because": because, "seat": None}
        Claim.objects.filter(pk=anna.pk).update(**over, released_at=timezone.now())
        for state in ("open", "ended"):
            Workshop.objects.update(state=state)
            assert alike(client, MINE) == [], (because, state)
    assert alike(client, f"{hand}reset") == []
    Workshop.objects.update(state="open")
    for name, email in (("Max", "max@example.com"), ("Anna", lena.email)):
        wait(Workshop.objects.get(), name=name, email=email)
        assert alike(browser(lena), MINE) == []


def test_what_they_take_home(browser: Browser, workshop: Workshop, settings: Any) -> None:
    settings.MAIL_IS_SENT = True
    anna = seat_taken(workshop, 1, "Anna")
    Workshop.objects.update(state="ended", at_end="stop")
    take_home_make(workshop)
    anna.refresh_from_db()
    path = "/workshop/" + take_home_address(anna).partition("/workshop/")[2]
    assert alike(browser(), path) == []
    assert alike(browser(guest_of(anna)), MINE) == []
    for language in ("en", "de"):
        Workshop.objects.update(language=language)
        take_home_mail(workshop.pk)
    bodies = [{*one.body.splitlines(), one.subject} - {""} for one in mail.outbox]
    assert len(bodies) == 2 and not {one for one in bodies[0] & bodies[1] if not one.startswith("http")}


def test_what_guests_may_not_do(browser: Browser, workshop: Workshop) -> None:
    client = browser(guest_of(seat_taken(workshop, 1, "Anna")))
    for path in ("/", "/account/", "/workspaces/", "/workspaces/new", "/workshops/"):
        answers = [client.get(path, headers={"Accept-Language": code}, follow=True) for code in ("en", "de")]
        assert '<html lang="de"' in answers[1].content.decode(), path
        assert alike(client, answers[1].request["PATH_INFO"]) == [], path


def test_the_panel_beside_the_editor(workshop: Workshop, lena: User) -> None:
    english, german = both(panel_words)
    assert english.keys() == german.keys()
    same = {key for key in english if english[key] == german[key]}
    assert same == {"note_most", "warns_at"}
    anna = seat_taken(workshop, 1, "Anna")
    for up in (None, timezone.now()):
        anna.hand_raised_at = up
        for shown in (panel._of_participant, panel._of_leader):
            english, german = both(lambda shown=shown: shown(anna)["says"])
            assert english != german


def test_what_a_claim_is_refused_with(workshop: Workshop, lena: User) -> None:
    def refusals() -> set[str]:
        found = set()
        Workshop.objects.update(state="open")
        for state, typed in (("open", {"name": ""}), ("open", {"email": "x"}), ("draft", {}), ("ended", {})):
            Workshop.objects.update(state=state)
            with pytest.raises(SpacesError) as refused:
                claim_make(VISITOR, Workshop.objects.get(), **MAX | typed)
            found.add(str(refused.value.message))
        with pytest.raises(SpacesError) as empty:
            message_all(Actor(lena, "browser"), workshop, "x" * 9999)
        return found | {str(empty.value.message)}

    english, german = both(refusals)
    assert len(german) == 5 and not english & german
