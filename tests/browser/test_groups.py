"""Groups of workspaces in the browser: by drag, by menu, by keyboard, without scripts, on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import Made, Person, card
from tests.browser.test_looks import page_problems
from tests.harness import Platform

pytestmark = pytest.mark.browser
NAMES = ("Anemometer", "Barometer", "Compass")


@pytest.fixture(scope="module")
def gina(platform: Platform) -> Iterator[Person]:
    """Has three workspaces and sorts them."""
    person = Person(platform, "gina")
    made: list[Made] = [person.make(name, wait=False) for name in NAMES]
    for one in made:
        person.becomes(one, "running")
    yield person
    for one in made:
        person.delete(one)


@pytest.fixture
def page(gina: Person, new_page: NewPage) -> Page:
    """Her list, with the groups that the tests before have left."""
    return gina.page(new_page)


def group(page: Page, name: str) -> Locator:
    """The group of that name beside the list."""
    return page.get_by_role("navigation", name="Groups").get_by_role("link", name=name)


def add(page: Page, name: str) -> None:
    page.get_by_role("link", name="New group").click()
    dialog = page.get_by_role("dialog", name="New group")
    expect(dialog.get_by_label("Name of the group")).to_be_focused()
    dialog.get_by_label("Name of the group").fill(name)
    dialog.get_by_role("button", name="Add group").click()
    expect(page.get_by_role("heading", name=f"“{name}” is empty")).to_be_visible()


def remove(page: Page, name: str) -> None:
    group(page, name).click()
    page.locator("summary", has_text="More for this group").click()
    page.get_by_role("link", name="Delete group …").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete group").click()
    expect(page.get_by_text(f"The group “{name}” is gone. Its workspaces are still there.")).to_be_visible()


def test_a_card_is_dragged_onto_a_group_and_the_move_taken_back(page: Page, console_errors: list[str]) -> None:
    add(page, "Weather")
    group(page, "All").click()
    expect(group(page, "Weather 0")).to_be_visible()
    card(page, "Barometer").drag_to(group(page, "Weather"), source_position={"x": 150, "y": 80})
    expect(page.locator("#moved")).to_contain_text("“Barometer” is in “Weather” now.")
    expect(group(page, "Weather 1")).to_be_visible()
    expect(card(page, "Barometer")).to_contain_text("Weather")
    expect(page.locator("body")).not_to_have_class("dragging")

    group(page, "Weather").click()
    expect(page.locator(".card h2")).to_have_text(["Barometer"])
    page.get_by_label("Search").fill("zeppelin")
    expect(page.get_by_text("None of the workspaces in this group fits this search.")).to_be_visible()
    page.get_by_label("Search").fill("")
    card(page, "Barometer").drag_to(group(page, "Uncategorized"), source_position={"x": 150, "y": 80})
    expect(page.get_by_role("heading", name="“Weather” is empty")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#moved")).to_contain_text("“Barometer” is back where it was.")
    expect(page.locator(".card h2")).to_have_text(["Barometer"])
    remove(page, "Weather")
    expect(page.locator(".card")).to_have_count(3)
    assert console_errors == []


def test_chosen_cards_are_dragged_together(page: Page) -> None:
    add(page, "Both")
    group(page, "All").click()
    for name in NAMES[:2]:
        page.get_by_label(f"Choose {name}").check()
    card(page, NAMES[0]).drag_to(group(page, "Both"), source_position={"x": 150, "y": 80})
    expect(page.locator("#moved")).to_contain_text("2 workspaces are in “Both” now.")
    expect(group(page, "Both 2")).to_be_visible()
    remove(page, "Both")


def test_a_card_is_moved_by_its_menu_with_the_keyboard_alone(page: Page, console_errors: list[str]) -> None:
    page.locator("summary", has_text="More for Compass").focus()
    page.keyboard.press("Enter")
    entry = card(page, "Compass").get_by_role("link", name="Move to group …")
    while not entry.evaluate("link => link === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Move “Compass”")
    name = dialog.get_by_label("Or a new group")
    expect(name).to_be_visible()
    while not name.evaluate("input => input === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.type("Directions")
    page.keyboard.press("Enter")
    expect(page.locator("#moved")).to_contain_text("“Compass” is in “Directions” now.")
    expect(group(page, "Directions 1")).to_be_visible()

    page.locator("summary", has_text="More for Compass").click()
    card(page, "Compass").get_by_role("link", name="Move to group …").click()
    expect(page.get_by_role("dialog").get_by_role("radio", name="Directions")).to_be_checked()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("summary", has_text="More for Compass")).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    expect(group(page, "Directions 0")).to_be_visible()
    remove(page, "Directions")
    assert console_errors == []


def test_a_group_is_renamed_and_a_bad_name_refused(page: Page) -> None:
    add(page, "Old name")
    page.locator("summary", has_text="More for this group").click()
    page.get_by_role("link", name="Rename group …").click()
    page.get_by_role("dialog").get_by_label("Name of the group").fill("a/b")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    field = page.get_by_label("Name of the group")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("New name")
    page.get_by_role("button", name="Rename").click()
    expect(group(page, "New name 0")).to_have_attribute("aria-current", "page")
    remove(page, "New name")


def test_without_scripts_all_of_it_works(gina: Person, new_page: NewPage) -> None:
    page = gina.page(new_page, java_script_enabled=False)
    page.get_by_role("link", name="New group").click()
    page.get_by_label("Name of the group").fill("By hand")
    page.get_by_role("button", name="Add group").click()
    group(page, "All").click()
    page.locator("summary", has_text="More for Anemometer").click()
    card(page, "Anemometer").get_by_role("link", name="Move to group …").click()
    page.get_by_role("radio", name="By hand").check()
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator("#moved")).to_contain_text("“Anemometer” is in “By hand” now.")
    expect(group(page, "By hand 1")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(group(page, "By hand 0")).to_be_visible()
    group(page, "By hand").click()
    page.locator("summary", has_text="More for this group").click()
    page.get_by_role("link", name="Delete group …").click()
    page.get_by_role("button", name="Delete group").click()
    expect(page.get_by_text("The group “By hand” is gone.")).to_be_visible()


def test_every_page_of_it_can_be_read_and_reached_in_every_size_and_colour(
    gina: Person, new_page: NewPage, console_errors: list[str]
) -> None:
    page = gina.page(new_page)
    for name in ("A group whose name is as long as a name may be 123", "Compiler course", "Robotics"):
        add(page, name)
    here = page.url
    page.goto(f"{gina.site.url}/workspaces/")
    page.get_by_label("Choose Barometer").check()
    assert page_problems(page, "groups", console_errors) == []
    page.goto(here)
    page.locator("summary", has_text="More for this group").click()
    assert page_problems(page, "group-menu", console_errors) == []
    for at, entry in (("move", "Move to group …"), ("rename", "Rename group …"), ("delete", "Delete group …")):
        page.goto(here if at != "move" else f"{gina.site.url}/workspaces/")
        page.goto(str(page.get_by_role("link", name=entry, include_hidden=True).first.evaluate("link => link.href")))
        assert page_problems(page, f"group-{at}", console_errors) == []


def test_on_a_phone_the_groups_are_a_row_that_scrolls_in_itself(gina: Person, new_page: NewPage) -> None:
    page = gina.page(new_page, viewport={"width": 360, "height": 740}, has_touch=True)
    row = page.locator(".groups-list")
    assert row.evaluate("row => row.scrollWidth > row.parentElement.clientWidth"), "there is something to scroll"
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    group(page, "Robotics").click()
    expect(group(page, "Robotics")).to_be_in_viewport()
    page.locator("summary", has_text="More for this group").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("link", name="Rename group …").click()
    expect(page.get_by_role("dialog")).to_be_in_viewport(ratio=1)


def test_another_page_of_the_same_person_hears_of_it(gina: Person, new_page: NewPage) -> None:
    page, other = gina.page(new_page), gina.page(new_page)
    other.wait_for_function("document.readyState === 'complete'")
    add(page, "Heard of")
    expect(group(other, "Heard of 0")).to_be_visible()
    group(page, "All").click()
    card(page, "Compass").drag_to(group(page, "Heard of"), source_position={"x": 150, "y": 80})
    expect(group(other, "Heard of 1")).to_be_visible()
    expect(card(other, "Compass")).to_contain_text("Heard of")
    remove(page, "Heard of")
    expect(group(other, "Heard of")).to_have_count(0)
