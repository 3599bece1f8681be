"""KiCad and Blender as a person uses them: made and opened by the pages, drawn in by hand, found again in files.

What the screen shows is asked of its pixels. Colours are asked for roughly, since pictures come compressed while they
change; places are fractions of what was found, since the screen is as large as the window leaves room for.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import requests
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewPage
from tests.browser.desktop import connected
from tests.browser.people import Person
from tests.harness import Platform
from tests.waiting import eventually

START_MS = 240_000
SEEN_SECONDS = 120
Box = tuple[float, float, float, float]

# Bounds and number of the pixels that are of a colour, within a part of the screen given in fractions of it.
FIND = """([left, top, right, bottom]) => {
    const canvas = document.querySelector("#screen canvas");
    const [x0, y0] = [Math.round(left * canvas.width), Math.round(top * canvas.height)];
    const [w, h] = [Math.round(right * canvas.width) - x0, Math.round(bottom * canvas.height) - y0];
    const pixels = canvas.getContext("2d").getImageData(x0, y0, w, h).data;
    const is = (r, g, b) => TEST;
    const found = { count: 0, left: w, top: h, right: 0, bottom: 0, share: 0 };
    for (let i = 0; i < pixels.length; i += 4) {
        if (!is(pixels[i], pixels[i + 1], pixels[i + 2])) continue;
        const [x, y] = [(i / 4) % w, Math.floor(i / 4 / w)];
        found.count += 1;
        found.left = Math.min(found.left, x);
        found.right = Math.max(found.right, x);
        found.top = Math.min(found.top, y);
        found.bottom = Math.max(found.bottom, y);
    }
    for (const key of ["left", "right"]) found[key] = (found[key] + x0) / canvas.width;
    for (const key of ["top", "bottom"]) found[key] = (found[key] + y0) / canvas.height;
    found.share = found.count / (w * h);
    return found;
}"""


class Found:
    """Pixels of one colour: how many, which share of the part looked at, and their bounds in fractions."""

    def __init__(self, found: dict[str, float]) -> None:
        self.count, self.share = int(found["count"]), found["share"]
        self.left, self.top, self.right, self.bottom = (found[key] for key in ("left", "top", "right", "bottom"))

    @property
    def width(self) -> float:
        return self.right - self.left


class Screen:
    """The picture of an open desktop, and hands."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def find(self, test: str, box: Box = (0, 0, 1, 1)) -> Found:
        """Pixels within `box` for which `test`, JavaScript of r, g and b, is true."""
        return Found(self.page.evaluate(FIND.replace("TEST", test), list(box)))

    def shows(self, what: str, is_so: Callable[[], Any], seconds: float = SEEN_SECONDS) -> None:
        eventually(lambda: bool(is_so()), f"{what} is in the picture", seconds, every=0.5)

    def move(self, x: float, y: float) -> None:
        """To that place, in fractions; in two steps, since some programs look only at moves."""
        at = self._canvas().bounding_box()
        assert at
        for away in (6, 0):
            self.page.mouse.move(at["x"] + x * at["width"] + away, at["y"] + y * at["height"] + away)
            self.page.wait_for_timeout(300)  # the far program says nothing to the page when it has followed

    def click(self, x: float, y: float, count: int = 1) -> None:
        self.move(x, y)
        for _ in range(count):
            self.page.mouse.down()
            self.page.wait_for_timeout(40)
            self.page.mouse.up()
            self.page.wait_for_timeout(60)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(400)

    def pixels(self, x: int, y: int, from_right: bool = False, from_bottom: bool = False) -> tuple[float, float]:
        """A place so many pixels from the edges, in fractions."""
        width, height = self.size()
        return (width - x if from_right else x) / width, (height - y if from_bottom else y) / height

    def size(self) -> tuple[int, int]:
        width, height = self.page.evaluate(
            '(({ width, height }) => [width, height])(document.querySelector("#screen canvas"))'
        )
        return width, height

    def _canvas(self) -> Locator:
        return self.page.locator("#screen canvas")


class Maker(Person):
    """Somebody who makes workspaces of a kind by the pages, and asks for their files by the API."""

    def create(self, new_page: NewPage, title: str, name: str) -> Page:
        """The workspace's page, which says that it runs."""
        page = self.page(new_page, "/workspaces/new")
        page.get_by_role("radio", name=re.compile(title)).check()
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_role("button", name="Create workspace").click()
        page.wait_for_url(re.compile(r"/workspaces/[a-z][a-z0-9]{11}/"))
        runs(page)
        return page

    def files(self, name: str, folder: str = "") -> dict[str, int]:
        """Name → size of what is in a folder of that workspace, by the files API."""
        answer = self._asked(f"/api/spaces/{name}/files", path=f"/{folder}")
        return {entry["name"]: entry["size"] for entry in answer.json()["entries"]} if answer.ok else {}

    def content(self, name: str, path: str) -> bytes:
        """The first of a file, by the files API; empty where there is none."""
        answer = self._asked(f"/api/spaces/{name}/file", path=f"/{path}", maxBytes="2000000")
        return base64.b64decode(answer.json()["contentBase64"]) if answer.ok else b""

    def _asked(self, address: str, **query: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.http.get(self.site.url + address, params=query, headers=headers, timeout=60)


def runs(page: Page) -> None:
    expect(page.locator("#live .chip").first).to_have_text("Running", timeout=START_MS)


def opened(page: Page) -> Screen:
    """The desktop behind a workspace's page, connected."""
    with page.expect_popup() as popup:
        page.get_by_role("link", name=re.compile("^Open \\(|^Open$|^Open ")).first.click()
    popup.value.set_default_timeout(START_MS)
    connected(popup.value)
    return Screen(popup.value)


def stop_and_start(page: Page) -> None:
    """By the buttons of the workspace's page."""
    page.locator("#live").get_by_role("button", name=re.compile("^Stop")).click()
    expect(page.locator("#live .chip").first).to_have_text("Stopped", timeout=START_MS)
    page.locator("#live").get_by_role("button", name=re.compile("^Start")).click()
    runs(page)


def cloned(page: Page, site: Platform, name: str) -> Page:
    """The page of one new copy of that workspace, which runs."""
    page.locator("#copies").get_by_role("link", name="Make copies").click()
    page.get_by_label("How many?").fill("1")
    page.get_by_role("button", name="Make copies").click()
    page.wait_for_url(re.compile("/batches/"))
    page.goto(f"{site.url}/workspaces/")
    page.get_by_role("link", name=name, exact=True).first.click()
    runs(page)
    return page
