"""A leader's pages around the wall: a workshop is made, shown on the projector, pushed to, and ended with its work."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import MAKE_LEADER, Made, Person
from tests.browser.test_looks import page_problems
from tests.harness import Platform
from tests.waiting import eventually

pytestmark = pytest.mark.browser
WORK_MS = 60_000
CODE = "open sesame"
DROP = """() => {
  const carried = new DataTransfer();
  carried.items.add(new File(["by hand"], "dropped.txt"));
  const drop = (kind) => document.dispatchEvent(new DragEvent(kind, { bubbles: true, dataTransfer: carried }));
  drop("dragenter");
  const marked = document.body.classList.contains("dropping");
  drop("drop");
  return marked && !document.body.classList.contains("dropping");
}"""
"""A file is held over the page, which shows that it may be dropped, and then dropped."""


@pytest.fixture(scope="module")
def leader(platform: Platform) -> Person:
    person = Person(platform, "pages-leader")
    platform.manage("shell", "-c", MAKE_LEADER.format(leader=person.name))
    return person


@pytest.fixture(scope="module")
def prepared(leader: Person) -> Iterator[Made]:
    made = leader.make("Pages prepared")
    yield made
    leader.delete(made)


@pytest.fixture(scope="module")
def course(leader: Person, prepared: Made) -> Iterator[str]:
    """Name in the address of what the first test makes."""
    yield "pages-course"
    leader._post("/workshops/pages-course/delete")


def seats(leader: Person, course: str) -> dict[str, int]:
    address = f"{leader.site.url}/api/workshop/status?workshop={course}"
    found: dict[str, int] = leader.http.get(address, timeout=10).json()
    return found


def test_it_is_made_by_the_form_and_opened(
    leader: Person, prepared: Made, course: str, new_page: NewPage, console_errors: list[str]
) -> None:
    page = leader.page(new_page, f"/workspaces/{prepared.id}/")
    page.get_by_role("link", name="Make a workshop of it …").click()
    expect(page.get_by_label("What the seats are copies of")).to_have_value(prepared.id)
    page.get_by_label("Title").fill("Pages course")
    page.get_by_label("Seats", exact=True).fill("3")
    page.get_by_label("Seats at most").fill("2")
    page.get_by_label("Access code").fill(CODE)
    page.get_by_role("button", name="Make the workshop").click()
    expect(page.get_by_label("Seats at most")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Title")).to_have_value("Pages course")  # nothing that was typed is lost
    page.get_by_label("Seats", exact=True).fill("2")
    page.get_by_role("button", name="Make the workshop").click()
    page.wait_for_url(f"**/workshops/{course}/")
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_role("button", name="Close", exact=True)).to_be_visible()
    eventually(lambda: seats(leader, course)["available"] == 2, "both seats are ready", 90)
    assert [error for error in console_errors if "/workshops/new" not in error] == []  # the refusal is one of them


def test_the_projector_shows_the_way_in(
    leader: Person, course: str, new_page: NewPage, console_errors: list[str]
) -> None:
    page = leader.page(new_page, f"/workshops/{course}/projector")
    expect(page.locator("#address")).to_have_text(f"localhost:{leader.site.port}/workshop/{course}")
    expect(page.get_by_text(CODE)).to_be_visible()
    scan = page.get_by_role("img", name="The address as a QR code").bounding_box()
    assert scan and min(scan["width"], scan["height"]) > 150
    assert not page_problems(page, "projector", console_errors)


def test_somebody_with_the_code_gets_a_seat(leader: Person, course: str, new_page: NewPage) -> None:
    page = new_page()
    page.goto(f"{leader.site.url}/workshop/{course}/")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Your e-mail address").fill("ada@example.org")
    page.get_by_label("Access code").fill("a wrong one")
    page.locator("form .btn-primary").click()
    expect(page.get_by_label("Access code")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Access code").fill(CODE)
    page.locator("form .btn-primary").click()
    expect(page.locator(".seat-mine")).to_contain_text("Hello Ada")
    assert seats(leader, course) == {"available": 1, "total": 2, "claimed": 1}


def test_chosen_and_dropped_files_are_pushed_together(
    leader: Person, course: str, new_page: NewPage, tmp_path: Path, console_errors: list[str]
) -> None:
    page = leader.page(new_page, f"/workshops/{course}/push")
    button = page.get_by_role("button", name="Push the files")
    button.click()
    expect(page.locator("[data-wrong]")).to_be_visible()  # nothing is chosen
    folder = tmp_path / "material"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "table.csv").write_text("a,b\n")
    page.locator("#choose-folder").set_input_files(folder)
    assert page.evaluate(DROP)
    chosen = page.locator("[data-list-of-files]")
    expect(chosen).to_contain_text("material/data/table.csv")
    expect(chosen).to_contain_text("dropped.txt")
    button.click()
    expect(page.locator("progress")).to_have_attribute("value", "100", timeout=WORK_MS)
    results = page.get_by_role("region", name="Each seat")
    expect(results.get_by_role("listitem").filter(has_text="Seat ")).to_have_count(2)
    expect(results).to_contain_text("dropped.txt")
    assert not page_problems(page, "pushed", console_errors)


def test_it_ends_with_everybodys_work(
    leader: Person, course: str, new_page: NewPage, tmp_path: Path, console_errors: list[str]
) -> None:
    page = leader.page(new_page, f"/workshops/{course}/end")
    expect(page.get_by_role("region", name="What happens")).to_contain_text("1 person has a seat.")
    assert not page_problems(page, "end", console_errors)
    page.get_by_role("button", name="End the workshop").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("“Pages course” is over")
    work = page.get_by_role("region", name="Everybody’s work")
    expect(work).to_contain_text("Ada")
    with page.expect_download(timeout=WORK_MS) as started:
        work.get_by_role("link", name="Download all").click()
    started.value.save_as(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        pushed = [name for name in archive.namelist() if name.endswith("dropped.txt")]
        assert len(pushed) == 1 and "Ada" in pushed[0]
        assert archive.read(pushed[0]) == b"by hand"
    own = taken_home(new_page, work.locator('a[href*="/take-home/"]').get_attribute("href"))
    expect(own.locator("main")).to_contain_text("Ada")
    assert not page_problems(page, "take-home", console_errors)


def taken_home(new_page: NewPage, address: str | None) -> Page:
    """What a participant sees who follows the link to their work, without signing in."""
    assert address
    page = new_page()
    page.goto(address)
    return page
