"""A streamed desktop in our page: seen, typed into, resized, its clipboard, its line, and files in and out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import docker
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.desktop import Board, connected, enter, pixel, press_german, size
from tests.browser.test_looks import page_problems
from tests.harness import Platform
from tests.waiting import eventually

pytestmark = pytest.mark.browser
LOOKS_ONLY = 6081
CLIPBOARD = ["clipboard-read", "clipboard-write"]
DROP = """([name, text]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], name));
    const screen = document.querySelector("#screen");
    for (const type of ["dragenter", "dragover", "drop"])
        screen.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""


@pytest.fixture(scope="module")
def board(platform: Platform, docker_engine: docker.DockerClient) -> Iterator[Board]:
    made = Board(platform, "dora", docker_engine)
    yield made
    made.delete(made.made)


def test_the_screen_is_drawn_and_keys_of_any_layout_arrive(
    board: Board, new_page: NewPage, console_errors: list[str]
) -> None:
    page = board.open(new_page)
    enter(page, r"clear; printf '\033[44m\033[2J'")
    eventually(lambda: pixel(page)[2] > 100 > pixel(page)[0], "the middle of the screen is blue", 10)
    board.reads(page, "typed", before=r"printf '\033[0m'; ")
    page.keyboard.type("Plain ")
    press_german(page, "öyz@€")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+d")
    board.has("typed", "Plain öyz@€\n")
    assert console_errors == []


def test_the_screen_follows_the_window_that_was_used_last(board: Board, new_page: NewPage) -> None:
    first = board.open(new_page)
    resized(first, 1100, 700)
    second = board.open(new_page)
    resized(second, 1280, 800)
    eventually(lambda: size(first) == size(second), "both show the same", 10)
    first.wait_for_timeout(1500)  # in which the first would ask for its own size again
    first.set_viewport_size({"width": 1000, "height": 720})
    first.wait_for_timeout(1000)
    assert size(second) == shown(second), "a window that is only changed takes nothing from who works"
    expect(first.locator("#screen canvas")).to_have_css("width", "1000px")
    first.evaluate("dispatchEvent(new Event('focus'))")  # as when somebody goes back to it
    eventually(lambda: size(first) == shown(first), "the window that is used has its size", 10)
    first.close()
    second.evaluate("dispatchEvent(new Event('focus'))")
    eventually(lambda: size(second) == shown(second), "the other has it again", 10)


def resized(page: Page, wide: int, high: int) -> None:
    page.set_viewport_size({"width": wide, "height": high})
    eventually(lambda: size(page) == shown(page), "the screen is as large as the window", 10)


def shown(page: Page) -> list[int]:
    """How much room the screen has on the page."""
    box = page.locator("#screen").bounding_box()
    assert box
    return [int(box["width"]), int(box["height"])]


def test_what_is_copied_on_either_side_is_pasted_on_the_other(board: Board, new_page: NewPage) -> None:
    page = board.open(new_page, permissions=CLIPBOARD)
    page.evaluate("navigator.clipboard.writeText('hinüber: ö € 😀')")
    board.reads(page, "pasted")
    paste(page, board, "Control+Shift+V", "pasted", "hinüber: ö € 😀")

    page.context.clear_permissions()  # the browser's own paste asks nobody
    page.get_by_role("button", name="Clipboard").click()
    page.get_by_label("Text of the desktop’s clipboard").fill("aus dem Feld: ß")
    page.get_by_role("button", name="Send to the desktop").click()
    expect(page.locator("#clip-said")).to_contain_text("Sent.")
    page.keyboard.press("Escape")
    board.reads(page, "field", after=r"; clear; printf 'zur\303\274ck \342\234\223 \360\237\230\200'; read")
    page.locator("#screen canvas").focus()
    paste(page, board, "Shift+Insert", "field", "aus dem Feld: ß")

    page.context.grant_permissions(CLIPBOARD)

    def is_copied() -> bool:
        page.locator("#screen").click(position={"x": 80, "y": 36}, click_count=3)
        page.keyboard.press("Control+Shift+C")
        page.wait_for_timeout(200)  # the way there and back
        return "zurück ✓ 😀" in page.evaluate("navigator.clipboard.readText()")

    eventually(is_copied, "the browser has what was copied", 15, every=0.5)
    page.keyboard.press("Enter")
    enter(page, "clear; echo over > over")
    board.has("over", "over\n")


def paste(page: Page, board: Board, keys: str, name: str, text: str) -> None:
    """Press these and see that it pastes the text into a file that the terminal writes."""
    page.keyboard.press(keys)

    def is_there() -> bool:
        page.keyboard.press("Enter")  # again, since the program fetches the text over the line, and keys do not wait
        return text in board.run("cat", f"/workspace/{name}")

    eventually(is_there, f"{name} holds {text!r}", 15, every=0.3)
    page.keyboard.press("Control+d")


def test_quality_is_chosen_and_kept_and_keys_that_browsers_keep_are_buttons(board: Board, new_page: NewPage) -> None:
    page = board.open(new_page)
    page.get_by_role("button", name="Picture").click()
    expect(page.get_by_label("By the line")).to_be_checked()
    page.get_by_label("Light").check()
    expect(page.locator("body")).to_have_attribute("data-quality", "light")
    page.reload()
    connected(page)
    expect(page.locator("body")).to_have_attribute("data-quality", "light")
    board.reads(page, "held")
    page.keyboard.type("abc")
    page.get_by_role("button", name="Keys").click()
    page.get_by_role("button", name="Ctrl", exact=True).click()
    page.locator("#screen canvas").focus()
    page.keyboard.press("u")  # with Ctrl that deletes the line
    page.keyboard.type("x")
    page.get_by_role("button", name="Enter", exact=True).click()
    page.get_by_role("button", name="Ctrl", exact=True).click()
    page.locator("#screen canvas").focus()
    page.keyboard.press("d")
    board.has("held", "x\n")
    for key in ("Control", "Alt", "Shift"):
        page.keyboard.down(key)
    for key in ("Control", "Alt", "Shift"):
        page.keyboard.up(key)
    expect(page.get_by_role("link", name="All workspaces")).to_be_focused()


def test_the_picture_is_as_good_as_the_line_and_tries_come_more_seldom(board: Board, new_page: NewPage) -> None:
    page = board.open(new_page)
    levels = page.evaluate(
        """async () => {
            const { next, START } = await import("/_spaces/desktop-line.js");
            const seen = [];
            let state = START;
            const measured = (times, rtt, rate) => {
                for (let at = 0; at < times; at += 1) state = next(state, { rtt, rate });
                seen.push(state.level);
            };
            measured(1, 5, null);          // next door
            measured(1, 600, null);        // once may be chance
            measured(12, 5, 50_000);       // and few bytes come where little moves
            measured(6, 60, 600_000);      // farther, and no more than so many bytes
            measured(9, 400, 100_000);     // a line that stands in a queue
            measured(19, 40, null);        // better again, and nothing moves: after two falls it waits
            measured(25, 40, null);
            return seen;
        }"""
    )
    assert levels == ["sharp", "sharp", "sharp", "balanced", "light", "light", "sharp"]
    waits = page.evaluate(
        """import("/_spaces/desktop-link.js").then(({ waitBefore }) =>
            [0, 1, 2, 3, 4, 5, 50].map((tries) => waitBefore(tries, 0.5)))"""
    )
    assert waits == sorted(waits) and waits[0] < 500 and waits[-1] == 15_000
    typed = page.evaluate(
        """import("/_spaces/desktop-typing.js").then(({ difference }) =>
            [["ab", "abc"], ["abc", "ab"], ["grus", "gruß"], ["", "😀"]].map((pair) => difference(...pair)))"""
    )
    assert [(one["back"], one["typed"]) for one in typed] == [(0, "c"), (1, ""), (1, "ß"), (0, "😀")]


def test_files_come_in_by_dropping_and_out_by_the_panel(board: Board, new_page: NewPage) -> None:
    page = board.open(new_page)
    page.evaluate(DROP, ["brett ö.txt", "eins"])
    expect(page.get_by_text("Uploaded: 1 of 1")).to_be_visible()
    board.has("brett ö.txt", "eins")
    page.evaluate(DROP, ["brett ö.txt", "zwei"])
    page.get_by_role("dialog").get_by_role("button", name="Replace").click()
    board.has("brett ö.txt", "zwei")

    board.run("mkdir", "-p", "/workspace/teile")
    page.get_by_role("button", name="Files").click()
    with page.expect_download() as kept:
        page.get_by_role("link", name="Download brett ö.txt").click()
    assert kept.value.path().read_text() == "zwei"
    page.get_by_role("button", name="teile").click()
    expect(page.get_by_text("This folder is empty.")).to_be_visible()
    page.locator("#files-chosen").set_input_files({"name": "rad.txt", "mimeType": "text/plain", "buffer": b"rund"})
    expect(page.get_by_role("link", name="Download rad.txt")).to_be_visible()
    board.has("teile/rad.txt", "rund")


def test_a_screen_that_ended_comes_back_by_itself(board: Board, new_page: NewPage) -> None:
    page = board.open(new_page)
    board.run("pkill", "-x", "Xvnc")
    expect(page.locator("#screen")).not_to_have_attribute("data-state", "there")
    connected(page)
    enter(page, "echo again > after")
    board.has("after", "again\n")


def test_who_only_looks_sees_it_and_changes_nothing(board: Board, new_page: NewPage) -> None:
    owner = board.open(new_page)
    page = board.open(new_page, LOOKS_ONLY, viewport={"width": 900, "height": 600})
    expect(page.get_by_text("You are looking only")).to_be_visible()
    board.only_looks(page, owner, "looked")
    assert size(page) == shown(owner)
    assert page.get_by_role("button", name=re.compile("Clipboard|Keys|Files")).count() == 0


def test_a_phone_types_through_its_keyboard_and_a_rest_is_told_once(board: Board, new_page: NewPage) -> None:
    phone: dict[str, Any] = {"viewport": {"width": 390, "height": 760}, "has_touch": True, "is_mobile": True}
    page = board.open(new_page, **phone)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    eventually(lambda: size(page)[0] >= 960, "the screen is as large as programs need it", 10)
    page.get_by_role("button", name="Keyboard").tap()
    page.keyboard.insert_text("echo klein-ö > phone")
    page.get_by_role("button", name="Keys").tap()
    page.get_by_role("button", name="Enter", exact=True).tap()
    expect(page.locator("#typed")).to_be_focused()  # its keyboard stays
    board.has("phone", "klein-ö\n")
    board.do("stop", board.made)
    expect(page.get_by_text("This workspace was stopped")).to_be_visible()
    expect(page.locator("#says")).to_be_hidden()
    page.get_by_role("button", name="Start").tap()
    connected(page)


@pytest.mark.parametrize("panel", ["Clipboard", "Keys", "Picture", "Files"])
def test_it_can_be_read_and_reached_in_every_size_and_colour(
    panel: str, board: Board, new_page: NewPage, console_errors: list[str]
) -> None:
    page = board.open(new_page)
    page.get_by_role("button", name=panel).click()
    expect(page.locator("#files-said")).not_to_have_text("Looking …")
    assert page_problems(page, f"desktop-{panel.lower()}", console_errors) == []
