"""The browser of these tests: one that hangs is ended, and the next test has another."""

from __future__ import annotations

import os
import signal

import pytest
from playwright.sync_api import Error

from tests.browser.chromium import Chromium
from tests.browser.conftest import NewPage

pytestmark = pytest.mark.browser


def test_one_that_hangs_is_ended_and_another_takes_its_place(chromium: Chromium, new_page: NewPage) -> None:
    page = new_page()
    os.kill(chromium.pid, signal.SIGSTOP)
    with pytest.raises(Error, match="closed"), chromium.ended_after(1):
        page.context.new_page()
    assert new_page().evaluate("1 + 1") == 2


def test_an_end_under_a_test_is_named_as_what_begins_it_once_more(chromium: Chromium, new_page: NewPage) -> None:
    page = new_page()
    os.kill(chromium.pid, signal.SIGKILL)
    with pytest.raises(Error) as ended:
        page.evaluate("new Promise(() => {})")
    assert type(ended.value).__name__ == "TargetClosedError"
