"""The page of events as people use it: new ones come up, older ones are loaded, a search narrows, a file is saved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import Person
from tests.harness import Platform

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def nora(platform: Platform) -> Person:
    return Person(platform, "nora-audit")


def events(page: Page) -> object:
    return page.locator("#newest .event")


def happen(person: Person, times: int) -> None:
    """So many events of theirs."""
    for number in range(times):
        person._post("/account/profile/", username=f"nora-{number % 2}-{times}")


def test_a_new_event_comes_up_without_a_reload_and_stays_away_when_that_is_not_wanted(
    nora: Person, new_page: NewPage, console_errors: list[str]
) -> None:
    page = nora.page(new_page, "/audit/?what=accounts")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    happen(nora, 1)
    expect(page.locator(".event")).to_have_count(1, timeout=8000)
    expect(page.locator(".event")).to_contain_text("Profile changed")
    page.locator(".event summary").click()
    expect(page.locator(".event dl")).to_contain_text("127.0.0.")
    happen(nora, 2)
    expect(page.locator(".event")).to_have_count(3, timeout=8000)
    expect(page.locator(".event dl").last).to_be_visible()  # what was open stays open

    page.get_by_label("Show new events at once").uncheck()
    happen(nora, 2)
    page.wait_for_timeout(4000)  # longer than it takes otherwise
    expect(page.locator(".event")).to_have_count(3)
    page.get_by_label("Show new events at once").check()
    expect(page.locator(".event")).to_have_count(5, timeout=8000)
    assert console_errors == []


def test_older_events_are_loaded_and_a_search_narrows(
    nora: Person, new_page: NewPage, console_errors: list[str], tmp_path: Path
) -> None:
    happen(nora, 60)
    page = nora.page(new_page, "/audit/")
    expect(page.locator(".event")).to_have_count(50)
    page.get_by_role("link", name="Load older events").press("Enter")
    expect(page.get_by_text("That is all there is.")).to_be_visible()
    assert page.locator(".event").count() > 60
    ids = page.locator(".event").evaluate_all("all => all.map((one) => one.id)")
    assert len(ids) == len(set(ids))

    page.get_by_label("Search", exact=True).fill("127.0.0.")
    page.get_by_label("What").select_option("signing_in")
    expect(page.locator(".event")).not_to_have_count(50)
    expect(page.locator(".event").first).to_contain_text("API token made")
    assert "what=signing_in" in page.url
    with page.expect_download() as saved:
        page.get_by_role("link", name="JSON").click()
    path = tmp_path / "events.json"
    saved.value.save_as(path)
    found = json.loads(path.read_text())
    assert {event["action"] for event in found} >= {"token.issue", "user.sign_up"}
    assert page.locator(".event").count() == len(found)
    assert console_errors == []


def test_on_a_phone_events_are_cards_that_fit(nora: Person, new_page: NewPage) -> None:
    happen(nora, 1)
    page = nora.page(new_page, "/audit/", viewport={"width": 390, "height": 844})
    expect(page.locator(".event").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".event summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_a_script_it_works_by_links_and_a_button(nora: Person, new_page: NewPage) -> None:
    page = nora.page(new_page, "/audit/", java_script_enabled=False)
    page.get_by_label("What").select_option("signing_in")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".event").first).to_contain_text("API token made")
    page.get_by_role("link", name="show all").click()
    page.get_by_role("link", name="Load older events").click()
    expect(page.get_by_role("link", name="To the newest")).to_be_visible()
