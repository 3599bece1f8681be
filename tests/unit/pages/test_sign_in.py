"""Signing in by a code, signing up, links, and out again."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.core import mail

from accounts.models import User
from accounts.services import link_issue
from tests.unit.pages.conftest import Browser
from tests.unit.pages.page import Page
from workspaces.models import Workspace

Code = Callable[[], str]


def test_a_known_address_gets_in_by_its_code(browser: Browser, alice: User, last_code: Code) -> None:
    client = browser()
    assert client.post("/sign-in/", {"email": "alice@example.org"}).headers["Location"] == "/sign-in/code/"
    page = Page(client.get("/sign-in/code/"))
    field = page.all("input", name="code")[0]
    assert (field["autocomplete"], field["inputmode"]) == ("one-time-code", "numeric")
    assert client.post("/sign-in/code/", {"code": last_code()}).headers["Location"] == "/workspaces/"
    assert client.get("/workspaces/").status_code == 200


def test_an_unknown_address_sees_the_same_until_the_code_was_right(
    browser: Browser, alice: User, last_code: Code
) -> None:
    known, unknown = browser(), browser()
    answers = []
    for client, email in ((known, "alice@example.org"), (unknown, "someone@example.org")):
        sent = client.post("/sign-in/", {"email": email})
        page = client.get("/sign-in/code/")
        wrong = client.post("/sign-in/code/", {"code": "00000x"})
        answers.append((sent.status_code, page.status_code, wrong.status_code, sorted(Page(wrong).texts)))
    assert answers[0] == answers[1]
    assert answers[0][2] == 400


def test_an_unknown_address_chooses_a_name_and_keeps_its_code(browser: Browser, alice: User, last_code: Code) -> None:
    client = browser()
    client.post("/sign-in/", {"email": "new@example.org", "next": "/account/"})
    page = Page(client.post("/sign-in/code/", {"code": last_code()}))
    assert page.value("code") == last_code()
    taken = client.post("/sign-up/", {"code": last_code(), "username": "Alice"})
    assert taken.status_code == 409
    assert Page(taken).value("username") == "Alice"
    assert Page(taken).all("input", name="username", aria_invalid="true")
    assert client.post("/sign-up/", {"code": last_code(), "username": "newbie"}).headers["Location"] == "/account/"
    assert User.objects.get(email="new@example.org").username == "newbie"


def test_a_bad_address_is_shown_again_with_what_is_wrong(browser: Browser, db: None) -> None:
    response = browser().post("/sign-in/", {"email": "nonsense"})
    assert response.status_code == 400
    assert Page(response).value("email") == "nonsense"
    assert Page(response).all("input", name="email", aria_invalid="true")
    assert mail.outbox == []


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_next_leads_nowhere_else(browser: Browser, alice: User, last_code: Code, away: str) -> None:
    client = browser()
    client.post("/sign-in/", {"email": "alice@example.org", "next": away})
    assert client.post("/sign-in/code/", {"code": last_code()}).headers["Location"] == "/workspaces/"
    assert client.get("/sign-in/", {"next": away}).headers["Location"] == "/workspaces/"
    assert client.post("/theme/", {"theme": "dark", "next": away}).headers["Location"] == "/"


def test_who_wanted_to_open_a_workspace_is_led_on_by_a_page_and_not_by_a_redirect(
    browser: Browser, alice: User, last_code: Code, put: Callable[..., Workspace]
) -> None:
    """A redirect to another origin after a form would be stopped by `form-action 'self'`."""
    client, path = browser(), f"/workspaces/{put(alice, 'One').public_id}/open"
    wanted = client.get(path)
    assert wanted.headers["Location"] == f"/sign-in/?next={path}"
    client.post("/sign-in/", {"email": "alice@example.org", "next": path})
    response = client.post("/sign-in/code/", {"code": last_code()})
    assert response.status_code == 200
    assert Page(response).all("meta", http_equiv="refresh")[0]["content"] == f"0; url={path}"


def test_another_code_can_be_asked_for_until_that_is_too_often(browser: Browser, alice: User) -> None:
    client = browser()
    client.post("/sign-in/", {"email": "alice@example.org"})
    for _ in range(2):
        assert client.post("/sign-in/resend/").status_code == 302
    refused = client.post("/sign-in/resend/")
    assert refused.status_code == 429
    assert len(mail.outbox) == 3
    assert Page(refused).texts["h1"] == ["Check your mail"]


def test_the_pages_behind_the_first_lead_back_to_it_without_a_code_on_the_way(browser: Browser, db: None) -> None:
    for path in ("/sign-in/code/", "/sign-up/"):
        assert browser().get(path).headers["Location"] == "/sign-in/"


def test_looking_at_a_link_does_not_use_it_and_the_button_does(browser: Browser, alice: User) -> None:
    client, path = browser(), urlsplit(link_issue(alice)).path
    for _ in range(2):
        assert client.get(path).status_code == 200
    assert client.post(path).headers["Location"] == "/workspaces/"
    again = browser().post(path)
    assert again.status_code == 400
    assert "used before" in again.content.decode()


def test_signing_out_ends_the_session_and_needs_a_form(browser: Browser, alice: User) -> None:
    client = browser(alice)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").headers["Location"] == "/"
    assert client.get("/workspaces/").headers["Location"] == "/sign-in/?next=/workspaces/"


def test_signed_in_people_do_not_see_the_sign_in_page(browser: Browser, alice: User) -> None:
    assert browser(alice).get("/sign-in/").headers["Location"] == "/workspaces/"
