"""Debian's Chromium, driven by Playwright, which is ended where it hangs and is there anew for the next test.

Playwright makes pages and closes them without a limit of time, and Chromium may never be done, as with a page that it
was about to leave. Ended from outside, whatever waits for it raises Playwright's TargetClosedError.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
]
TEST_S = 300.0
"""The longest test takes about two minutes."""
ANSWER_S = 30.0


class Chromium:
    """One headless Chromium at a time. `<id>.localhost` is the loopback to it, as to every browser."""

    def __init__(self, playwright: Playwright) -> None:
        program = shutil.which("chromium")
        if not program:
            pytest.fail("these tests need Chromium: apt-get install chromium", pytrace=False)
        self._playwright, self._program = playwright, program
        self._launch()

    def new_context(self, **options: Any) -> BrowserContext:
        """A context of its own, as another person's browser is."""
        if not self._browser.is_connected():
            self._launch()
        with self.ended_after(ANSWER_S):
            return self._browser.new_context(**options)

    @contextmanager
    def ended_after(self, seconds: float) -> Iterator[None]:
        """Whatever happens inside is over within `seconds`, if need be since Chromium is."""
        timer = Timer(seconds, self._kill)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def close(self) -> None:
        """End it; one that has ended is fine."""
        with self.ended_after(ANSWER_S):
            self._browser.close()

    def _launch(self) -> None:
        self._browser: Browser = self._playwright.chromium.launch(executable_path=self._program, args=ARGUMENTS)
        session = self._browser.new_browser_cdp_session()
        processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
        self.pid: int = next(process["id"] for process in processes if process["type"] == "browser")
        session.detach()

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
