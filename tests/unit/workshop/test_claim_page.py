"""The page on which participants get their seat: every state of it, with and without mail, and who comes back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.unit.pages.page import Page
from tests.unit.workshop.claims import address_path, take, wait
from tests.workshop_fixtures import MakeWorkshop
from workshop.models import Claim, Seat, Workshop
from workspaces.sealing import seal

pytestmark = pytest.mark.django_db
PAGE = "/workshop/python/"
MAX = {"name": "Max Mustermann", "email": "max@example.com"}
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def workshop(make_workshop: MakeWorkshop, lena: User) -> Workshop:
    return make_workshop(lena, seats=2)


@pytest.fixture
def browser() -> Client:
    return Client(headers=ENGLISH)


def main_of(client: Client, path: str = PAGE, **options: Any) -> str:
    """The page's main part, which has no problems of structure."""
    answer = client.get(path, **options)
    assert answer.status_code == 200
    assert Page(answer).problems() == []
    return answer.content.decode().split("<main")[1].split("</main")[0]


def claims(client: Client, **typed: str) -> Any:
    return client.post(PAGE, MAX | typed)


def test_it_shows_what_is_left_and_asks_for_name_and_address(workshop: Workshop, browser: Client) -> None:
    shown = main_of(browser)
    assert "<h1>Python for beginners</h1>" in shown
    assert "<strong>2</strong> of 2 workspaces still available" in shown
    assert "Get a workspace" in shown and 'name="code"' not in shown
    german = main_of(Client(headers={"accept-language": "de"}))
    assert "<strong>2</strong> von 2 Workspaces noch verfügbar" in german and "Workspace erhalten" in german


def test_the_only_open_workshop_is_where_the_short_address_leads(
    workshop: Workshop, browser: Client, lena: User
) -> None:
    assert browser.get("/workshop/").headers["Location"] == PAGE
    Workshop.objects.create(slug="other", title="The other one", owner=lena, state="open")
    shown = main_of(browser, "/workshop/")
    assert "The other one" in shown and "Python for beginners" in shown
    Workshop.objects.update(state="closed")
    assert "No workshop is open" in main_of(browser, "/workshop/")
    assert browser.get("/workshop/nothing/").status_code == 404


def test_after_the_claim_the_browser_shows_the_address_and_keeps_it(workshop: Workshop, browser: Client) -> None:
    answer = claims(browser)
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    claim = Claim.objects.get()
    for _ in range(2):
        shown = main_of(browser)
        assert "Your workspace" in shown and "Copy URL" in shown and "Open workspace" in shown
        assert address_path(claim) in shown
    assert claims(browser, email="eva@example.com").status_code == 302, "this browser has one"
    assert Claim.objects.count() == 1
    assert "Your workspace" not in main_of(Client(headers=ENGLISH)), "another browser does not"


def test_who_came_by_the_address_finds_it_on_the_page(workshop: Workshop, browser: Client) -> None:
    claim = take(workshop)
    browser.get(address_path(claim), headers={"accept": "text/html"})
    assert "Your workspace" in main_of(browser)


def test_another_person_at_the_same_machine_starts_anew(workshop: Workshop, browser: Client) -> None:
    claim = take(workshop)
    browser.get(address_path(claim), headers={"accept": "text/html"})
    assert browser.get(PAGE + "not-me").status_code == 302, "looking changes nothing"
    assert "Your workspace" in main_of(browser)
    browser.post(PAGE + "not-me")
    assert "Get a workspace" in main_of(browser) and "_auth_user_id" not in browser.session
    assert Claim.objects.get().state == "active"


@pytest.mark.parametrize(
    ("typed", "said"), [({"name": " "}, "A name is required."), ({"email": "max"}, "Please enter a valid e-mail")]
)
def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(
    typed: dict[str, str], said: str, workshop: Workshop, browser: Client
) -> None:
    answer = claims(browser, **typed)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert said in page and 'aria-invalid="true"' in page and Page(answer).problems() == []
    assert (MAX | typed)["email"] in page
    assert not Claim.objects.exists()


def test_the_access_code_is_asked_for_where_there_is_one(workshop: Workshop, browser: Client) -> None:
    Workshop.objects.update(access_code_sealed=seal("whale"))
    assert 'name="code"' in main_of(browser)
    refused = claims(browser, code="shark")
    assert refused.status_code == 403 and "not the access code" in refused.content.decode()
    assert claims(browser, code="Whale").status_code == 302


def test_a_form_of_another_site_is_refused(workshop: Workshop) -> None:
    client = Client(enforce_csrf_checks=True)
    assert {client.post(PAGE + rest, MAX).status_code for rest in ("", "code", "leave", "not-me")} == {403}
    assert not Claim.objects.exists()


def test_without_mail_the_address_alone_shows_the_seat_again(
    workshop: Workshop, browser: Client, settings: Any
) -> None:
    settings.MAIL_IS_SENT = False
    claim = take(workshop)
    answer = browser.post(PAGE, MAX, follow=True)
    assert "This e-mail address is already registered." in answer.content.decode()
    assert address_path(claim) in answer.content.decode()


def test_with_mail_a_code_is_asked_for_before_the_seat_is_shown(
    workshop: Workshop, browser: Client, settings: Any
) -> None:
    settings.MAIL_IS_SENT = True
    claim = take(workshop)
    answer = claims(browser)
    assert answer.headers["Location"] == PAGE + "code"
    assert address_path(claim) not in main_of(browser) and "Welcome back" in main_of(browser, PAGE + "code")
    [sent] = mail.outbox
    code = re.findall(r"\b\d{6}\b", str(sent.body))[0]
    assert sent.to == ["max@example.com"]
    wrong = browser.post(PAGE + "code", {"code": "000000" if code != "000000" else "111111"})
    assert wrong.status_code == 400 and address_path(claim) not in wrong.content.decode()
    assert Client().get(PAGE + "code").headers["Location"] == PAGE, "of this browser alone"
    assert browser.post(PAGE + "code", {"code": code}).headers["Location"] == PAGE
    assert address_path(claim) in main_of(browser)
    other = Client(headers=ENGLISH)
    claims(other)
    assert other.post(PAGE + "code", {"code": code}).status_code == 400, "it was used"


def test_five_wrong_codes_are_enough(workshop: Workshop, browser: Client, settings: Any) -> None:
    settings.MAIL_IS_SENT = True
    claim = take(workshop)
    claims(browser)
    code = re.findall(r"\b\d{6}\b", str(mail.outbox[0].body))[0]
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(5):
        browser.post(PAGE + "code", {"code": wrong})
    assert browser.post(PAGE + "code", {"code": code}).status_code == 400
    assert address_path(claim) not in main_of(browser)


def test_before_it_opens_it_says_when_and_goes_on_by_itself(workshop: Workshop, browser: Client) -> None:
    Workshop.objects.update(opens_at=timezone.now() + timedelta(hours=2))
    shown = main_of(browser)
    assert "Not open yet" in shown and "data-local" in shown and "<form" not in shown.split("seats-left")[1]
    assert claims(browser).status_code == 409
    assert "HX-Refresh" not in browser.get(PAGE + "left?closed=1").headers
    Workshop.objects.update(opens_at=None)
    assert browser.get(PAGE + "left?closed=1").headers["HX-Refresh"] == "true"
    assert "HX-Refresh" not in browser.get(PAGE + "left").headers
    Workshop.objects.update(state="ended")
    assert "This workshop is over" in main_of(browser)


def test_when_all_are_taken_the_page_offers_to_wait_and_says_the_place(workshop: Workshop, browser: Client) -> None:
    Seat.objects.update(ready_at=None)
    assert "Wait for a seat" in main_of(browser)
    wait(workshop, email="eva@example.com")
    refused = claims(browser)
    assert refused.status_code == 503 and "Wait for a seat" in refused.content.decode()
    claims(browser, wait="1")
    assert "You are number <strong>2</strong>." in main_of(browser)
    Claim.objects.filter(email="eva@example.com").update(state="left")
    assert "The next seat is yours." in browser.get(PAGE + "waiting").content.decode()


def test_who_waits_is_led_into_the_seat_as_soon_as_there_is_one(workshop: Workshop, browser: Client) -> None:
    Seat.objects.update(ready_at=None)
    claims(browser, wait="1")
    assert "HX-Redirect" not in browser.get(PAGE + "waiting").headers
    Seat.objects.filter(number=1).update(ready_at=timezone.now())
    answer = browser.get(PAGE + "waiting")
    claim = Claim.objects.get()
    assert claim.state == "active" and answer.headers["HX-Redirect"].endswith(address_path(claim))
    assert "Your workspace" in main_of(browser), "without a script the page itself shows it"


def test_looking_at_the_page_keeps_the_place(workshop: Workshop, browser: Client) -> None:
    Seat.objects.update(ready_at=None)
    claims(browser, wait="1")
    Claim.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
    browser.get(PAGE + "waiting")
    assert timezone.now() - Claim.objects.get().seen_at < timedelta(seconds=10)


def test_leaving_the_queue_and_who_was_away_for_too_long(workshop: Workshop, browser: Client) -> None:
    Seat.objects.update(ready_at=None)
    claims(browser, wait="1")
    browser.post(PAGE + "leave")
    assert Claim.objects.get().state == "left" and "Wait for a seat" in main_of(browser)
    assert browser.get(PAGE + "waiting").headers["HX-Refresh"] == "true"


def test_the_workshops_language_wins_but_not_over_what_somebody_has_chosen(workshop: Workshop) -> None:
    Workshop.objects.update(language="de")
    client = Client(headers=ENGLISH)
    assert "Workspace erhalten" in main_of(client)
    client.post("/i18n/setlang/", {"language": "en", "next": PAGE})
    assert "Get a workspace" in main_of(client)


def test_a_guest_who_is_signed_in_may_open_all_of_it(workshop: Workshop) -> None:
    claim = take(workshop)
    assert claim.guest
    client = Client(headers=ENGLISH)
    client.force_login(claim.guest)
    assert "Your workspace" in main_of(client)
    assert client.get("/workshop/").status_code == 302


def test_a_name_with_markup_is_only_a_name(workshop: Workshop, browser: Client) -> None:
    claims(browser, name="<script>alert(1)</script>")
    assert "&lt;script&gt;alert(1)" in main_of(browser)


def test_looking_at_it_costs_few_questions_however_many_seats_there_are(
    workshop: Workshop, browser: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(5):
        browser.get(PAGE)
    with django_assert_max_num_queries(4):
        browser.get(PAGE + "left")
