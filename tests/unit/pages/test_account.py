"""The account page, the development inbox, and how pages look."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as site_settings

from accounts.models import ApiToken, User
from accounts.services import link_issue, token_authenticate
from tests.unit.pages.conftest import Browser
from tests.unit.pages.page import Page


def test_the_name_is_changed(browser: Browser, alice: User) -> None:
    assert browser(alice).post("/account/profile/", {"username": "alicia"}).headers["Location"] == "/account/"
    alice.refresh_from_db()
    assert alice.username == "alicia"


@pytest.mark.parametrize(("name", "status"), [("a b", 400), ("BOB", 409)])
def test_a_name_that_will_not_do_is_kept_and_explained(
    browser: Browser, alice: User, bob: User, name: str, status: int
) -> None:
    response = browser(alice).post("/account/profile/", {"username": name})
    assert response.status_code == status
    assert Page(response).value("username") == name
    assert Page(response).all("input", name="username", aria_invalid="true")


def test_a_token_is_shown_once_and_works(browser: Browser, alice: User) -> None:
    client = browser(alice)
    page = client.post("/account/tokens/", {"name": "laptop", "days": "30"})
    raw = next(text for text in Page(page).texts["code"] if text.startswith("sp_") and "…" not in text)
    token = token_authenticate(raw, None)
    assert token is not None
    assert token.user == alice
    assert token.expires_at is not None
    assert page.headers["Cache-Control"].count("no-store")
    assert raw not in client.get("/account/").content.decode()


def test_a_token_needs_a_name(browser: Browser, alice: User) -> None:
    response = browser(alice).post("/account/tokens/", {"name": " ", "days": ""})
    assert response.status_code == 400
    assert not ApiToken.objects.exists()


def test_tokens_are_revoked_by_their_owner_alone(browser: Browser, alice: User, charlie: User) -> None:
    browser(alice).post("/account/tokens/", {"name": "laptop", "days": ""})
    path = f"/account/tokens/{ApiToken.objects.get().pk}/revoke"
    assert browser(charlie).post(path).status_code == 404
    assert browser(alice).post(path).status_code == 302
    assert ApiToken.objects.get().revoked_at is not None


def sign_in(browser: Browser, user: User) -> Any:
    client = browser()
    client.post(urlsplit(link_issue(user)).path, headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"})
    return client


def test_other_browsers_are_listed_and_ended(browser: Browser, alice: User, charlie: User) -> None:
    this, other, third = (sign_in(browser, alice) for _ in range(3))
    page = this.get("/account/")
    assert page.content.decode().count("Firefox on Linux") >= 3
    assert page.content.decode().count("this browser") == 1
    ends = [f["action"] for f in Page(page).all("form") if f.get("action", "").endswith("/end")]
    assert len(ends) == 2
    assert browser(charlie).post(ends[0]).status_code == 404
    this.post(ends[0])
    assert sorted(client.get("/account/").status_code for client in (other, third)) == [200, 302]
    this.post("/account/sessions/end-others")
    assert [client.get("/account/").status_code for client in (this, other, third)] == [200, 302, 302]


def test_the_inbox_shows_mail_to_this_machine_alone(
    browser: Browser, db: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = {"at": "2026-01-02T03:04:05", "to": ["a@example.org"], "subject": "Code", "body": "Hello", "code": "123456"}
    monkeypatch.setattr("accounts.mail.inbox_messages", lambda: [mail])
    client = browser()
    settings.DEV_INBOX = True
    assert "123456" in client.get("/inbox/").content.decode()
    assert "/inbox/" in client.get("/sign-in/").content.decode()
    headers = ("X_FORWARDED_FOR", "X_FORWARDED_HOST", "X_FORWARDED_PROTO", "X_REAL_IP", "FORWARDED", "VIA")
    for stranger in ({"REMOTE_ADDR": "192.0.2.1"}, *({f"HTTP_{name}": "192.0.2.1"} for name in headers)):
        assert client.get("/inbox/", **stranger).status_code == 404
        assert "/inbox/" not in client.get("/sign-in/", **stranger).content.decode()
    settings.DEV_INBOX = False
    assert client.get("/inbox/").status_code == 404


def test_the_colours_chosen_come_with_the_page(browser: Browser, alice: User) -> None:
    client = browser(alice)
    assert "data-theme" not in Page(client.get("/account/")).all("html")[0]
    client.post("/theme/", {"theme": "dark", "next": "/account/"})
    assert Page(client.get("/account/")).all("html")[0]["data-theme"] == "dark"
    client.post("/theme/", {"theme": ""})
    assert "data-theme" not in Page(client.get("/account/")).all("html")[0]


def test_the_language_is_changed_by_a_form(browser: Browser, alice: User) -> None:
    client = browser(alice)
    client.post("/i18n/setlang/", {"language": "de", "next": "/account/"})
    assert Page(client.get("/account/")).all("html")[0]["lang"] == "de"
    assert site_settings.LANGUAGE_CODE == "en"
