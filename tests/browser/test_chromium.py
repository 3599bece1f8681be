"""The browser that the other tests here stand on."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Error, Page

from tests.browser.chromium import Chromium
from tests.browser.conftest import NewPage
from tests.waiting import eventually

pytestmark = pytest.mark.browser


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        script = "" if self.path == "/" else "<script>console.error('a bad thing')</script>"
        body = f"<!doctype html><link rel=icon href=data:,><p>Hello at {self.headers['Host']}</p>{script}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hello) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_a_name_below_localhost_is_the_loopback(page: Page, port: int, console_errors: list[str]) -> None:
    page.goto(f"http://abc.localhost:{port}/")
    assert page.inner_text("p") == f"Hello at abc.localhost:{port}"
    assert console_errors == []


def test_what_a_page_complains_about_is_collected(page: Page, port: int, console_errors: list[str]) -> None:
    page.goto(f"http://localhost:{port}/bad")
    eventually(lambda: console_errors, "the error is heard of")
    assert console_errors == [f"http://localhost:{port}/bad: a bad thing"]


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
