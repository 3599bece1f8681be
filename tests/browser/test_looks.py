"""Every page on a wide and a narrow screen, light and dark: legible, within the window, reachable by keyboard.

With `SPACES_TEST_LOOKS=folder` a picture of each is kept there, to be looked at.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import Made, Person
from tests.harness import Platform

pytestmark = pytest.mark.browser
HERE = Path(__file__).parent
LOOKS, TABBING = (HERE / "looks.js").read_text(), (HERE / "tabbing.js").read_text()
KEEP = os.environ.get("SPACES_TEST_LOOKS", "")
SIZES = ((1280, 800), (390, 844))
WORK_MS = 60_000


class World:
    """Lena with a workspace in every state, and Nora who has none yet."""

    def __init__(self, site: Platform, engine: docker.DockerClient) -> None:
        self.site = site
        self.lena, self.nora = Person(site, "lena"), Person(site, "nora")
        self.editor = self.lena.make("Weather station", kind="code-server", wait=False)
        self.asleep = self.lena.make("Compiler course, group B", wait=False)
        self.guarded = self.lena.make("Shared notes", password="a long password", wait=False)
        self.ended = self.lena.make("Kernel experiments", wait=False)
        for made in (self.editor, self.asleep, self.guarded, self.ended):
            self.lena.becomes(made, "running")
        self.lena.do("stop", self.asleep)
        engine.containers.get(f"spaces-{self.ended.id}").kill()
        self.lena.becomes(self.ended, "exited")

    def port(self, made: Made) -> str:
        """The address of a port in it, at which nothing answers."""
        return f"http://{made.id}-5000.localhost:{self.site.port}/"

    def at(self, path: str, person: Person | None = None) -> Callable[[NewPage], Page]:
        """Opens that path."""

        def to(new_page: NewPage) -> Page:
            if person:
                return person.page(new_page, path)
            page = new_page()
            page.goto(path if path.startswith("http") else self.site.url + path)
            return page

        return to

    def code(self, new_page: NewPage) -> Page:
        page = self.at("/sign-in/")(new_page)
        page.get_by_label("E-mail address").fill(self.nora.email)
        page.get_by_role("button", name="Send me a code").click()
        expect(page.get_by_label("Code", exact=True)).to_be_visible()
        return page

    def refused(self, new_page: NewPage) -> Page:
        page = self.at("/workspaces/new", self.lena)(new_page)
        page.get_by_label("Name", exact=True).fill("Shared notes")
        page.get_by_role("button", name="Create workspace").click()
        expect(page.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")
        return page

    def menu(self, new_page: NewPage) -> Page:
        page = self.at("/workspaces/", self.lena)(new_page)
        page.locator("summary", has_text="More for Weather station").click()
        return page

    def token(self, new_page: NewPage) -> Page:
        page = self.at("/account/", self.lena)(new_page)
        page.get_by_label("What is it for?").fill("the lab’s robot arm")
        page.get_by_role("button", name="Create").click()
        expect(page.locator("#new-token")).to_be_visible()
        return page

    def wait(self, new_page: NewPage) -> Page:
        page = self.at("/workspaces/", self.lena)(new_page)
        state = {"state": "starting", "percent": 40, "step": "Starting", "error": "", "ready": False, "waiting": True}
        page.route("**/_spaces/state", lambda route: route.fulfill(json=state))  # held, or it would be over at once
        page.goto(f"{self.site.url}/workspaces/{self.asleep.id}/open?port=5000")
        expect(page.get_by_role("heading", level=1)).to_contain_text("is waking up")
        return page

    def pages(self) -> dict[str, Callable[[NewPage], Page]]:
        """How to get to each page."""
        return {
            "start": self.at("/"),
            "sign-in": self.at("/sign-in/"),
            "code": self.code,
            "link": self.at("/sign-in/link/nothing"),
            "list-empty": self.at("/workspaces/", self.nora),
            "list": self.at("/workspaces/", self.lena),
            "list-menu": self.menu,
            "list-nothing-found": self.at("/workspaces/?q=zeppelin", self.lena),
            "new": self.at("/workspaces/new", self.lena),
            "new-refused": self.refused,
            "workspace": self.at(f"/workspaces/{self.editor.id}/", self.lena),
            "workspace-ended": self.at(f"/workspaces/{self.ended.id}/", self.lena),
            "activity": self.at(f"/workspaces/{self.editor.id}/activity?all=1", self.lena),
            "activity-ended": self.at(f"/workspaces/{self.ended.id}/activity?all=1", self.lena),
            "machines": self.at("/machines/?all=1", self.lena),
            "push": self.at(f"/workspaces/{self.editor.id}/push", self.lena),
            "audit": self.at("/audit/", self.lena),
            "audit-nothing-found": self.at("/audit/?q=zeppelin", self.lena),
            "delete": self.at(f"/workspaces/{self.editor.id}/delete", self.lena),
            "account": self.at("/account/", self.lena),
            "account-token": self.token,
            "not-found": self.at("/nothing/here", self.lena),
            "gate": self.at(self.port(self.guarded)),
            "wait": self.wait,
            "silent": self.at(f"/workspaces/{self.guarded.id}/open?port=5000", self.lena),
            "unknown": self.at(f"http://what.is.this.localhost:{self.site.port}/"),
        }


PAGES = [
    *("start", "sign-in", "code", "link"),
    *("list-empty", "list", "list-menu", "list-nothing-found", "new", "new-refused"),
    *("workspace", "workspace-ended", "activity", "activity-ended", "machines", "push"),
    *("audit", "audit-nothing-found"),
    *("delete", "account", "account-token", "not-found"),
    *("gate", "wait", "silent", "unknown"),
]


@pytest.fixture(scope="module")
def world(platform: Platform, docker_engine: docker.DockerClient) -> Iterator[World]:
    made = World(platform, docker_engine)
    assert list(made.pages()) == PAGES
    yield made
    for space in (made.editor, made.asleep, made.guarded, made.ended):
        made.lena.delete(space)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read_and_reached_in_every_size_and_colour(
    name: str, world: World, new_page: NewPage, console_errors: list[str]
) -> None:
    assert page_problems(world.pages()[name](new_page), name, console_errors) == []


def page_problems(page: Page, name: str, console_errors: list[str]) -> list[str]:
    """What cannot be read or reached on that page, in any size and colour; `name` is its pictures'."""
    page.emulate_media(reduced_motion="reduce")  # or colours would be measured half-way to the next
    problems: list[str] = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            problems += [f"{width} {scheme}: {problem}" for problem in page.evaluate(LOOKS)]
            if KEEP:
                Path(KEEP).mkdir(parents=True, exist_ok=True)
                page.screenshot(path=f"{KEEP}/{name}-{width}-{scheme}.png", full_page=True)
        problems += [f"{width}: {problem}" for problem in tab_through(page)]
    loading = f"{page.url}: Failed to load resource"  # the page itself, by its status
    return [*problems, *(error for error in console_errors if not error.startswith(loading))]


def tab_through(page: Page) -> list[str]:
    """What Tab does not reach, or reaches without a sign of it."""
    count = page.evaluate(TABBING)
    for _ in range(count + 2):
        page.keyboard.press("Tab")
    return list(page.evaluate("tabbing()"))


def test_without_scripts_a_workspace_is_made_stopped_started_and_deleted(
    world: World, new_page: NewPage, console_errors: list[str]
) -> None:
    page = world.nora.page(new_page, java_script_enabled=False)
    page.get_by_role("link", name="Create your first workspace").click()
    page.get_by_role("radio", name="Terminal A Linux shell").check()
    page.get_by_label("Name", exact=True).fill("By hand")
    page.get_by_role("button", name="Create workspace").click()
    reload_until(page, "Running")
    page.get_by_role("button", name="Stop").click()
    reload_until(page, "Stopped")
    page.get_by_role("button", name="Start").click()
    reload_until(page, "Running")

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Workspaces").click()
    page.get_by_label("Status").select_option("Stopped")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("link", name="Clear search and filters").click()
    page.get_by_role("button", name="Favourite: By hand").click()
    expect(page.get_by_role("button", name="Favourite: By hand")).to_have_attribute("aria-pressed", "true")
    page.locator("summary", has_text="More for By hand").click()
    page.get_by_role("link", name="Delete …").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("“By hand” is being deleted.")).to_be_visible()
    assert console_errors == []


def reload_until(page: Page, state: str) -> None:
    """Afterwards the workspace's page shows that state."""
    for _ in range(200):
        if page.locator("#live .chip").inner_text() == state:
            return
        page.wait_for_timeout(200)
        page.goto(page.url)
    raise AssertionError(f"it is not {state}")
