"""KiCad in the browser: made, opened, a wire drawn, saved, stopped, opened again, and found in a copy."""

from __future__ import annotations

import pytest

from tests.browser.applications import Found, Maker, Screen, cloned, opened, stop_and_start
from tests.browser.conftest import NewPage
from tests.harness import Platform
from tests.waiting import eventually

pytestmark = pytest.mark.browser
FOLDER = "pic_programmer"
SHEET = f"{FOLDER}/pic_programmer.kicad_sch"
WHITE = "r > 245 && g > 245 && b > 245"
LIGHT = "r > 225 && g > 225 && b > 220"
DARK_RED = "r > 90 && r < 190 && g < 70 && b < 70"
GREEN = "g - r > 40 && g - b > 40"


def project(screen: Screen) -> bool:
    """Its first window: a menu bar from edge to edge at the very top, a white list of files, white below the icons."""
    width, height = screen.size()
    menu = screen.find(LIGHT, (0.4, 2 / height, 0.99, 18 / height))
    files = screen.find(WHITE, (80 / width, 0.5, 250 / width, 0.9))
    return menu.share > 0.95 and files.share > 0.95


def frame(screen: Screen) -> Found:
    """The frame of the sheet that is drawn on."""
    return screen.find(DARK_RED, (0.04, 0.12, 0.95, 0.92))


def schematic(screen: Screen) -> bool:
    """Its editor of circuits, with the demo's in it: a frame as wide as half the window, and green wires."""
    red = frame(screen)
    return red.width > 0.5 and red.count > 2000 and screen.find(GREEN, (0.1, 0.1, 0.9, 0.9)).count > 500


def empty_place(screen: Screen) -> tuple[float, float, float]:
    """Left, right and height of a line in the lower left of the sheet, where the demo has nothing."""
    red = frame(screen)
    height = red.bottom - red.top
    return red.left + 0.13 * red.width, red.left + 0.38 * red.width, red.top + 0.945 * height


def wire(screen: Screen) -> bool:
    """Whether there is a long green line."""
    left, right, y = empty_place(screen)
    return screen.find(GREEN, (left, y - 0.015, right, y + 0.015)).width > 0.7 * (right - left)


def open_schematic(screen: Screen) -> None:
    """From wherever it began: it may have opened again what was open."""
    screen.shows("KiCad", lambda: project(screen) or schematic(screen))
    if not schematic(screen):
        screen.click(*screen.pixels(325, 68))
        screen.shows("the schematic", lambda: schematic(screen))


def draw_wire(screen: Screen) -> None:
    """Until it is there: on a slow machine a key may come before the editor listens."""
    for attempt in range(4):
        left, right, y = empty_place(screen)
        screen.click(left - 0.02, y)  # the first click may only bring the window to the front
        screen.press("Escape")
        screen.move(left, y)
        screen.press("w")
        screen.move((left + right) / 2, y)
        screen.click(right, y, count=2)
        screen.press("Escape", "Escape")
        screen.move(right, y - 0.1)
        try:
            screen.shows("the wire", lambda: wire(screen), 10)
        except AssertionError:
            if attempt == 3:
                raise
        else:
            return


def test_a_wire_is_drawn_saved_and_there_again_also_in_a_copy(
    platform: Platform, new_page: NewPage, console_errors: list[str]
) -> None:
    person = Maker(platform, "kira")
    page = person.create(new_page, "KiCad", "Amplifier")
    screen = opened(page)
    screen.shows("KiCad", lambda: project(screen))
    open_schematic(screen)
    assert not wire(screen)
    wires = person.content("Amplifier", SHEET).count(b"(wire ")
    assert wires > 10

    draw_wire(screen)
    screen.press("Control+s")
    eventually(lambda: person.content("Amplifier", SHEET).count(b"(wire ") > wires, "it is saved", 60, every=1)
    assert "pic_programmer.kicad_pro" in person.files("Amplifier", FOLDER)
    drawn = person.content("Amplifier", SHEET)
    screen.page.close()

    stop_and_start(page)
    again = opened(page)
    open_schematic(again)
    again.shows("the wire", lambda: wire(again))
    again.page.close()

    copy = cloned(page, platform, "Amplifier 1")
    assert person.content("Amplifier 1", SHEET) == drawn
    theirs = opened(copy)
    open_schematic(theirs)
    theirs.shows("the wire", lambda: wire(theirs))
    assert console_errors == []
