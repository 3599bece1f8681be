"""Visits to workspaces that sleep, that are silent, and that are not there."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.editor import wait_for_workbench
from tests.browser.people import Person
from tests.harness import Platform

pytestmark = pytest.mark.browser
A_WHILE_MS = 6_000


def test_a_forgotten_tab_wakes_nothing_but_a_visit_does_and_ends_in_the_editor(
    new_page: NewPage, platform: Platform
) -> None:
    rosa = Person(platform, "rosa")
    made = rosa.make("Night work", kind="code-server")
    address = platform.workspace_url(made.id)
    tab = rosa.page(new_page, f"/workspaces/{made.id}/open")
    wait_for_workbench(tab)
    rosa.do("stop", made)
    tab.wait_for_timeout(A_WHILE_MS)  # the editor tries to connect again all the time
    assert rosa.status(made) == "exited"

    page = tab.context.new_page()
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Night work is waking up")
    expect(page.get_by_role("progressbar", name="Progress")).to_be_visible()
    expect(page.get_by_role("status")).not_to_be_empty()
    wait_for_workbench(page)
    assert page.url.startswith(address)
    assert rosa.status(made) == "running"

    page.goto(f"http://{made.id}-5000.localhost:{platform.port}/")  # signed in here by way of the platform
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing is listening on port 5000")
    expect(page.get_by_text("--bind 0.0.0.0")).to_be_visible()
    rosa.delete(made)


def test_an_address_where_nothing_is_says_so(new_page: NewPage, platform: Platform) -> None:
    page = Person(platform, "sam").page(new_page)
    page.goto(platform.workspace_url("aaaaaaaaaaaa"))
    expect(page.get_by_role("main")).to_contain_text("There is no such workspace.")
    page.get_by_role("link", name="To your workspaces").click()
    expect(page).to_have_url(f"{platform.url}/workspaces/")

    stranger = new_page()
    stranger.goto(platform.workspace_url("aaaaaaaaaaaa"))  # who is not signed in learns nothing, not even that
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Sign in")
    stranger.goto(f"http://what.is.this.localhost:{platform.port}/")
    expect(stranger.get_by_role("heading", level=1)).to_have_text("There is no workspace here")
