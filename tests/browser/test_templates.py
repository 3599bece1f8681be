"""The pages of templates in a browser: mistakes are said and marked while somebody types, and it works without scripts.

With `SPACES_TEST_LOOKS=folder` a picture of each is kept there, to be looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import Person
from tests.browser.test_looks import page_problems
from tests.harness import Platform

pytestmark = pytest.mark.browser
TABLE = "from workspaces.models import Template; Template.objects"
WRONG = "name: course\nresources:\n  memroy: 2g\n  cpus: lots\nnetwork:\n  mode: internet\n"
RIGHT = WRONG.replace("memroy", "memory").replace("lots", "2")


@pytest.fixture(scope="module")
def leader(platform: Platform) -> Iterator[Person]:
    """Somebody who may change templates, and leaves none behind."""
    person = Person(platform, "vera")
    platform.token(person.email, staff=True)
    platform.manage("shell", "-c", f"{TABLE}.create(name='pictured', yaml='name: pictured')")
    yield person
    platform.manage("shell", "-c", f"{TABLE}.filter(built_in=False).delete()")


@pytest.fixture(scope="module")
def reader(platform: Platform) -> Person:
    return Person(platform, "wim")


def marked(page: Page) -> list[str]:
    return page.locator(".gutter .is-wrong").all_inner_texts()


def test_mistakes_are_said_and_marked_while_somebody_types(
    leader: Person, new_page: NewPage, console_errors: list[str]
) -> None:
    page = leader.page(new_page, "/templates/new")
    text = page.get_by_label("Template (YAML)")
    text.fill(WRONG)
    expect(page.get_by_role("heading", name="2 mistakes")).to_be_visible()
    expect(page.get_by_text("Do you mean “memory”?")).to_be_visible()
    assert marked(page) == ["3", "4"]
    page.get_by_role("link", name="Line 4").click()
    page.keyboard.type("2")
    assert text.input_value() == WRONG.replace("lots", "2")
    expect(page.get_by_role("heading", name="1 mistake", exact=True)).to_be_visible()
    page.get_by_role("link", name="Line 3").click()
    page.keyboard.type("memory: 2g")
    expect(page.get_by_role("heading", name="No mistakes. What it means:")).to_be_visible()
    expect(page.get_by_text("Memory: 2 GB")).to_be_visible()
    assert (marked(page), text.get_attribute("aria-invalid")) == ([], "false")
    page.get_by_role("button", name="Save template").click()
    expect(page.get_by_text("The template “course” is saved.")).to_be_visible()
    assert page.get_by_label("Template (YAML)").input_value() == RIGHT
    page.get_by_role("link", name="Delete …").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("The template “course” is deleted.")).to_be_visible()
    assert console_errors == []


def test_without_scripts_mistakes_are_said_when_it_is_sent(leader: Person, new_page: NewPage) -> None:
    page = leader.page(new_page, "/templates/new", java_script_enabled=False)
    page.get_by_label("Template (YAML)").fill(WRONG)
    page.get_by_role("button", name="Save template").click()
    expect(page.get_by_text("Line 3: There is no key “memroy”.")).to_be_visible()
    assert page.get_by_label("Template (YAML)").input_value() == WRONG
    page.get_by_label("Template (YAML)").fill(RIGHT.replace("course", "plain"))
    page.get_by_role("button", name="Save template").click()
    expect(page.get_by_text("The template “plain” is saved.")).to_be_visible()


def refused(leader: Person, new_page: NewPage) -> Page:
    page = leader.page(new_page, "/templates/new")
    page.get_by_label("Template (YAML)").fill(WRONG)
    page.get_by_role("button", name="Save template").click()
    expect(page.get_by_label("Template (YAML)")).to_have_attribute("aria-invalid", "true")
    return page


PAGES: dict[str, Callable[[Person, Person, NewPage], Page]] = {
    "templates": lambda _leader, reader, new_page: reader.page(new_page, "/templates/"),
    "templates-leader": lambda leader, _reader, new_page: leader.page(new_page, "/templates/"),
    "template": lambda _leader, reader, new_page: reader.page(new_page, "/templates/default/"),
    "template-edit": lambda leader, _reader, new_page: leader.page(new_page, "/templates/default/?original"),
    "template-new": lambda leader, _reader, new_page: leader.page(new_page, "/templates/new"),
    "template-refused": lambda leader, _reader, new_page: refused(leader, new_page),
    "template-delete": lambda leader, _reader, new_page: leader.page(new_page, "/templates/pictured/delete"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_templates_can_be_read_and_reached_in_every_size_and_colour(
    name: str, leader: Person, reader: Person, new_page: NewPage, console_errors: list[str]
) -> None:
    page = PAGES[name](leader, reader, new_page)
    assert page_problems(page, name, console_errors) == []
