"""The list of workspaces and the form for a new one, as a person uses them all day."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import Person, card
from tests.harness import Platform
from tests.waiting import eventually

pytestmark = pytest.mark.browser
WORK_MS = 60_000
NewPerson = Callable[[str], Person]


@pytest.fixture
def person(platform: Platform) -> Iterator[NewPerson]:
    """People of one test alone; what they made is given back after it."""
    people: list[Person] = []

    def make(name: str) -> Person:
        people.append(Person(platform, name))
        return people[-1]

    yield make
    for one in people:
        for space in platform.get("/api/v1/spaces/list", token=one.token).json()["spaces"]:
            path, headers = f"/api/v1/spaces/delete/{space['id']}", {"Prefer": "respond-async"}
            platform.delete(path, token=one.token, headers=headers)


def names(page: Page) -> list[str]:
    """Of the cards, in the order in which they stand."""
    return page.locator(".card h2").all_inner_texts()


def use_menu(page: Page, name: str, entry: str) -> None:
    """Click an entry of the menu on a card."""
    of_card = card(page, name)
    of_card.locator("summary", has_text=f"More for {name}").click()
    of_card.locator(".menu-item", has_text=entry).click()
    expect(of_card.locator("details[open]")).to_have_count(0)


def expect_state(page: Page, name: str, state: str) -> None:
    expect(card(page, name).locator(".chip")).to_have_text(state, timeout=WORK_MS)


def test_an_empty_list_says_what_to_do_and_leads_to_a_workspace_that_runs(
    person: NewPerson, new_page: NewPage, console_errors: list[str]
) -> None:
    page = person("first").page(new_page)
    expect(page.get_by_role("heading", name="Your first workspace is one click away")).to_be_visible()
    expect(page.get_by_label("Search")).to_be_hidden()  # in nothing
    page.get_by_role("link", name="Create your first workspace").click()
    page.get_by_role("radio", name=re.compile("Terminal")).check()
    page.get_by_label("Name", exact=True).fill("Shell lessons")
    page.get_by_role("button", name="Create workspace").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Shell lessons")
    expect(page.locator("#live .chip")).to_have_text("Running", timeout=WORK_MS)
    expect(page.locator("#copies").get_by_role("link", name="Make copies")).to_be_visible()  # now that there is one
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Workspaces").click()
    expect_state(page, "Shell lessons", "Running")
    expect(page.get_by_label("Search")).to_be_visible()
    assert console_errors == []


def test_an_open_list_follows_what_a_program_does_without_a_reload(
    person: NewPerson, new_page: NewPage, console_errors: list[str]
) -> None:
    anna = person("anna")
    page = anna.page(new_page)
    page.evaluate(
        """() => {
            window.seen = new Set();
            new MutationObserver(() => {
                for (const chip of document.querySelectorAll(".chip")) window.seen.add(chip.textContent.trim());
                for (const bar of document.querySelectorAll("progress")) window.seen.add(bar.ariaLabel);
            }).observe(document.body, { childList: true, subtree: true });
        }"""
    )
    made = anna.make("Compiler", wait=False)
    expect_state(page, "Compiler", "Running")
    anna.do("stop", made)
    expect_state(page, "Compiler", "Stopped")
    anna.do("start", made)
    expect_state(page, "Compiler", "Running")
    seen = page.evaluate("[...window.seen]")  # gone with a reload
    assert {"Being created", "Progress of Compiler", "Running", "Stopped"} <= set(seen)
    anna.delete(made)
    expect(page.get_by_role("heading", name="Your first workspace is one click away")).to_be_visible(timeout=WORK_MS)
    assert [error for error in console_errors if "404" not in error] == []  # which is how a card learns that it is gone


def test_a_list_is_searched_filtered_and_put_in_order(person: NewPerson, new_page: NewPage) -> None:
    ben = person("ben")
    editor = ben.make("Robot arm", kind="code-server", wait=False)
    ben.do("stop", ben.make("Crane"))
    ben.make("Balance")
    ben.becomes(editor, "running")
    page = ben.page(new_page)
    assert names(page) == ["Balance", "Crane", "Robot arm"]  # the newest first, as nothing was opened

    page.get_by_label("Search").fill("ANCE")
    expect(page.locator(".card")).to_have_count(1)
    assert names(page) == ["Balance"]
    expect(page.get_by_text("1 workspace found")).to_be_visible()
    page.get_by_label("Search").fill("zeppelin")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("link", name="Clear search and filters").click()
    expect(page.locator(".card")).to_have_count(3)

    page.get_by_label("Status").select_option("Stopped")
    expect(page.locator(".card h2")).to_have_text(["Crane"])
    page.get_by_label("Status").select_option("all")
    page.get_by_label("Kind").select_option("VS Code")
    expect(page.locator(".card h2")).to_have_text(["Robot arm"])
    page.reload()  # the address holds the choice
    expect(page.locator(".card h2")).to_have_text(["Robot arm"])
    page.get_by_label("Kind").select_option("all")
    page.get_by_label("Order").select_option("Newest")
    expect(page.locator(".card h2")).to_have_text(["Balance", "Crane", "Robot arm"])
    page.get_by_label("Order").select_option("Name")
    page.get_by_label("Search").fill("r")
    expect(page.locator(".card h2")).to_have_text(["Crane", "Robot arm"])
    page.go_back()
    expect(page.locator(".card h2")).to_have_text(["Balance", "Crane", "Robot arm"])

    page.goto(f"{ben.site.url}/workspaces/")
    star = card(page, "Robot arm").get_by_role("button", name="Favourite: Robot arm")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    page.reload()
    assert names(page) == ["Robot arm", "Balance", "Crane"]
    page.get_by_label("Favourites first").uncheck()
    expect(page.locator(".card h2")).to_have_text(["Balance", "Crane", "Robot arm"])
    star.click()
    expect(star).to_have_attribute("aria-pressed", "false")


def test_every_verb_has_a_button_that_does_it(
    person: NewPerson, new_page: NewPage, console_errors: list[str]
) -> None:
    carla = person("carla")
    made = carla.make("Engine")
    page = carla.page(new_page)
    steps = [("Pause", "Paused", "paused"), ("Resume", "Running", "running"), ("Restart", "Running", "running")]
    steps += [("Stop", "Stopped", "exited"), ("Start", "Running", "running")]
    for verb, shown, status in steps:
        before = carla.space(made)["startedAt"]
        big = card(page, "Engine").locator(".card-foot > form").get_by_role("button", name=verb)
        if verb in ("Resume", "Start"):
            big.click()
        else:
            use_menu(page, "Engine", verb)
        if verb == "Restart":
            eventually(lambda before=before: carla.space(made)["startedAt"] != before, "it began anew")
        expect_state(page, "Engine", shown)
        assert carla.status(made) == status
    page.get_by_role("link", name="Engine", exact=True).click()
    done = page.get_by_role("region", name="History").locator(".what")
    expect(done).to_have_text(["Start", "Stop", "Restart", "Resume", "Pause", "Create"])
    assert console_errors == []


def test_deleting_asks_first_and_then_leaves_every_open_page(person: NewPerson, new_page: NewPage) -> None:
    dora = person("dora")
    dora.make("Old homework")
    dora.make("Thesis", wait=False)
    page, other = dora.page(new_page), dora.page(new_page)
    expect(card(other, "Old homework")).to_be_visible()

    use_menu(page, "Old homework", "Delete …")
    expect(page.get_by_role("heading", name="Delete “Old homework”?")).to_be_visible()
    expect(page.get_by_text("every file in it")).to_be_visible()
    page.get_by_role("link", name="Keep it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Old homework")
    expect_state(other, "Old homework", "Running")

    page.get_by_role("link", name="Delete …").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("“Old homework” is being deleted.")).to_be_visible()
    for each in (page, other):
        expect(card(each, "Old homework")).to_have_count(0, timeout=WORK_MS)
        expect(card(each, "Thesis")).to_be_visible()


def test_a_form_that_is_refused_keeps_what_was_typed_and_says_why_at_the_field(
    person: NewPerson, new_page: NewPage
) -> None:
    emil = person("emil")
    emil.make("Blinking light", wait=False)
    page = emil.page(new_page, "/workspaces/new")
    page.get_by_role("radio", name=re.compile("Terminal")).check()
    page.get_by_text("Memory and CPU").click()
    page.get_by_label("Memory", exact=True).select_option("512 MB")
    name = page.get_by_label("Name", exact=True)
    name.fill("blinking LIGHT")
    page.get_by_role("button", name="Create workspace").click()
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description(re.compile("Another of your workspaces has this name"))
    expect(name).to_be_focused()  # so that a screen reader reads it out
    expect(name).to_have_value("blinking LIGHT")
    expect(page.get_by_label("Memory", exact=True)).to_have_value("512")
    expect(page.get_by_role("radio", name=re.compile("Terminal"))).to_be_checked()

    name.fill("Blinking light 2")
    page.locator("summary", has_text="Password").click()
    password = page.get_by_label("Password", exact=True)
    password.fill("short")
    page.get_by_role("button", name="Create workspace").click()
    assert password.evaluate("input => input.validity.tooShort")  # the browser's own words, in its language
    page.get_by_role("button", name="Make one up").click()
    assert re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){2}", password.input_value())
    page.get_by_role("button", name="Create workspace").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Blinking light 2")


def test_who_has_all_that_they_may_have_is_told_what_to_do(person: NewPerson, new_page: NewPage) -> None:
    fred = person("fred")
    for number in range(1, 6):
        fred.make(f"Exercise {number}", wait=False)
    page = fred.page(new_page, "/workspaces/new")
    page.get_by_label("Name", exact=True).fill("One too many")
    page.get_by_role("button", name="Create workspace").click()
    expect(page.get_by_role("alert")).to_contain_text("You have all 5 workspaces that you may have. Delete one first.")
    expect(page.get_by_label("Name", exact=True)).to_have_value("One too many")
