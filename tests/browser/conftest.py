"""Fixtures of browser tests: Debian's Chromium, driven by Playwright. A missing one fails the test.

Playwright keeps an event loop running in this thread, which Django takes for an async caller and pytest-asyncio
stumbles over. So the browser ends with each module; and its tests use the product from outside only.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.editor import watch_loading

ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
ARTEFACTS = Path(os.environ.get("SPACES_TEST_ARTEFACTS") or Path(tempfile.gettempdir()) / "spaces-test-artefacts")
TIMEOUT_MS = 15_000
FAILED = pytest.StashKey[bool]()

NewPage = Callable[..., Page]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report: Any = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium. `<id>.localhost` is the loopback to it, as to every browser."""
    program = shutil.which("chromium")
    if not program:
        pytest.fail("these tests need Chromium: apt-get install chromium", pytrace=False)
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def console_errors() -> list[str]:
    """What the pages of this test complained about: console errors and uncaught exceptions, as `url: text`."""
    return []


@pytest.fixture
def new_page(browser: Browser, console_errors: list[str], request: pytest.FixtureRequest) -> Iterator[NewPage]:
    """Makes pages in contexts of their own (another person, a phone): `new_page(viewport={…}, locale="de")`.

    When the test fails, a screenshot of each is kept in the artefacts folder.
    """
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> Page:
        context = browser.new_context(**{"locale": "en", "viewport": {"width": 1280, "height": 800}, **options})
        context.set_default_timeout(TIMEOUT_MS)
        contexts.append(context)
        context.on("page", lambda page: _listen(page, console_errors))
        return context.new_page()

    yield make
    if request.node.stash.get(FAILED, False):
        _keep_screenshots(request.node, contexts)
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page of one person at a desk, in English."""
    return new_page()


def _listen(page: Page, errors: list[str]) -> None:
    def note(text: str) -> None:
        # Chromium gives up what it is loading when the machine gets a new network, and each workspace is one here.
        if "ERR_NETWORK_CHANGED" not in text:
            errors.append(f"{page.url}: {text}")

    watch_loading(page)
    page.on("console", lambda message: message.type == "error" and note(message.text))
    page.on("pageerror", lambda error: note(str(error)))


def _keep_screenshots(test: pytest.Item, contexts: list[BrowserContext]) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^A-Za-z0-9]+", "-", test.nodeid).strip("-")
    pages = [page for context in contexts for page in context.pages]
    for number, page in enumerate(pages):
        path = ARTEFACTS / f"{name}-{number}.png"
        page.screenshot(path=path)
        test.add_report_section("teardown", "screenshot", f"{page.url}: {path}")
