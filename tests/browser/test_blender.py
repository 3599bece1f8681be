"""Blender in the browser: made, opened, its cube made larger, saved, stopped, opened again, and found in a copy."""

from __future__ import annotations

import pytest

from tests.browser.applications import Maker, Screen, cloned, opened, stop_and_start
from tests.browser.conftest import NewPage
from tests.harness import Platform
from tests.waiting import eventually

pytestmark = pytest.mark.browser
DARK = "r < 70 && g < 70 && b < 70"
ORANGE = "r > 180 && g > 90 && g < 190 && b < 110"
BLUE = "b > 150 && r < 110 && g < 150"
VIEW = (0.08, 0.15, 0.75, 0.88)
FILE = "untitled.blend"


def cube(screen: Screen) -> float:
    """How wide the outline of what is selected is; 0 where there is none. Of the window around it as well."""
    width, height = screen.size()
    menu = screen.find(DARK, (0.005, 2 / height, 200 / width, 20 / height))
    outline = screen.find(ORANGE, VIEW)
    return outline.width if menu.share > 0.7 and outline.count > 60 else 0.0


def enlarge(screen: Screen, before: float) -> None:
    """Twice as large, by keys, as everybody does it in Blender. Again where the first keys came too early."""
    for attempt in range(4):
        screen.move(0.15, 0.8)
        screen.press("s", "2", "Enter")
        try:
            screen.shows("a larger cube", lambda: cube(screen) > 1.5 * before, 15)
        except AssertionError:
            if attempt == 3:
                raise
            screen.press("Escape")
        else:
            return


def save(screen: Screen) -> None:
    """A new file: Blender asks for its name over the whole window, with a blue button in the lower right."""
    screen.press("Control+s")
    corner = (0.85, 0.9, 1, 1)
    screen.shows("the dialog", lambda: screen.find(BLUE, corner).count > 300 and not cube(screen), 60)
    screen.click(*screen.pixels(72, 41, from_right=True, from_bottom=True))
    screen.shows("the cube again", lambda: cube(screen), 60)


def test_a_cube_is_enlarged_saved_and_there_again_also_in_a_copy(
    platform: Platform, new_page: NewPage, console_errors: list[str]
) -> None:
    person = Maker(platform, "bruno")
    page = person.create(new_page, "Blender", "Die")
    screen = opened(page)
    screen.shows("Blender", lambda: cube(screen))
    before = cube(screen)

    enlarge(screen, before)
    large = cube(screen)
    save(screen)
    eventually(lambda: person.files("Die").get(FILE, 0) > 100_000, "it is saved", 60, every=1)
    assert person.content("Die", FILE).startswith((b"BLENDER", b"\x28\xb5\x2f\xfd"))  # as it is, or compressed
    screen.page.close()

    stop_and_start(page)
    again = opened(page)
    again.shows("the large cube", lambda: cube(again) > 0.9 * large)
    again.page.close()

    copy = cloned(page, platform, "Die 1")
    assert FILE in person.files("Die 1")
    theirs = opened(copy)
    theirs.shows("the large cube", lambda: cube(theirs) > 0.9 * large)
    assert console_errors == []
