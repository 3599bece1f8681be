"""Every starter, as somebody uses it who has never seen one: chosen in the form, started by its command, opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import Made, Person
from tests.browser.test_terminal import ready
from tests.harness import Platform
from tests.integration.git_containers import certificate_make, git_server
from tests.parts import NewPlatform
from tests.waiting import eventually

pytestmark = pytest.mark.browser
WORK_MS, APP_MS = 90_000, 120_000
STARTED = {
    "Python with Flask": (5000, "Flask is running"),
    "React with Vite": (3000, "React is running"),
    "Java with Spring Boot": (8080, "Spring Boot is running"),
}


@pytest.fixture(scope="module")
def account(platform: Platform) -> Person:
    return Person(platform, "stella")


@pytest.fixture
def stella(account: Person) -> Iterator[Person]:
    """Somebody whose workspaces are gone after each test."""

    def spaces() -> list[dict[str, Any]]:
        answer = account.site.get("/api/v1/spaces/list", token=account.token).json()
        return list(answer["spaces"])

    yield account
    for space in spaces():
        account.delete(Made(space["id"], ""))
    eventually(lambda: not spaces(), "all are gone", 60)


def create(page: Page, title: str, name: str) -> None:
    """With a keyboard alone, from the list to the page of a workspace that runs."""
    page.get_by_role("link", name="Create your first workspace").focus()
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="VS Code").focus()
    page.keyboard.press("Space")
    page.get_by_role("radio", name=title).focus()
    page.keyboard.press("Space")
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator("#live .chip")).to_have_text("Running", timeout=WORK_MS)


@pytest.mark.parametrize("title", STARTED)
def test_a_starter_is_chosen_started_by_its_command_and_opened(
    title: str, stella: Person, new_page: NewPage, console_errors: list[str]
) -> None:
    port, heading = STARTED[title]
    page = stella.page(new_page)
    create(page, title, "My first app")
    panel = page.get_by_role("region", name=f"Start {title}")
    command = panel.locator("#starter-command").inner_text()
    apps = page.get_by_role("region", name="Apps")
    expect(apps).to_have_count(0)  # nothing to open yet
    panel.get_by_role("link", name="To the terminal").click()
    ready(page, "1")
    page.locator(".xterm-helper-textarea").focus()
    page.keyboard.type(command)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Overview").click()
    expect(apps).to_contain_text(f"Port {port}", timeout=APP_MS)
    with page.expect_popup() as opened:
        apps.get_by_role("link", name="Open app").click()
    app = opened.value
    expect(app.get_by_role("heading", level=1)).to_have_text(heading, timeout=WORK_MS)
    assert f"-{port}.localhost" in app.url
    assert app.evaluate("async () => (await fetch('/api/status')).status") == 200
    assert [error for error in console_errors if stella.site.url in error] == []


def test_an_empty_one_has_a_few_notes_and_nothing_to_start(stella: Person, new_page: NewPage) -> None:
    page = stella.page(new_page)
    create(page, "Empty", "A blank page")
    expect(page.locator("#starter-command")).to_have_count(0)
    page.get_by_role("navigation", name="Parts of this workspace").get_by_role("link", name="Files").click()
    expect(page.locator("#files")).to_contain_text("README.md")


def test_a_repository_is_cloned_and_there_to_be_looked_at(
    new_platform: NewPlatform, new_page: NewPage, tmp_path: Path, docker_engine: docker.DockerClient
) -> None:
    certificate = certificate_make(tmp_path)
    site = new_platform({"SPACES_CA_FILE": str(certificate)})
    page = Person(site, "gitta").page(new_page, "/workspaces/new")
    with git_server(docker_engine, site.instance, certificate) as git:
        page.get_by_role("radio", name="Git repository").check()
        page.get_by_label("Address").fill(git.url)
        page.get_by_label("Token").fill(git.token)
        page.get_by_label("Name", exact=True).fill("A copy")
        page.get_by_role("button", name="Create workspace").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("A copy")
        expect(page.locator("#live .chip")).to_have_text("Running", timeout=WORK_MS)
    expect(page.get_by_role("region", name="Details")).to_contain_text(git.url)
    page.get_by_role("navigation", name="Parts of this workspace").get_by_role("link", name="Files").click()
    page.get_by_role("link", name="repo", exact=True).click()
    expect(page.locator("#files")).to_contain_text("README.md")


def test_a_repository_is_asked_for_where_its_fields_are(
    stella: Person, new_page: NewPage, console_errors: list[str]
) -> None:
    page = stella.page(new_page, "/workspaces/new")
    address = page.get_by_label("Address")
    expect(address).to_be_hidden()
    page.get_by_role("radio", name="Git repository").check()
    expect(address).to_be_visible()
    page.get_by_role("button", name="Create workspace").click()
    expect(address).to_have_accessible_description(re.compile(r"Which repository\?$"))
    expect(address).to_be_focused()
    page.get_by_role("radio", name="Terminal A Linux shell").check()
    expect(page.get_by_role("radio", name="Git repository")).to_be_hidden()
    console_errors[:] = [error for error in console_errors if "400" not in error]
    assert console_errors == []


def test_without_scripts_starters_are_shown_for_their_kind_and_the_fields_are_a_click_away(
    stella: Person, new_page: NewPage
) -> None:
    page = stella.page(new_page, "/workspaces/new", java_script_enabled=False)
    starter = page.get_by_role("radio", name="Git repository")
    page.get_by_role("radio", name="Terminal A Linux shell").check()
    expect(starter).to_be_hidden()
    page.get_by_role("radio", name="VS Code").check()
    starter.check()
    page.get_by_role("link", name="Give its address under “Repository”").click()
    expect(page.get_by_label("Address")).to_be_visible()
