"""VS Code in the browser, as a person's hands use it: palette, editor, terminal."""

from __future__ import annotations

import re
from weakref import WeakSet

from playwright.sync_api import Page, Request, TimeoutError, expect

WORKBENCH_MS = 60_000
SLICE_MS, SLICES = 20_000, 13
"""How long until it is loaded again if need be, and how often: ten of them at once have two cores."""
_gave_up: WeakSet[Page] = WeakSet()


def watch_loading(page: Page) -> None:
    """Remember of a page when Chromium gave up a request because the machine got a new network: each workspace is one
    here, and none where the browser is on another machine. An editor that misses one of its scripts stays empty."""

    def failed(request: Request) -> None:
        if "ERR_NETWORK_CHANGED" in (request.failure or ""):
            _gave_up.add(page)

    page.on("requestfailed", failed)


def wait_for_workbench(page: Page) -> None:
    """Afterwards the editor is there with `/workspace` open and nothing in front of it. It is loaded again, as a person
    would, where Chromium gave up one of its scripts."""
    workbench = page.locator(".monaco-workbench")
    for left in reversed(range(SLICES)):
        try:
            workbench.wait_for(timeout=SLICE_MS)
            break
        except TimeoutError:
            if not left:
                raise
            if page in _gave_up:
                _gave_up.discard(page)
                page.reload(wait_until="commit")
    page.locator(".explorer-viewlet, .explorer-folders-view").first.wait_for(timeout=WORKBENCH_MS)


def command(page: Page, name: str) -> None:
    """Run a command by its name in the palette."""
    page.keyboard.press("F1")
    box = page.locator(".quick-input-widget input")
    box.wait_for()
    box.fill(f">{name}")
    page.locator(".quick-input-list .monaco-list-row").first.wait_for()
    page.keyboard.press("Enter")


def write_file(page: Page, path: str, text: str) -> None:
    """Type `text` into a new file and save it at `path`."""
    command(page, "File: New Untitled Text File")
    page.locator(".tab.active", has_text="Untitled").wait_for()
    page.keyboard.type(text)
    page.keyboard.press("Control+s")
    box = page.locator(".quick-input-widget input")
    expect(box).to_have_value(re.compile("^/workspace/."))
    for _ in range(10):  # the editor goes on putting in its own proposal for a moment after it is shown
        box.fill(path)
        page.wait_for_timeout(300)
        if box.input_value() == path:
            break
    page.keyboard.press("Enter")
    page.locator(".tab.active", has_text=path.rsplit("/", 1)[-1]).wait_for()
    expect(page.locator(".tab.active")).not_to_have_class("dirty")


def terminal(page: Page, line: str) -> None:
    """Type a command into a new terminal of the editor."""
    command(page, "Terminal: Create New Terminal")
    screen = page.locator(".terminal-wrapper.active .xterm-screen")
    screen.wait_for(timeout=WORKBENCH_MS)
    page.locator(".terminal-wrapper.active .xterm-helper-textarea").focus()
    page.wait_for_timeout(1500)  # the shell behind it says nothing to the page when it is ready
    page.keyboard.type(f"{line}\n")
