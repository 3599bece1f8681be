"""Looking at somebody's desktop: by a link without an account until it is taken back, and as who leads a workshop."""

from __future__ import annotations

from collections.abc import Iterator

import docker
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.desktop import Board, connected, enter
from tests.browser.people import MAKE_LEADER
from tests.harness import Platform

pytestmark = pytest.mark.browser
ENDS_MS = 30_000
LEADS = MAKE_LEADER + """
from django.utils import timezone
from workshop.models import Seat, Workshop
from workspaces.models import Workspace
workshop = Workshop.objects.create(slug="over-shoulders", title="Over shoulders", owner=leader, seats_wanted=1,
    seats_most=1, state="open")
space = Workspace.objects.get(public_id="{id}")
Seat.objects.create(workshop=workshop, number=1, workspace=space, ready_at=timezone.now())
"""


@pytest.fixture(scope="module")
def board(platform: Platform, docker_engine: docker.DockerClient) -> Iterator[Board]:
    made = Board(platform, "lena-looks", docker_engine)
    yield made
    made.delete(made.made)


def test_whoever_has_the_link_looks_until_it_is_taken_back(
    board: Board, new_page: NewPage, console_errors: list[str]
) -> None:
    desktop = board.open(new_page)
    page = board.page(new_page, f"/workspaces/{board.made.id}/")
    panel = page.get_by_role("region", name="Let somebody look")
    panel.get_by_role("button", name="Make a link to look").click()
    first = page.locator("#looking-link").inner_text()

    stranger = new_page(viewport={"width": 900, "height": 600})
    stranger.goto(first)
    connected(stranger)
    expect(stranger.get_by_text("You are looking only")).to_be_visible()
    board.only_looks(stranger, desktop, "by-link")
    assert console_errors == []

    panel.get_by_role("button", name="Make a new link").click()
    expect(page.get_by_text("The old one does not work any more.")).to_be_visible()
    expect(stranger.locator("#screen")).not_to_have_attribute("data-state", "there", timeout=ENDS_MS)
    second = page.locator("#looking-link").inner_text()
    answer = stranger.goto(first)
    assert second != first and answer and answer.status >= 400
    stranger.goto(second)
    connected(stranger)

    panel.get_by_role("button", name="Take the link back").click()
    expect(panel.get_by_role("button", name="Make a link to look")).to_be_visible()
    expect(stranger.locator("#screen")).not_to_have_attribute("data-state", "there", timeout=ENDS_MS)
    answer = stranger.goto(second)
    assert answer and answer.status >= 400


def test_who_leads_looks_over_a_shoulder_and_helps_at_the_same_screen(board: Board, new_page: NewPage) -> None:
    board.site.manage("shell", "-c", LEADS.format(leader=board.name, id=board.made.id))
    desktop = board.open(new_page)
    wall = board.page(new_page, "/workshops/over-shoulders/?view=wall")
    with wall.expect_popup() as looking:
        wall.get_by_role("link", name="Look into seat 1").click()
    look = looking.value
    connected(look)
    expect(look.get_by_text("You are looking only")).to_be_visible()
    board.only_looks(look, desktop, "looked-at")

    with wall.expect_popup() as helping:
        wall.get_by_role("link", name="Help at seat 1").click()
    helper = helping.value
    connected(helper)
    enter(helper, "echo like this > helped")
    board.has("helped", "like this\n")
