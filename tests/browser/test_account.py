"""Signing in and out, API tokens, other browsers, the first administrator's link, and the language."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import Person
from tests.harness import Platform

pytestmark = pytest.mark.browser


def ask_for_a_code(page: Page, person: Person) -> str:
    """The code from the mail, on the page that asks for it."""
    before = len(person.site.mails(person.email))
    page.goto(person.site.url)
    page.get_by_role("link", name="Sign in", exact=True).click()
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_role("button", name="Send me a code").click()
    return person.site.sign_in_code(person.email, after=before)


def test_a_wrong_code_is_refused_the_right_one_signs_in_and_the_button_out(page: Page, platform: Platform) -> None:
    gina = Person(platform, "gina")
    code = ask_for_a_code(page, gina)
    field = page.get_by_label("Code", exact=True)
    expect(field).to_be_focused()
    field.fill(f"{(int(code) + 1) % 10**6:06d}")
    page.get_by_role("button", name="Continue").click()
    expect(field).to_have_accessible_description(re.compile("code", re.I))
    expect(field).to_be_focused()
    field.fill(f"{code[:3]} {code[3:]}")  # as some mail programs show it
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Welcome, gina.")).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.goto(f"{platform.url}/workspaces/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.go_back()  # nothing of the account is kept for the next person at this desk
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


def test_a_token_is_shown_once_works_in_a_request_and_is_void_when_revoked(
    new_page: NewPage, platform: Platform, console_errors: list[str]
) -> None:
    page = Person(platform, "henry").page(new_page, "/account/", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_label("What is it for?").fill("lab robot")
    page.get_by_label("Valid for").select_option("90 days")
    page.get_by_role("button", name="Create").click()
    fresh = page.locator(".fresh")
    expect(fresh).to_contain_text("The token “lab robot” is ready.")
    raw = fresh.locator("#new-token").inner_text()
    fresh.get_by_role("button", name="Copy").click()
    expect(fresh.get_by_role("button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == raw
    assert platform.get("/api/v1/users/me", token=raw).json()["data"]["username"] == "henry"

    page.goto(f"{platform.url}/account/")
    expect(page.get_by_role("list", name="Your tokens")).to_contain_text("lab robot")
    assert raw not in page.content()
    page.get_by_role("button", name="Revoke lab robot").click()
    expect(page.get_by_text("The token is revoked")).to_be_visible()
    expect(page.get_by_role("button", name="Revoke lab robot")).to_have_count(0)
    assert platform.get("/api/v1/users/me", token=raw).status_code == 401
    assert console_errors == []


def test_another_browser_is_listed_and_is_out_at_its_next_click_when_it_is_ended(
    new_page: NewPage, platform: Platform
) -> None:
    ida = Person(platform, "ida")
    phone = new_page(user_agent="Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0")
    code = ask_for_a_code(phone, ida)
    phone.get_by_label("Code", exact=True).fill(code)
    phone.get_by_role("button", name="Continue").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Workspaces")

    desk = ida.page(new_page, "/account/")
    expect(desk.get_by_role("region", name="Signed-in browsers")).to_contain_text("this browser")
    desk.get_by_role("button", name="Sign out Firefox on Android").click()
    expect(desk.get_by_text("That browser is signed out.")).to_be_visible()
    phone.get_by_role("link", name="Account").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Sign in")
    desk.reload()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Account")


def test_the_link_that_the_server_prints_signs_the_first_administrator_in_once(
    new_page: NewPage, platform: Platform
) -> None:
    found = re.search(r"which works once: (\S+/sign-in/link/\S+)", platform.log(lines=10_000))
    assert found, platform.log()
    page = new_page()
    page.goto(found[1])
    page.reload()  # looking at it uses nothing up, as mail programs look at links too
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Administration")).to_be_visible()

    other = new_page()
    other.goto(found[1])
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("This link does not work")
    other.get_by_role("link", name="Sign in by e-mail").click()
    expect(other.get_by_label("E-mail address")).to_be_focused()


def test_a_language_that_was_chosen_is_remembered(page: Page, platform: Platform, console_errors: list[str]) -> None:
    page.goto(platform.url)
    page.locator("#preferences summary").click()
    page.get_by_role("button", name="Deutsch").click()
    for path in ("/", "/sign-in/"):
        page.goto(platform.url + path)
        expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anmelden")
    page.locator("#preferences summary").click()
    expect(page.get_by_role("button", name="Deutsch")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert console_errors == []
