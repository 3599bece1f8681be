"""Asking other machines over HTTP, all at once and each within two seconds, whatever they do."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import aiohttp

from workspaces.nodes.finding import Address

LIMIT_SECONDS = 2.0
GRACE_SECONDS = 1.0
MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` of HTTP and `body`; 0 when there was no answer that can be used. `seconds` until it was complete."""

    status: int = 0
    body: bytes = b""
    seconds: float = 0.0


def ask_all(targets: Sequence[Address], path: str) -> list[Answer]:
    """What each says at `path`, in their order. Blocking, at most three seconds; raises nothing."""
    if not targets:
        return []
    answers: Future[list[Answer]] = Future()
    # A thread that may be left behind: a name that is looked up for half a minute would hold its loop that long.
    threading.Thread(target=_run, args=(targets, path, answers), name="nodes", daemon=True).start()
    try:
        return answers.result(LIMIT_SECONDS + GRACE_SECONDS)
    except Exception:  # whatever it is, a list of machines is no reason for a page to fail
        return [Answer()] * len(targets)


def _run(targets: Sequence[Address], path: str, answers: Future[list[Answer]]) -> None:
    async def ask() -> None:
        try:
            answers.set_result(await _ask_each(targets, path))
        except Exception as error:
            answers.set_exception(error)

    asyncio.run(ask())


async def _ask_each(targets: Sequence[Address], path: str) -> list[Answer]:
    timeout = aiohttp.ClientTimeout(total=LIMIT_SECONDS)
    async with aiohttp.ClientSession(
        timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
    ) as session:
        return await asyncio.gather(*(_ask(session, target, path) for target in targets))


async def _ask(session: aiohttp.ClientSession, target: Address, path: str) -> Answer:
    if target.is_away:
        return Answer()
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    if target.key:
        headers["Authorization"] = f"Bearer {target.key}"
    began = time.perf_counter()
    try:
        # A redirect is not followed: it would take the key to a place that nobody has named.
        async with session.get(target.url + path, headers=headers, allow_redirects=False) as response:
            body = bytearray()
            async for piece in response.content.iter_chunked(65536):
                body += piece
                if len(body) > MOST_BYTES:
                    return Answer()
            return Answer(response.status, bytes(body), time.perf_counter() - began)
    except Exception:  # a stranger's answer can go wrong in more ways than the client has names for
        return Answer()
