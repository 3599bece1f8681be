"""The leader's page in the browser: it follows what happens without jumping, and what is ticked stays ticked."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import MAKE_LEADER, Made, Person
from tests.browser.test_looks import page_problems
from tests.harness import Platform
from tests.local_http import new_session

pytestmark = pytest.mark.browser
SOON_MS = 8_000
WORK_MS = 60_000
SETTING_UP = MAKE_LEADER + """
from datetime import timedelta
from django.utils import timezone
from tests.unit.workshop.seated import seat_taken
from workshop.keys import seat_address
from workshop.models import Seat, Workshop
from workspaces.models import Workspace
workshop = Workshop.objects.create(
    slug="wall", title="Wall", owner=leader, seats_wanted=3, seats_most=3, state="open",
    closes_at=timezone.now() + timedelta(minutes=70),
)
for number, id in enumerate({ids}, start=1):
    workspace = Workspace.objects.get(public_id=id)
    Workspace.objects.filter(pk=workspace.pk).update(is_seat=True)
    Seat.objects.create(workshop=workshop, number=number, workspace=workspace, ready_at=timezone.now())
for number, name in ((1, "Ada"), (2, "Bob")):
    claim = seat_taken(workshop, number, name)
    print(claim.pk, seat_address(claim.key_sealed))
"""


class Participant:
    """Somebody with a seat, in a browser that needs no pictures."""

    def __init__(self, platform: Platform, claim: str, address: str) -> None:
        self.site, self.claim, self.http = platform, claim, new_session()
        self.http.get(address, headers={"Accept": "text/html"}, timeout=30)

    def raise_hand(self, note: str) -> None:
        found = self.http.get(f"{self.site.url}/workshop/mine/", timeout=30)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', found.text)
        assert token, found.text
        sent = {"csrfmiddlewaretoken": token[1], "up": "1", "note": note}
        answer = self.http.post(f"{self.site.url}/workshop/mine/{self.claim}/hand", data=sent, timeout=30)
        assert answer.ok and "Your hand is up" in answer.text, answer.text


class Evening:
    """Lena's workshop with three seats, Ada and Bob on two of them."""

    def __init__(self, platform: Platform) -> None:
        self.platform, self.lena = platform, Person(platform, "lena-watches")
        self.made: list[Made] = [self.lena.make(f"Wall {number}", wait=False) for number in (1, 2, 3)]
        for made in self.made:
            self.lena.becomes(made, "running")
        ids = [made.id for made in self.made]
        printed = platform.manage("shell", "-c", SETTING_UP.format(leader=self.lena.name, ids=ids))
        rows = [line.split() for line in printed.splitlines() if "/workshop/seat/" in line]
        self.ada, self.bob = (Participant(platform, *row) for row in rows)


@pytest.fixture(scope="module")
def evening(platform: Platform) -> Iterator[Evening]:
    made = Evening(platform)
    yield made
    for one in made.made:
        made.lena.delete(one)


def seat(page: Page, number: int) -> Locator:
    return page.locator(f"#seat-{number}")


def order(page: Page) -> list[str]:
    return [str(one) for one in page.eval_on_selector_all("[data-seat]", "all => all.map(one => one.dataset.seat)")]


def test_a_hand_comes_up_by_itself_stands_first_and_is_lowered(
    evening: Evening, new_page: NewPage, console_errors: list[str]
) -> None:
    page = evening.lena.page(new_page, "/workshops/wall/?sort=marks")
    expect(seat(page, 1)).to_contain_text("Ada")
    page.get_by_role("checkbox", name="Choose seat 2").check()
    before = order(page)
    evening.bob.raise_hand("Where do I begin?")
    hands = page.get_by_role("region", name="Raised hands")
    expect(hands).to_contain_text("Where do I begin?", timeout=SOON_MS)
    expect(seat(page, 2)).to_contain_text("hand raised")
    evening.ada.raise_hand("")
    expect(hands.get_by_role("listitem")).to_have_count(2, timeout=SOON_MS)
    expect(hands.get_by_role("listitem").first).to_contain_text("Bob")
    assert order(page) == before  # it does not jump, though who needs help would come first now
    expect(page.get_by_role("checkbox", name="Choose seat 2")).to_be_checked()
    page.get_by_role("button", name="Order anew").click()
    expect(page.locator("[data-seat]").last).to_contain_text("Free")
    hands.get_by_role("button", name="Done Bob").click()
    hands.get_by_role("button", name="Done Ada").click()
    expect(hands.get_by_role("listitem")).to_have_count(0, timeout=SOON_MS)
    expect(seat(page, 2)).not_to_contain_text("hand raised")
    assert console_errors == []


def test_a_seat_is_paused_from_its_menu_and_the_page_follows(
    evening: Evening, new_page: NewPage, console_errors: list[str]
) -> None:
    page, other = (evening.lena.page(new_page, "/workshops/wall/") for _ in range(2))
    seat(page, 3).locator("summary").click()
    seat(page, 3).get_by_role("button", name="Pause").click()
    for one in (page, other):
        expect(seat(one, 3).locator(".chip")).to_have_text("Paused", timeout=WORK_MS)
    other.get_by_role("link", name="Table").click()
    other.get_by_label("Choose all").check()
    expect(other.locator("[data-chosen]")).to_have_text("Chosen: 3")
    other.get_by_role("button", name="Start", exact=True).click()
    expect(other.locator("#results")).to_contain_text("asked of 1 seat")
    expect(other.locator("#results")).to_contain_text("nothing to do at 2")
    expect(seat(page, 3).locator(".chip")).to_have_text("Running", timeout=WORK_MS)
    other.goto(evening.platform.url + "/workshops/wall/")
    expect(other.locator("ol.seats")).to_have_class("seats seats-table")  # as it was chosen
    assert console_errors == []


def test_figures_come_while_somebody_looks(evening: Evening, new_page: NewPage) -> None:
    page = evening.lena.page(new_page, "/workshops/wall/")
    expect(seat(page, 1)).to_contain_text("Memory", timeout=30_000)
    expect(seat(page, 1).locator(".seat-meter-value").last).to_contain_text("MB")


def test_filters_search_and_several_seats_work_without_a_script(evening: Evening, new_page: NewPage) -> None:
    page = evening.lena.page(new_page, "/workshops/wall/", java_script_enabled=False)
    page.get_by_label("Search").fill("bob")
    page.get_by_role("button", name="Order anew").click()
    expect(page.locator("[data-seat]")).to_have_count(1)
    page.get_by_role("checkbox", name="Choose seat 2").check()
    page.get_by_role("button", name="Message …").click()
    page.get_by_label("What you want to say").fill("Look at line 4")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#results")).to_contain_text("asked of 1 seat")


@pytest.mark.parametrize("path", ["?view=wall", "?view=table", "seats/1/", "seats/1/ask/release"])
def test_it_looks_right_everywhere(
    path: str, evening: Evening, new_page: NewPage, console_errors: list[str]
) -> None:
    page = evening.lena.page(new_page, f"/workshops/wall/{path}")
    expect(page.locator("h1")).to_be_visible()
    assert page_problems(page, "wall-" + re.sub(r"\W+", "-", path), console_errors) == []
