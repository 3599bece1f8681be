"""Large files through the whole site, up and down, with an eye on what the site's own process takes."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.browser.people import Made, Person
from tests.harness import Platform

pytestmark = pytest.mark.integration
MEGABYTE = os.urandom(2**20)
MEGABYTES = 500


@pytest.fixture(scope="module")
def carla(platform: Platform) -> Person:
    return Person(platform, "carla")


@pytest.fixture(scope="module")
def space(carla: Person) -> Iterator[Made]:
    made = carla.make("Large files")
    yield made
    carla.delete(made)


class Memory:
    """The most resident memory of the site's process, in MiB beyond what it was, while it is entered."""

    def __init__(self, platform: Platform) -> None:
        self.status = Path(f"/proc/{platform.processes[0].pid}/statm")

    def __enter__(self) -> Memory:
        self.before, self.most, self.over = self._now(), 0.0, threading.Event()
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.over.set()
        self.thread.join()

    def _watch(self) -> None:
        while not self.over.wait(0.02):
            self.most = max(self.most, self._now() - self.before)

    def _now(self) -> float:
        return int(self.status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def address(person: Person, space: Made, view: str, path: str, **more: str) -> str:
    query = "&".join([f"path={path}", *(f"{name}={value}" for name, value in more.items())])
    return f"{person.site.url}/workspaces/{space.id}/files/{view}?{query}"


def put(person: Person, space: Made, path: str, body: Any, **more: str) -> requests.Response:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', person.http.get(person.site.url, timeout=30).text)
    assert found
    headers = {"X-CSRFToken": found[1], "Accept": "application/json"}
    return person.http.put(address(person, space, "upload", path, **more), data=body, headers=headers, timeout=300)


def test_500_mb_go_up_and_down_in_constant_memory(
    platform: Platform, carla: Person, space: Made, record_property: Any
) -> None:
    put(carla, space, "small", b"x")  # begins what begins once
    carla.http.get(address(carla, space, "download", "small"), timeout=60)
    digest = hashlib.sha256()
    for _ in range(MEGABYTES):
        digest.update(MEGABYTE)
    with Memory(platform) as up:
        began = time.monotonic()
        answer = put(carla, space, "d/large.bin", (MEGABYTE for _ in range(MEGABYTES)))
        record_property("up_mb_per_second", MEGABYTES / (time.monotonic() - began))
    assert (answer.status_code, answer.json()["size"]) == (201, MEGABYTES * 2**20), answer.text
    seen, length = hashlib.sha256(), 0
    with Memory(platform) as down:
        began = time.monotonic()
        answer = carla.http.get(address(carla, space, "download", "d/large.bin"), stream=True, timeout=300)
        assert answer.headers["Content-Length"] == str(MEGABYTES * 2**20)
        time.sleep(1)  # a reader that is slow to begin: the workspace must wait, not the site fill up
        for piece in answer.iter_content(2**20):
            seen.update(piece)
            length += len(piece)
        record_property("down_mb_per_second", MEGABYTES / (time.monotonic() - began))
    assert (length, seen.hexdigest()) == (MEGABYTES * 2**20, digest.hexdigest())
    record_property("memory_mb", (up.most, down.most))
    assert up.most < 60, f"{up.most:.0f} MiB more while it went up"
    assert down.most < 60, f"{down.most:.0f} MiB more while it came down"


def test_a_file_that_may_not_be_sent_is_refused_before_it_is_read(carla: Person, space: Made) -> None:
    put(carla, space, "there", b"x")
    for path, size, status, code in (
        ("there", 2**30, 409, "FILE_EXISTS"),
        ("huge", 2**45, 400, "TOO_LARGE"),
        ("../out", 2**30, 400, "PATH_OUTSIDE"),
    ):
        answer = announced(carla, space, path, size)
        assert f" {status} " in answer.splitlines()[0]
        assert code in answer


def test_a_strangers_file_is_refused_before_it_is_read(platform: Platform, carla: Person, space: Made) -> None:
    stranger = Person(platform, "dora")
    assert " 404 " in announced(stranger, space, "f", 2**30).splitlines()[0]
    stranger.http.cookies.clear()
    stranger.http.get(platform.url, timeout=30)
    assert announced(stranger, space, "f", 2**30).splitlines()[0].split()[1] == "401"


def announced(person: Person, space: Made, path: str, size: int) -> str:
    """The answer to a request whose body of `size` bytes is announced and never sent."""
    session = person.http
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', session.get(person.site.url, timeout=30).text)
    cookies = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
    where = address(person, space, "upload", path).removeprefix(person.site.url)
    assert found
    with socket.create_connection(("127.0.0.1", person.site.port), 20) as connection:
        lines = [
            f"PUT {where} HTTP/1.1", f"Host: localhost:{person.site.port}", f"Cookie: {cookies}",
            f"X-CSRFToken: {found[1]}", "Accept: application/json", f"Content-Length: {size}", "", "",
        ]  # fmt: skip
        connection.sendall("\r\n".join(lines).encode())
        connection.settimeout(20)
        answer = b""
        while b"\r\n\r\n" not in answer or (b"application/json" in answer and not answer.endswith(b"}")):
            part = connection.recv(65536)
            if not part:
                break
            answer += part
        return answer.decode(errors="replace")


def test_an_upload_that_is_cut_off_leaves_nothing(carla: Person, space: Made) -> None:
    def cut() -> Iterator[bytes]:
        for _ in range(5):
            yield MEGABYTE
        raise ConnectionAbortedError  # which `requests` takes for the end of the connection

    with pytest.raises(requests.ConnectionError):
        put(carla, space, "cut/f", cut())
    until = time.monotonic() + 10
    while ".part" in (text := carla.http.get(address(carla, space, "", "cut", hidden="1"), timeout=30).text):
        assert time.monotonic() < until, text
        time.sleep(0.1)  # what ended beside the workspace tells nobody
    assert "Nothing here yet" in text


def test_many_questions_at_once_are_answered_or_told_to_wait(carla: Person, space: Made, record_property: Any) -> None:
    statuses: list[int] = []

    def ask() -> None:
        answer = requests.get(
            address(carla, space, "", ""), cookies=dict(carla.http.cookies), timeout=60, allow_redirects=False
        )
        statuses.append(answer.status_code)

    began = time.monotonic()
    assert carla.http.get(address(carla, space, "", ""), timeout=60).status_code == 200
    record_property("one_listing_seconds", time.monotonic() - began)
    threads = [threading.Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 429}
    assert statuses.count(200) >= 10
