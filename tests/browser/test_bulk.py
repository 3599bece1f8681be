"""Several workspaces at once in the browser: chosen, stopped by keyboard, followed live, deleted after a question."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import Person, card
from tests.browser.test_looks import page_problems
from tests.harness import Platform

pytestmark = pytest.mark.browser
WORK_MS = 60_000
NewPerson = Callable[[str], Person]


@pytest.fixture
def person(platform: Platform) -> Iterator[NewPerson]:
    """People with three workspaces that run, which are given back after the test."""
    people: list[Person] = []

    def make(name: str) -> Person:
        people.append(one := Person(platform, name))
        for made in [one.make(f"Seat {number}", wait=False) for number in (1, 2, 3)]:
            one.becomes(made, "running")
        return one

    yield make
    for one in people:
        for space in platform.get("/api/v1/spaces/list", token=one.token).json()["spaces"]:
            path, headers = f"/api/v1/spaces/delete/{space['id']}", {"Prefer": "respond-async"}
            platform.delete(path, token=one.token, headers=headers)


def expect_states(page: Page, *states: str) -> None:
    for number, state in enumerate(states, 1):
        expect(card(page, f"Seat {number}").locator(".card-status .chip")).to_have_text(state, timeout=WORK_MS)


def walk(page: Page, name: str, key: str = "Tab") -> None:
    """Press Tab until what has that name has the focus."""
    target = page.get_by_role("checkbox", name=name).or_(page.get_by_role("button", name=name))
    for _ in range(200):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{name} is not reached")


def test_two_are_stopped_by_keyboard_alone_and_the_page_follows(
    person: NewPerson, new_page: NewPage, console_errors: list[str]
) -> None:
    page = person("hanna").page(new_page)
    stop = page.get_by_role("button", name="Stop the chosen ones")
    expect(stop).to_have_count(0)  # nothing is chosen, so nothing is offered
    walk(page, "Choose Seat 1")
    page.keyboard.press("Space")
    walk(page, "Choose Seat 3")
    page.keyboard.press("Space")
    expect(page.locator("[data-chosen]")).to_have_text("Chosen: 2")
    walk(page, "Stop the chosen ones", "Shift+Tab")
    page.keyboard.press("Enter")
    panel = page.get_by_role("region", name="Stop 2 workspaces")
    expect(panel).to_contain_text("2 of 2 stopped", timeout=WORK_MS)
    expect(panel.get_by_role("progressbar")).to_have_count(0)
    expect_states(page, "Stopped", "Running", "Stopped")

    panel.get_by_role("button", name="Dismiss").click()
    expect(panel).to_have_count(0)
    page.reload()
    expect(panel).to_have_count(0)
    page.get_by_role("link", name="Bulk actions").click()
    page.get_by_role("link", name="Stop 2 workspaces").click()
    expect(page.get_by_role("region", name="Each workspace").get_by_text("Done", exact=True)).to_have_count(2)
    assert console_errors == []


def test_what_is_chosen_stays_chosen_while_cards_change(person: NewPerson, new_page: NewPage) -> None:
    ivan = person("ivan")
    page = ivan.page(new_page)
    page.get_by_label("Choose all").check()
    expect(page.locator("[data-chosen]")).to_have_text("Chosen: 3")
    page.locator("summary", has_text="More for Seat 2").click()
    card(page, "Seat 2").get_by_role("button", name="Stop").click()
    expect_states(page, "Running", "Stopped", "Running")
    expect(page.get_by_label("Choose Seat 2")).to_be_checked()
    page.get_by_label("Choose Seat 1").uncheck()
    expect(page.get_by_label("Choose all")).not_to_be_checked()
    page.get_by_label("Search").fill("Seat 1")
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator("[data-idle]")).to_be_visible()  # what cannot be seen is not chosen
    page.get_by_label("Search").fill("")
    expect(page.locator(".card")).to_have_count(3)
    expect(page.get_by_label("Choose Seat 3")).not_to_be_checked()


def test_deleting_asks_first_and_may_keep_the_files(
    person: NewPerson, new_page: NewPage, console_errors: list[str]
) -> None:
    page = person("jana").page(new_page)
    for number in (1, 2):
        page.get_by_label(f"Choose Seat {number}").check()
    page.get_by_role("button", name="Delete … the chosen ones").click()
    expect(page.get_by_role("heading", name="Delete 2 workspaces?")).to_be_visible()
    expect(page.locator(".going li")).to_have_text(["Seat 1 Terminal · running", "Seat 2 Terminal · running"])
    assert page_problems(page, "bulk-delete", console_errors) == []
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_role("link", name="Keep them").click()
    expect_states(page, "Running", "Running", "Running")
    page.get_by_label("Choose Seat 1").check()
    page.get_by_label("Choose Seat 2").check()
    page.get_by_role("button", name="Delete … the chosen ones").click()
    page.get_by_label("Keep the files").check()
    page.get_by_role("button", name="Delete for good").click()
    panel = page.get_by_role("region", name="Delete 2 workspaces")
    expect(panel).to_contain_text("2 of 2 deleted", timeout=WORK_MS)
    expect(page.locator(".card h2")).to_have_text(["Seat 3"])
    page.reload()
    expect(page.get_by_role("region", name="Kept files of deleted workspaces")).to_contain_text("Seat 1")
    panel.get_by_role("link", name="Delete 2 workspaces").click()
    expect(page.get_by_text("2 of 2 deleted")).to_be_visible()
    other = [error for error in console_errors if "404" not in error]  # which is how a card learns that it is gone
    assert page_problems(page, "bulk-page", other) == []


def test_on_a_phone_and_without_scripts(person: NewPerson, new_page: NewPage) -> None:
    karl = person("karl")
    phone = karl.page(new_page, viewport={"width": 360, "height": 740}, has_touch=True)
    phone.get_by_label("Choose Seat 2").check()
    bar = phone.locator(".bulk-verbs")
    expect(bar).to_be_in_viewport(ratio=1)
    assert phone.evaluate("document.documentElement.scrollWidth") == 360
    phone.get_by_role("button", name="Stop the chosen ones").tap()
    expect(phone.get_by_text("1 of 1 stopped")).to_be_visible(timeout=WORK_MS)

    plain = karl.page(new_page, java_script_enabled=False)
    plain.get_by_label("Choose Seat 2").check()
    plain.get_by_role("button", name="Start the chosen ones").click()
    expect(plain.get_by_role("region", name="Start 1 workspace")).to_be_visible()
    expect_states(phone, "Running", "Running", "Running")
    plain.get_by_label("All 3").check()
    plain.get_by_role("button", name="Stop the chosen ones").click()
    expect_states(phone, "Stopped", "Stopped", "Stopped")
