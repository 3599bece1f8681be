"""The panel beside the editor and the page of a seat, as a participant without an account has them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewPage
from tests.browser.editor import wait_for_workbench
from tests.browser.people import MAKE_LEADER, Person
from tests.browser.test_looks import KEEP, LOOKS, page_problems
from tests.harness import Platform
from tests.waiting import eventually

pytestmark = pytest.mark.browser
SOON_MS = 8_000
LONG_MS = 90_000
SETTING_UP = MAKE_LEADER + """
from datetime import timedelta
from django.utils import timezone
from tests.unit.workshop.seated import seat_taken
from workshop.keys import seat_address
from workshop.models import Seat, Workshop
from workspaces.models import Snapshot, Workspace
from workspaces.services.cloning import snapshot_ask
workspace = Workspace.objects.get(public_id="{id}")
closes_at = timezone.now() + timedelta(minutes=70)
workshop = Workshop.objects.create(
    slug="python", title="Python for beginners", owner=leader, seats_wanted=1, seats_most=1, state="open",
    closes_at=closes_at, snapshot=snapshot_ask(workspace, Snapshot.Purpose.WORKSHOP),
)
Workspace.objects.filter(pk=workspace.pk).update(is_seat=True)
Seat.objects.create(workshop=workshop, number=1, workspace=workspace, ready_at=timezone.now())
print(seat_address(seat_taken(workshop, 1, "Ada").key_sealed))
"""


class Evening:
    """Lena's workshop with one seat, and Ada who sits there."""

    def __init__(self, platform: Platform) -> None:
        self.platform, self.lena = platform, Person(platform, "lena-leads")
        self.made = self.lena.make("Python 1", kind="code-server")
        printed = platform.manage("shell", "-c", SETTING_UP.format(leader=self.lena.name, id=self.made.id))
        self.address = printed.split()[-1]

    def is_prepared(self) -> bool:
        """Whether there is something to reset to, which the next round of the site makes."""
        return bool(self.row("state", "workspaces_snapshot") == "ready")

    def row(self, column: str, table: str = "workshop_claim") -> Any:
        """Of the newest row, which is of this evening on whatever site."""
        return self.sql(f"SELECT {column} FROM {table} ORDER BY id DESC")

    def sql(self, text: str, *values: Any) -> Any:
        with sqlite3.connect(self.platform.data / "spaces.sqlite3", timeout=20) as database:
            found = database.execute(text, values).fetchone()
        return found[0] if found else None

    def ada(self, new_page: NewPage, **options: Any) -> Page:
        """Ada's browser, in the editor."""
        page = new_page(**options)
        page.goto(self.address)
        wait_for_workbench(page)
        expect(pill(page)).to_be_visible()
        return page

    def say(self, text: str) -> None:
        """What Lena writes to all."""
        self.lena._post("/workshops/python/message", text=text)


@pytest.fixture(scope="module")
def evening(platform: Platform) -> Iterator[Evening]:
    made = Evening(platform)
    yield made
    made.lena.delete(made.made)


def pill(page: Page) -> Locator:
    return page.locator("spaces-seat .pill")


def card(page: Page) -> Locator:
    return page.locator("spaces-seat .card")


def pop(page: Page) -> Locator:
    return page.locator("spaces-seat .pop")


def new_text(page: Page) -> None:
    """An unsaved text in the editor, which takes what is typed."""
    page.keyboard.press("Control+Alt+n")
    page.locator(".editor-group-container.active .monaco-editor.focused").wait_for()
    page.wait_for_timeout(1000)  # it shows its text before it takes any, and says nothing when it does


def within(page: Page) -> str:
    """What has the focus inside the panel, "" when nothing has."""
    return str(page.evaluate("document.querySelector('spaces-seat').shadowRoot.activeElement?.textContent ?? ''"))


def test_a_hand_goes_up_with_a_question_and_the_editor_notices_nothing(evening: Evening, new_page: NewPage) -> None:
    page = evening.ada(new_page)
    new_text(page)
    page.keyboard.type("one ")
    pill(page).click()
    expect(card(page)).to_contain_text("Python for beginners")
    note = card(page).get_by_label("Your question, if you like")
    note.fill("")
    note.press_sequentially("Why / what? ")
    page.keyboard.press("Control+a")  # the question's text, and not the editor's
    page.keyboard.press("End")
    page.keyboard.type("?!")
    card(page).get_by_role("button", name="Raise my hand").click()
    expect(card(page)).to_contain_text("Your hand is up, and you are next.")
    assert evening.row("hand_note") == "Why / what? ?!"
    assert evening.row("hand_raised_at") is not None
    expect(card(page).get_by_role("button", name="Lower my hand")).to_be_focused()
    expect(pill(page)).to_have_attribute("data-up", "")

    card(page).get_by_role("button", name="Close").click()
    page.keyboard.type("two")  # the editor has its hands back
    expect(page.locator(".view-lines")).to_contain_text("one two")
    expect(page.locator(".view-lines")).not_to_contain_text("Why")

    pill(page).click()
    card(page).get_by_role("button", name="Lower my hand").click()
    expect(card(page).get_by_role("button", name="Raise my hand")).to_be_focused()
    assert evening.row("hand_raised_at") is None


def test_escape_and_tab_do_what_they_do_where_they_are_pressed(evening: Evening, new_page: NewPage) -> None:
    page = evening.ada(new_page)
    new_text(page)
    pill(page).click()
    expect(card(page)).to_be_visible()
    card(page).get_by_role("button", name="Reset to the beginning …").click()
    expect(card(page)).to_contain_text("A copy is kept with the leader")
    page.keyboard.press("Escape")
    expect(card(page).get_by_role("button", name="Reset to the beginning …")).to_be_focused()
    page.keyboard.press("Escape")
    expect(card(page)).to_be_hidden()
    assert "Your seat" in within(page)
    page.keyboard.press("Escape")
    page.keyboard.type("back")
    expect(page.locator(".view-lines")).to_contain_text("back")
    page.keyboard.press("Tab")  # is the editor's own
    page.keyboard.type("x")
    expect(page.locator(".view-lines")).to_contain_text(re.compile(r"back\s+x"))
    page.keyboard.press("F1")
    page.locator(".quick-input-widget input").wait_for()
    page.keyboard.press("Escape")
    expect(page.locator(".quick-input-widget")).to_be_hidden()


def test_by_the_keyboard_alone_every_control_is_reached(evening: Evening, new_page: NewPage) -> None:
    page = evening.ada(new_page)
    pill(page).focus()
    page.keyboard.press("Enter")
    expect(card(page)).to_be_visible()
    names = set()
    for _ in range(11):
        page.keyboard.press("Tab")
        names.add(within(page).strip() or page.evaluate(
            "document.querySelector('spaces-seat').shadowRoot.activeElement?.ariaLabel || ''"
        ))  # fmt: skip
    assert {"Move it aside", "Close", "Raise my hand", "Download my work", "My seat’s page"} <= names
    assert {"Reset to the beginning …", "Make it small"} <= names


def test_a_message_pops_up_within_seconds_once_and_takes_no_focus(evening: Evening, new_page: NewPage) -> None:
    page = evening.ada(new_page)
    new_text(page)
    page.keyboard.type("before ")
    evening.say("Break until half past.")
    expect(pop(page)).to_contain_text("Break until half past.", timeout=SOON_MS)
    expect(page.locator("spaces-seat .hears[role=status]")).to_contain_text("Break until half past.")
    page.keyboard.type("and after")
    expect(page.locator(".view-lines")).to_contain_text("before and after")
    pop(page).get_by_role("button", name="Got it").click()
    expect(pop(page)).to_be_hidden()
    page.keyboard.type(", too")
    expect(page.locator(".view-lines")).to_contain_text("before and after, too")

    page.reload()
    wait_for_workbench(page)
    pill(page).click()
    expect(card(page).get_by_label("From the leader")).to_contain_text("Break until half past.")
    expect(pop(page)).to_be_hidden()


def test_the_time_counts_down_by_the_servers_clock_and_warns_once(evening: Evening, new_page: NewPage) -> None:
    page = new_page()
    page.add_init_script("Date.now = ((now) => () => now() + 3600000)(Date.now)")  # a laptop that is an hour fast
    page.goto(evening.address)
    wait_for_workbench(page)
    expect(pill(page)).to_contain_text(re.compile(r"1 hr \d+ min|6\d min|70 min|1 hr"))
    evening.platform.manage("shell", "-c", (
        "from datetime import timedelta; from django.utils import timezone; from workshop.models import Workshop; "
        "Workshop.objects.update(closes_at=timezone.now() + timedelta(seconds=290))"
    ))  # fmt: skip
    page.reload()
    wait_for_workbench(page)
    expect(pill(page)).to_contain_text("5 min")
    expect(pop(page)).to_contain_text("The workshop closes in 5 min.")
    pop(page).get_by_role("button", name="Got it").click()
    page.reload()
    wait_for_workbench(page)
    expect(pill(page)).to_contain_text(re.compile("[45] min"))
    expect(pop(page)).to_be_hidden()
    evening.platform.manage("shell", "-c", (
        "from datetime import timedelta; from django.utils import timezone; from workshop.models import Workshop; "
        "Workshop.objects.update(closes_at=timezone.now() + timedelta(minutes=70))"
    ))  # fmt: skip


def test_it_moves_aside_and_becomes_small_and_remembers_that(evening: Evening, new_page: NewPage) -> None:
    page = evening.ada(new_page)
    expect(page.locator("spaces-seat .dock")).to_have_attribute("data-at", "top")
    pill(page).click()
    card(page).get_by_role("button", name="Move it aside").click()
    expect(page.locator("spaces-seat .dock")).to_have_attribute("data-at", "right")
    card(page).get_by_role("button", name="Make it small").click()
    page.keyboard.press("Escape")
    assert pill(page).bounding_box()["width"] < 60  # type: ignore[index]
    page.reload()
    wait_for_workbench(page)
    expect(page.locator("spaces-seat .dock")).to_have_attribute("data-at", "right")
    assert pill(page).bounding_box()["width"] < 60  # type: ignore[index]


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_the_panel_can_be_read(evening: Evening, new_page: NewPage, size: tuple[int, int]) -> None:
    page = evening.ada(new_page, viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert looks(page) == [], scheme
        pill(page).click()
        expect(card(page)).to_be_visible()
        box = card(page).bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= size[0] and box["y"] >= 0
        assert looks(page) == [], scheme
        card(page).get_by_role("button", name="Reset to the beginning …").click()
        assert looks(page) == [], scheme
        keep(page, f"seat-panel-{size[0]}-{scheme}")
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        expect(card(page)).to_be_hidden()


def looks(page: Page) -> list[str]:
    """What cannot be read in the panel: as for our own pages, asked of the shadow alone."""
    script = LOOKS.replace("document.querySelectorAll", "ROOT.querySelectorAll")
    script = script.replace("() => {", "() => { const ROOT = document.querySelector('spaces-seat').shadowRoot;", 1)
    found = page.evaluate(script)
    return [problem for problem in found if not problem.endswith((" h1", "language")) and "px wide" not in problem]


def keep(page: Page, name: str) -> None:
    """A picture of it, to be looked at."""
    if KEEP:
        page.screenshot(path=f"{KEEP}/{name}.png")


def test_the_panel_speaks_german(evening: Evening, new_page: NewPage) -> None:
    page = evening.ada(new_page, locale="de")
    expect(page.locator("spaces-seat .dock")).to_have_attribute("lang", "de")


def test_who_leads_sees_whose_seat_it_is_and_is_seen_to_look_in(evening: Evening, new_page: NewPage) -> None:
    page = evening.lena.page(new_page, f"/workspaces/{evening.made.id}/open")
    wait_for_workbench(page)
    pill(page).click()
    expect(card(page)).to_contain_text("Ada works here. You are looking in.")
    expect(card(page).get_by_role("button", name="Raise my hand")).to_have_count(0)

    page = evening.ada(new_page)
    pill(page).click()
    expect(card(page)).to_contain_text(re.compile(r"lena-leads looked in at \d\d:\d\d [AP]M\."))


def test_no_other_workspace_has_a_panel(evening: Evening, new_page: NewPage) -> None:
    other = evening.lena.make("Not a seat", kind="code-server")
    page = evening.lena.page(new_page)
    with page.expect_response(lambda answer: answer.url.endswith("/_spaces/seat?words")) as answered:
        page.goto(f"{evening.platform.url}/workspaces/{other.id}/open")
    assert answered.value.status == 204
    wait_for_workbench(page)
    expect(page.locator("spaces-seat")).to_have_count(0)
    evening.lena.delete(other)


# -- the page of the seat
def seat_page(evening: Evening) -> Callable[[NewPage], Page]:
    def open_it(new_page: NewPage) -> Page:
        page = new_page()
        page.goto(evening.address)
        wait_for_workbench(page)
        page.goto(f"{evening.platform.url}/workshop/mine/")
        return page

    return open_it


def test_the_page_of_a_seat_can_be_read_and_reached(evening: Evening, new_page: NewPage) -> None:
    assert page_problems(seat_page(evening)(new_page), "seat-mine", []) == []


def test_the_page_of_a_seat_is_live_and_works_by_hand(evening: Evening, new_page: NewPage) -> None:
    page = seat_page(evening)(new_page)
    page.get_by_label("Your question, if you like").fill("Where is it?")
    page.get_by_role("button", name="Raise my hand").click()
    expect(page.get_by_text("Your hand is up, and you are next.")).to_be_visible()
    page.wait_for_timeout(1000)  # its websocket is open
    page.get_by_label("Your question, if you like").fill("Half a sent")
    evening.say("We go on.")
    page.wait_for_timeout(2500)  # it was told, and holds still
    expect(page.get_by_label("Your question, if you like")).to_have_value("Half a sent")
    page.get_by_label("Your question, if you like").blur()
    expect(page.get_by_text("We go on.")).to_be_visible(timeout=SOON_MS)
    page.get_by_role("button", name="Lower my hand").click()
    expect(page.get_by_role("button", name="Raise my hand")).to_be_visible()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open my workspace").click()
    wait_for_workbench(opened.value)


def test_a_reset_is_asked_for_shown_and_done(evening: Evening, new_page: NewPage) -> None:
    eventually(evening.is_prepared, "the snapshot is there", 60)
    page = evening.ada(new_page)
    pill(page).click()
    card(page).get_by_role("button", name="Reset to the beginning …").click()
    card(page).get_by_role("button", name="Reset", exact=True).click()
    expect(card(page)).to_contain_text("Your workspace is being reset.")
    expect(card(page).get_by_role("progressbar")).to_be_visible()
    evening.lena.becomes(evening.made, "running")
    wait_for_workbench(page)
    assert evening.row("count(*)", "workshop_backup") == 1


def test_after_the_release_it_says_so_and_the_page_says_what_happened(evening: Evening, new_page: NewPage) -> None:
    page = evening.ada(new_page)
    page.wait_for_timeout(1500)  # it listens
    evening.lena._post("/workshops/python/seats/1/ask/release")
    expect(pill(page)).to_be_visible()
    eventually(lambda: evening.row("state") == "released", "the seat is released", 20)
    pill(page).click()
    expect(card(page)).to_contain_text("This seat is not yours any more.", timeout=SOON_MS)
    expect(card(page).get_by_role("button", name="Raise my hand")).to_be_hidden()
    page.goto(f"{evening.platform.url}/workshop/mine/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("This browser does not know your seat")
