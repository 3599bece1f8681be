"""How long it takes from asking for a workspace to the first 200 of its editor, one at a time and ten at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import urlsplit

import docker
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from bench.bare import Bare
from bench.figures import Figure, Target
from bench.machine import quiet_wait
from bench.site import ASYNC, KIND, OWNER, image_of, site, workspaces_remove
from tests.harness import Platform

POLL_SECONDS = 0.01
LIMIT_SECONDS = 120.0
HEALTH = "/healthz"

Create = Callable[[ClientSession], Awaitable[None]]


def create(client: docker.DockerClient, rounds: int) -> list[Figure]:
    """One at a time."""
    ours, bare, own = _measure(client, rounds, 1)
    return [
        Figure("create", "create → editor answers / bare engine", "s", ours, bare, Target(1.15)),
        Figure("create", "create → editor answers / bare engine with a network", "s", ours, own),
    ]


def ten(client: docker.DockerClient, rounds: int) -> list[Figure]:
    """Ten at once, until the last one answers."""
    ours, bare, own = _measure(client, max(3, rounds // 2), 10)
    return [
        Figure("ten", "ten at once / bare engine", "s", ours, bare, Target(1.2)),
        Figure("ten", "ten at once / bare engine with networks", "s", ours, own),
    ]


def _measure(client: docker.DockerClient, rounds: int, count: int) -> tuple[list[float], ...]:
    """Seconds of ours, of the bare engine, and of the bare engine with networks."""
    with site(client) as running:
        bare = Bare(client, image_of(client, running))
        contenders: list[tuple[Create, Callable[[], None]]] = [
            (_ours(running), lambda: workspaces_remove(running, client)),
            (_theirs(bare, own_network=False), bare.remove),
            (_theirs(bare, own_network=True), bare.remove),
        ]
        try:
            return asyncio.run(in_turns(contenders, rounds, count))
        finally:
            bare.remove()  # only now has the last thread ended that may have been making one


async def in_turns(
    contenders: list[tuple[Create, Callable[[], None]]], rounds: int, count: int
) -> tuple[list[float], ...]:
    """Each takes its turn in every round; the first round warms up and is not told."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(count + 2))
    samples: tuple[list[float], ...] = tuple([] for _ in contenders)
    for number in range(rounds + 1):
        for index in range(len(contenders)):
            turn = (index + number) % len(contenders)  # nobody is always the one after whom the machine is warm
            seconds = await _timed(*contenders[turn], count)
            if number:
                samples[turn].append(seconds)
    return samples


async def _timed(make: Create, remove: Callable[[], None], count: int) -> float:
    await asyncio.to_thread(quiet_wait)
    async with session_open() as session:
        before = time.perf_counter()
        async with asyncio.timeout(LIMIT_SECONDS):
            await asyncio.gather(*(make(session) for _ in range(count)))
        seconds = time.perf_counter() - before
    await asyncio.to_thread(remove)
    return seconds


def session_open() -> ClientSession:
    """Of any number of connections, none of which waits for ever."""
    return ClientSession(connector=TCPConnector(limit=0), timeout=ClientTimeout(total=10), trust_env=False)


def _ours(running: Platform) -> Create:
    credential = {"Authorization": f"Bearer {running.token(OWNER)}"}
    origin = f"http://127.0.0.1:{running.port}"

    async def make(session: ClientSession) -> None:
        host = {"Host": f"localhost:{running.port}"}
        asked = session.post(
            f"{origin}/api/v1/spaces/create", json={"type": KIND}, headers={**host, **credential, **ASYNC}
        )
        async with asked as answer:
            assert answer.status == 201, await answer.text()
            made = await answer.json()
        workspace = {"Host": urlsplit(made["accessUrl"]).netloc}
        await first_200(session, origin + HEALTH, {**workspace, **credential}, POLL_SECONDS)

    return make


def _theirs(bare: Bare, *, own_network: bool) -> Create:
    async def make(session: ClientSession) -> None:
        origin = await asyncio.to_thread(bare.start, own_network)
        await first_200(session, origin + HEALTH, {}, POLL_SECONDS)

    return make


async def first_200(session: ClientSession, url: str, headers: dict[str, str], poll_seconds: float) -> None:
    """Ask again and again, with a pause in between, until it answers 200."""
    while True:
        with suppress(ClientError, TimeoutError):
            async with session.get(url, headers=headers) as answer:
                if answer.status == 200:
                    return
        await asyncio.sleep(poll_seconds)
