"""A tab that nobody touches, in the real editor: it keeps nothing awake, is warned, and comes back as it was."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import Chromium
from tests.browser.conftest import TIMEOUT_MS, NewPage
from tests.browser.editor import wait_for_workbench
from tests.browser.people import Made, Person
from tests.harness import Platform
from tests.waiting import eventually

pytestmark = pytest.mark.browser
LEFT_ALONE_MS = 75_000
SETTLED_MS = 5_000
LONG_MS = 60_000
DATES = "%Y-%m-%d %H:%M:%S.%f"


class Idle:
    """Somebody's workspace with the editor, and how long ago it was used, as the database has it."""

    def __init__(self, platform: Platform, person: Person, name: str) -> None:
        self.platform, self.person = platform, person
        self.made: Made = person.make(name, kind="code-server")

    def last_use(self) -> datetime:
        return datetime.strptime(self._sql("SELECT last_activity_at FROM workspaces_workspace")[0], DATES)

    def unused_for(self, span: timedelta) -> None:
        """As if nobody had used it for so long."""
        at = (datetime.now(UTC) - span).strftime(DATES)
        self._sql("UPDATE workspaces_workspace SET last_activity_at = ?, state_changed_at = ?", at, at)

    def _sql(self, text: str, *values: str) -> tuple[str]:
        with sqlite3.connect(self.platform.data / "spaces.sqlite3", timeout=20) as database:
            found = database.execute(f"{text} WHERE public_id = ?", (*values, self.made.id)).fetchone()
        return found or ("",)


class Tab:
    """A tab with that editor. `before`: the last use when it had settled and was left alone, which was at `since`."""

    def __init__(self, desk: Idle, chromium: Chromium) -> None:
        self.desk, self.chromium = desk, chromium
        self.page = self._open()

    def leave(self) -> None:
        self.page.wait_for_timeout(SETTLED_MS)
        self.before, self.since = self.desk.last_use(), time.monotonic()

    def again(self) -> Page:
        """Its page, once it was left alone for long enough. A Chromium that ended meanwhile makes it begin anew."""
        if self.page.is_closed():
            self.page = self._open()
            self.leave()
        self.page.wait_for_timeout(max(0, LEFT_ALONE_MS - (time.monotonic() - self.since) * 1000))
        return self.page

    def _open(self) -> Page:
        page = self.desk.person.page(self._new_page, f"/workspaces/{self.desk.made.id}/open")
        wait_for_workbench(page)
        return page

    def _new_page(self, **options: Any) -> Page:
        context = self.chromium.new_context(locale="en", **options)
        context.set_default_timeout(TIMEOUT_MS)
        return context.new_page()


@pytest.fixture(scope="module")
def ida(platform: Platform) -> Person:
    return Person(platform, "ida")


@pytest.fixture(scope="module", autouse=True)
def left_alone(platform: Platform, ida: Person, chromium: Chromium) -> Iterator[Tab]:
    """Opened before all tests, which take as long as it is to be left alone."""
    desk = Idle(platform, ida, "left alone")
    tab = Tab(desk, chromium)
    tab.leave()
    yield tab
    tab.page.context.close()
    ida.delete(desk.made)


@pytest.fixture(scope="module")
def desk(platform: Platform, ida: Person) -> Iterator[Idle]:
    desk = Idle(platform, ida, "ida rests")
    yield desk
    ida.delete(desk.made)


@pytest.fixture
def editor(desk: Idle, new_page: NewPage) -> Page:
    page = desk.person.page(new_page, f"/workspaces/{desk.made.id}/open")
    wait_for_workbench(page)
    return page


def banner(page: Page) -> Locator:
    return page.locator("spaces-here section")


def ask_now(page: Page) -> None:
    """As when the tab is looked at again two hours later."""
    page.evaluate("Date.now = ((now) => () => now() + 7200000)(Date.now)")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def new_text(page: Page) -> None:
    """An unsaved text in the editor, which takes what is typed."""
    page.keyboard.press("Control+Alt+n")
    page.locator(".tab.active", has_text="Untitled").wait_for()
    page.locator(".editor-group-container.active .monaco-editor.focused").wait_for()
    page.wait_for_timeout(1000)  # it shows its text before it takes any, and says nothing when it does


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_editors_page_warns_and_a_click_keeps_it_running(desk: Idle, new_page: NewPage, scheme: str) -> None:
    page = desk.person.page(new_page, f"/workspaces/{desk.made.id}/open", color_scheme=scheme)
    wait_for_workbench(page)
    desk.unused_for(timedelta(minutes=112, seconds=30))
    ask_now(page)
    expect(banner(page)).to_contain_text("It pauses in 8 minutes, since nobody uses it.")
    expect(banner(page)).to_have_attribute("role", "status")
    banner(page).get_by_role("button", name="Keep it running").click()
    expect(banner(page)).to_have_count(0)
    eventually(lambda: datetime.now(UTC).replace(tzinfo=None) - desk.last_use() < timedelta(seconds=30), "noted", 5)


def test_the_banner_speaks_german(desk: Idle, new_page: NewPage) -> None:
    page = desk.person.page(new_page, f"/workspaces/{desk.made.id}/open", locale="de")
    wait_for_workbench(page)
    desk.unused_for(timedelta(minutes=112, seconds=30))
    ask_now(page)
    expect(banner(page)).to_have_attribute("lang", "de")
    expect(banner(page).get_by_role("button")).not_to_have_text("")


def test_it_is_paused_and_continues_with_what_was_not_saved(desk: Idle, editor: Page) -> None:
    new_text(editor)
    editor.keyboard.type("not saved yet")
    expect(editor.locator(".view-lines")).to_contain_text("not saved yet")
    editor.wait_for_timeout(SETTLED_MS)  # the last use is on its way
    desk.unused_for(timedelta(minutes=121))
    desk.person.becomes(desk.made, "paused")

    ask_now(editor)
    expect(banner(editor)).to_contain_text("Nobody had used it for 2 h")
    expect(banner(editor)).to_contain_text(re.compile(r"paused at \d\d:\d\d"))
    button = banner(editor).get_by_role("button", name="Continue")
    expect(button).to_be_focused()
    editor.keyboard.press("Enter")
    expect(banner(editor)).to_have_count(0, timeout=LONG_MS)
    desk.person.becomes(desk.made, "running")
    editor.keyboard.type(", nor now")  # where the hands were
    expect(editor.locator(".view-lines")).to_contain_text("not saved yet, nor now")
    expect(editor.locator(".view-lines")).to_contain_text("not saved yet")
    new_text(editor)
    expect(editor.locator(".tab", has_text="Untitled-2")).to_be_visible(timeout=LONG_MS)
    editor.locator(".tab", has_text="Untitled-1").click()
    expect(editor.locator(".view-lines")).to_contain_text("not saved yet")


def test_one_that_was_stopped_is_started_from_its_page(desk: Idle, editor: Page) -> None:
    desk.person.do("stop", desk.made)
    ask_now(editor)
    expect(banner(editor)).to_contain_text("stopped at")
    banner(editor).get_by_role("button", name="Start it").click()
    expect(banner(editor)).to_have_count(0, timeout=LONG_MS)
    wait_for_workbench(editor)
    assert desk.person.status(desk.made) == "running"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_workspaces_page_warns_and_keeps_it_awake(desk: Idle, new_page: NewPage, scheme: str) -> None:
    desk.unused_for(timedelta(minutes=112, seconds=30))
    page = desk.person.page(new_page, f"/workspaces/{desk.made.id}/", color_scheme=scheme)
    live = page.locator("#live")
    expect(live).to_contain_text("It pauses in 8 minutes")
    live.get_by_role("button", name="Keep it running").click()
    expect(live).not_to_contain_text("It pauses in")
    live.get_by_role("button", name="Keep awake for 4 hours").click()
    expect(live).to_contain_text("Kept awake until")
    live.get_by_role("button", name="No longer keep it awake").click()
    expect(live.get_by_role("button", name="Keep awake for 8 hours")).to_be_visible()

    desk.unused_for(timedelta(minutes=112, seconds=30))
    page.goto(f"{desk.platform.url}/workspaces/")
    card = page.get_by_role("article", name=re.compile("rests"))
    card.get_by_role("button", name="Keep it running").click()
    expect(card).not_to_contain_text("It pauses in")


def test_a_tab_left_open_is_no_use_and_a_key_is(left_alone: Tab) -> None:
    page, desk = left_alone.again(), left_alone.desk
    assert desk.last_use() == left_alone.before
    with page.expect_request(lambda request: request.url.endswith("/_spaces/here") and request.method == "POST"):
        page.keyboard.press("ArrowDown")
    eventually(lambda: desk.last_use() > left_alone.before, "it is noted", 5)
