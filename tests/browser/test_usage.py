"""The charts of what a workspace uses, and the page of machines, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import docker
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import Made, Person
from tests.harness import Platform
from tests.waiting import eventually

pytestmark = pytest.mark.browser
BUSY = "timeout 90 sh -c 'while :; do :; done'"
GRID = 100
"""Height of a chart in its own units; 0 is at the top."""


@pytest.fixture(scope="module")
def rita(platform: Platform) -> Person:
    return Person(platform, "rita")


@pytest.fixture(scope="module")
def made(rita: Person) -> Iterator[Made]:
    made = rita.make("Simulation")
    yield made
    rita.delete(made)


def points(page: Page, line: str) -> list[tuple[float, float]]:
    """The corners of a line as it is drawn."""
    drawn = page.locator(f'[data-line="{line}"]').first.get_attribute("d") or ""
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", drawn)]


def test_the_charts_draw_and_move(
    rita: Person, made: Made, new_page: NewPage, docker_engine: docker.DockerClient, console_errors: list[str]
) -> None:
    page = rita.page(new_page, f"/workspaces/{made.id}/activity")
    value = page.locator('[data-chart="cpu"] [data-value="cpu"]')
    expect(value).to_have_text(re.compile(r"^[\d.]+%$"))
    expect(page.locator('[data-value="memory"]')).to_have_text(re.compile(r"^\d[\d.]* [KM]B$"))
    before = eventually(lambda: found if len(found := points(page, "cpu")) > 1 else [], "two points are drawn", 15)
    assert before[-1][1] > GRID / 2, "it is idle"

    docker_engine.containers.get(f"spaces-{made.id}").exec_run(["sh", "-c", BUSY], detach=True)
    eventually(lambda: points(page, "cpu")[-1][1] < GRID / 2, "the line rises with the work", 20)
    after = points(page, "cpu")
    assert len(after) > len(before)
    assert after[0][0] < before[0][0], "what was drawn moves to the left"
    assert int(re.sub(r"\D.*", "", value.inner_text())) > 40

    programs = page.get_by_role("group", name="Busiest programs")
    expect(programs).to_contain_text("while :; do :; done", timeout=30_000)
    expect(page.get_by_text("Whole disk")).to_be_visible()
    page.reload()
    assert len(points(page, "cpu")) >= len(after), "this tab keeps what it has seen"
    assert console_errors == []


def test_a_page_that_nobody_sees_asks_nothing(rita: Person, made: Made, new_page: NewPage) -> None:
    page = rita.page(new_page, f"/workspaces/{made.id}/activity")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_request("**/usage.json"):
        pass  # it asks while it is seen
    page.evaluate(
        """Object.defineProperty(document, "visibilityState", { get: () => window.shown ?? "hidden" });
        document.dispatchEvent(new Event("visibilitychange"));"""
    )
    page.wait_for_timeout(500)  # what is under way arrives
    asked.clear()
    page.wait_for_timeout(5000)  # two of its rounds
    assert asked == []
    with page.expect_request("**/usage.json", timeout=1500):  # at once, and not when its next round would come
        page.evaluate("window.shown = 'visible'; document.dispatchEvent(new Event('visibilitychange'))")


def test_the_page_follows_when_it_is_stopped_and_started(
    rita: Person, new_page: NewPage, console_errors: list[str]
) -> None:
    made = rita.make("Short-lived")
    page = rita.page(new_page, f"/workspaces/{made.id}/activity")
    expect(page.locator(".charts")).to_be_visible()
    rita.do("stop", made)
    expect(page.get_by_role("heading", name="Nothing to measure")).to_be_visible()
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".charts")).to_be_visible(timeout=60_000)
    expect(page.locator('[data-value="cpu"]')).to_have_text(re.compile(r"%$"))
    assert console_errors == []
    rita.delete(made)


def test_the_overview_shows_four_tiles(rita: Person, made: Made, new_page: NewPage, console_errors: list[str]) -> None:
    page = rita.page(new_page, f"/workspaces/{made.id}/")
    tiles = page.locator("#usage .tiles li")
    expect(tiles).to_have_count(4)
    expect(tiles.first.locator("strong")).to_have_text(re.compile(r"%$"))
    expect(tiles.nth(1).locator("strong")).to_have_text(re.compile(r"[KM]B$"))
    eventually(lambda: len(points(page, "memory")) > 1, "a line is drawn", 10)
    assert console_errors == []


def test_the_machines_appear(rita: Person, new_page: NewPage, console_errors: list[str]) -> None:
    page = rita.page(new_page, "/machines/")
    machine = page.locator(".machines .card")
    expect(machine).to_have_count(1)
    expect(machine).to_contain_text("this machine")
    expect(machine).to_contain_text("Online")
    assert console_errors == []
