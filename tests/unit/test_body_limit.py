"""Bodies that are too large for the platform: refused before they fill the disk."""

from __future__ import annotations

from typing import Any

import pytest

from spaces_site.asgi import application
from spaces_site.body_limit import LARGEST_BODY_BYTES

CHUNK = b"x" * 2**20


async def ask(headers: dict[str, str]) -> tuple[list[int], int]:
    """A POST whose body never ends, from nobody: the statuses of the answers, and the bytes that were taken."""
    statuses: list[int] = []
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        assert taken < 2 * LARGEST_BODY_BYTES, "the body is read on and on"
        taken += len(CHUNK)
        return {"type": "http.request", "body": CHUNK, "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    pairs = [(b"host", b"localhost"), *((name.encode(), value.encode()) for name, value in headers.items())]
    scope = {
        "type": "http", "method": "POST", "path": "/sign-in/", "raw_path": b"/sign-in/", "query_string": b"",
        "headers": pairs, "client": ("192.0.2.7", 1), "http_version": "1.1", "scheme": "http",
    }  # fmt: skip
    await application(scope, receive, send)
    return statuses, taken


async def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    assert await ask({"content-length": str(LARGEST_BODY_BYTES + 1)}) == ([413], 0)


async def test_a_body_that_does_not_say_how_large_it_is_is_read_no_further() -> None:
    assert await ask({"transfer-encoding": "chunked"}) == ([413], LARGEST_BODY_BYTES + len(CHUNK))


@pytest.mark.parametrize("value", ["nonsense", "-1", "9" * 30])
async def test_a_length_that_is_none_does_not_count(value: str) -> None:
    assert (await ask({"content-length": value}))[0] == [413]
