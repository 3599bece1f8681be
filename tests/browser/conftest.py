"""Fixtures of browser tests: Debian's Chromium, driven by Playwright. A missing one fails the test.

Playwright keeps an event loop running in this thread, which Django takes for an async caller and pytest-asyncio
stumbles over. So the browser ends with each module; and its tests use the product from outside only.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Error, Page, expect, sync_playwright

from tests.browser.chromium import ANSWER_S, TEST_S, Chromium
from tests.browser.editor import watch_loading

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where Chromium has ended under a test, which is no fault of the product's, that test is begun once more."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=["TargetClosedError"]))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """For all tests of a file; each has contexts of its own."""
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        running = Chromium(playwright)
        yield running
        running.close()


@pytest.fixture
def console_errors() -> list[str]:
    """What the pages of this test complained about: console errors and uncaught exceptions, as `url: text`."""
    return []


@pytest.fixture
def new_page(chromium: Chromium, console_errors: list[str], request: pytest.FixtureRequest) -> Iterator[NewPage]:
    """Makes pages in contexts of their own (another person, a phone): `new_page(viewport={…}, locale="de")`.

    When the test fails, a screenshot of each is kept in the artefacts folder.
    """
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> Page:
        context = chromium.new_context(**{"locale": "en", "viewport": {"width": 1280, "height": 800}, **options})
        context.set_default_timeout(TIMEOUT_MS)
        contexts.append(context)
        context.on("page", lambda page: _listen(page, console_errors))
        with chromium.ended_after(ANSWER_S):
            return context.new_page()

    with chromium.ended_after(TEST_S):
        yield make
    with chromium.ended_after(ANSWER_S), suppress(Error):  # the test is over; the next one has a Chromium of its own
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
