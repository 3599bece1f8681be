"""A workspace of several people: the roles as each of them sees them, notes in two windows, and the password."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import Made, Person
from tests.browser.test_looks import page_problems
from tests.harness import Platform

pytestmark = pytest.mark.browser
WORK_MS = 60_000


class Lab:
    """Olga's workspace, which Edda may edit and Vera may look at."""

    def __init__(self, site: Platform) -> None:
        self.olga, self.edda, self.vera = (Person(site, name) for name in ("olga-o", "edda", "vera"))
        self.made: Made = self.olga.make("Robot lab")
        self.path = f"/workspaces/{self.made.id}/"


@pytest.fixture(scope="module")
def lab(platform: Platform) -> Iterator[Lab]:
    made = Lab(platform)
    yield made
    made.olga.delete(made.made)


def share(page: Page, who: str, role: str) -> None:
    people = page.get_by_role("region", name="People")
    people.get_by_label("User name or e-mail address").fill(who)
    people.get_by_role("radio", name=role).check()
    people.get_by_role("button", name="Share").click()
    expect(people.get_by_role("listitem").filter(has_text=who)).to_contain_text(role.lower())


def test_a_viewer_looks_and_an_editor_works(
    lab: Lab, new_page: NewPage, console_errors: list[str]
) -> None:
    olga = lab.olga.page(new_page, lab.path)
    share(olga, "edda", "Editor")
    share(olga, "vera", "Viewer")

    vera = lab.vera.page(new_page, lab.path)
    status = vera.get_by_role("region", name="Status")
    expect(status).to_contain_text("You may look at this workspace.")
    expect(status.get_by_role("link", name="Open")).to_have_count(0)
    expect(vera.get_by_role("button", name=re.compile("Stop|Start|Restart|Pause"))).to_have_count(0)
    expect(vera.get_by_role("region", name="Terminal")).to_have_count(0)
    for part, says in (("Terminal", "For editors only"), ("Files", "You may look and download"), ("Ports", "Robot lab"),
                       ("Activity", "Robot lab")):  # fmt: skip
        vera.get_by_role("navigation", name="Parts of this workspace").get_by_role("link", name=part).click()
        expect(vera.get_by_role("main")).to_contain_text(says)
    vera.goto(f"{lab.olga.site.url}/workspaces/")
    card = vera.get_by_role("article", name="Robot lab")
    expect(card.get_by_role("link", name="Details Robot lab")).to_be_visible()
    expect(card.get_by_role("button", name=re.compile("Stop"))).to_have_count(0)

    edda = lab.edda.page(new_page, lab.path)
    with edda.expect_response(lambda response: response.url.endswith("/restart")):
        edda.get_by_role("region", name="Status").get_by_role("button", name="Restart").click()
    expect(edda.locator("#live .chip")).to_have_text("Running", timeout=WORK_MS)

    people = olga.get_by_role("region", name="People")
    people.get_by_role("button", name="Make viewer edda").click()
    expect(people.get_by_role("listitem").filter(has_text="edda")).to_contain_text("viewer")
    expect(edda.get_by_role("region", name="Status").get_by_role("button", name="Stop")).to_have_count(0)  # by itself
    people.get_by_role("button", name="Make editor edda").click()
    expect(edda.get_by_role("region", name="Status").get_by_role("button", name="Stop")).to_be_visible()
    assert console_errors == []


def test_a_terminal_that_is_open_ends_when_its_person_becomes_a_viewer(lab: Lab, new_page: NewPage) -> None:
    olga = lab.olga.page(new_page, lab.path)
    share(olga, "edda", "Editor")
    edda = lab.edda.page(new_page, f"{lab.path}terminal")
    expect(edda.locator(".xterm-screen")).to_be_visible(timeout=WORK_MS)
    olga.get_by_role("button", name="Make viewer edda").click()
    expect(edda.locator("[data-banner]")).to_be_visible(timeout=WORK_MS)
    olga.get_by_role("button", name="Make editor edda").click()
    # Chromium may never close a page that it is about to leave.
    expect(olga.get_by_role("button", name="Make viewer edda")).to_be_visible()


def test_notes_are_written_in_place_and_two_windows_hear_of_each_other(
    lab: Lab, new_page: NewPage, console_errors: list[str]
) -> None:
    olga = lab.olga.page(new_page, lab.path)
    share(olga, "edda", "Editor")
    share(olga, "vera", "Viewer")
    edda, vera = (person.page(new_page, lab.path) for person in (lab.edda, lab.vera))
    for page in (olga, edda):
        notes = page.get_by_role("region", name="Notes")
        notes.get_by_role("link", name="notes").focus()
        page.keyboard.press("Enter")
        expect(notes.get_by_label("Text")).to_be_focused()
        assert "/notes" not in page.url  # in place
    olga.get_by_label("Text").fill("Do exercises 1–3.\nThen rest.")
    olga.get_by_role("button", name="Save notes").click()
    expect(olga.locator("#notes-text")).to_have_text("Do exercises 1–3.\nThen rest.", use_inner_text=True)
    expect(vera.locator("#notes-text")).to_contain_text("Do exercises 1–3.")  # without a reload
    expect(edda.get_by_label("Text")).to_have_value("")  # hers is not touched

    edda.get_by_label("Text").fill("Rest first.")
    edda.get_by_role("button", name="Save notes").click()
    conflict = edda.get_by_role("region", name="Notes")
    expect(conflict.get_by_role("alert")).to_contain_text("Somebody else has saved other notes")
    expect(conflict.locator("pre")).to_have_text("Do exercises 1–3.\nThen rest.", use_inner_text=True)
    expect(conflict.get_by_label("Yours")).to_have_value("Rest first.")
    console_errors[:] = [error for error in console_errors if "409" not in error]
    assert page_problems(edda, "notes-changed", console_errors) == []
    edda.get_by_role("button", name="Replace theirs with mine").click()
    expect(edda.locator("#notes-text")).to_have_text("Rest first.")
    expect(olga.locator("#notes-text")).to_have_text("Rest first.")
    assert console_errors == []


def test_who_does_not_own_it_is_asked_for_the_password_from_page_and_card(
    lab: Lab, new_page: NewPage, console_errors: list[str]
) -> None:
    olga = lab.olga.page(new_page, lab.path)
    share(olga, "edda", "Editor")
    panel = olga.get_by_role("region", name="Password", exact=True)
    panel.get_by_label("Password", exact=True).fill("correct horse")
    panel.get_by_role("button", name="Set password").click()
    expect(olga.get_by_text("The password is set.")).to_be_visible()

    edda = lab.edda.page(new_page)
    card = edda.get_by_role("article", name="Robot lab")
    card.locator("summary", has_text="More for").click()
    card.get_by_role("button", name="Stop").click()
    expect(edda.get_by_role("heading", level=1)).to_have_text("Stop: Robot lab")
    expect(edda.get_by_label("Password of this workspace")).to_be_focused()
    assert page_problems(edda, "password-ask", console_errors) == []
    edda.get_by_label("Password of this workspace").fill("wrong horse")
    edda.keyboard.press("Enter")
    field = edda.get_by_label("Password of this workspace")
    expect(field).to_have_accessible_description(re.compile("That is not the password of this workspace."))
    console_errors[:] = [error for error in console_errors if "403" not in error]
    assert page_problems(edda, "password-wrong", console_errors) == []
    field.fill("correct horse")
    edda.get_by_role("button", name="Stop").click()
    expect(edda).to_have_url(re.compile("/workspaces/$"))
    expect(card.locator(".chip").first).to_have_text("Stopped", timeout=WORK_MS)

    edda.goto(f"{lab.olga.site.url}{lab.path}")
    edda.get_by_role("region", name="Status").get_by_role("button", name="Start").click()
    expect(edda.get_by_role("heading", level=1)).to_have_text("Start: Robot lab")  # of a stopped one as well
    for _ in range(12):
        edda.get_by_label("Password of this workspace").fill("wrong horse")
        edda.get_by_role("button", name="Start").click()
        edda.wait_for_load_state()
        if edda.get_by_role("heading", level=1).inner_text() == "A little too fast":
            break
    expect(edda.get_by_role("heading", level=1)).to_have_text("A little too fast")
    olga.get_by_role("region", name="Status").get_by_role("button", name="Start").click()  # its owner is not
    expect(olga.locator("#live .chip")).to_have_text("Running", timeout=WORK_MS)
    olga.get_by_role("button", name="Remove password").click()
    expect(olga.get_by_text("The password is removed.")).to_be_visible()
    edda.goto(f"{lab.olga.site.url}{lab.path}")
    edda.get_by_role("region", name="Status").get_by_role("button", name="Stop").click()
    expect(edda.locator("#live .chip")).to_have_text("Stopped", timeout=WORK_MS)


def test_the_page_of_a_workspace_can_be_read_by_each_role(
    lab: Lab, new_page: NewPage, console_errors: list[str]
) -> None:
    share(lab.olga.page(new_page, lab.path), "vera", "Viewer")
    for name, person in (("roles-owner", lab.olga), ("roles-viewer", lab.vera)):
        assert page_problems(person.page(new_page, lab.path), name, console_errors) == []
    assert page_problems(lab.vera.page(new_page, f"{lab.path}terminal"), "viewer-terminal", console_errors) == []
    assert page_problems(lab.vera.page(new_page, f"{lab.path}files/"), "viewer-files", console_errors) == []
