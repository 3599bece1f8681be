"""How long it takes from asking for a desktop until its application is seen, beside a bare container of the same image.

A window that is mapped may be grey for long: seen is what a client that is connected was sent in pictures.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

import docker
from aiohttp import ClientSession

from bench.bare import Bare
from bench.creating import HEALTH, LIMIT_SECONDS, Create, first_200, in_turns
from bench.figures import Figure, Target
from bench.rfb import DRAWN_BYTES, Rfb
from bench.site import ASYNC, OWNER, image_of, site, workspaces_remove
from bench.web_line import WebLine
from tests.harness import Platform

KINDS = {"kicad": 2048, "blender": 3072}
"""Each with the memory that the product gives it, in MiB."""
PORT = 6080
POLL_SECONDS = 0.05
"""Asking costs the desktop something, and it has only begun."""
MOST_OF_BARE = 1.15


def desktop(client: docker.DockerClient, rounds: int) -> list[Figure]:
    """One kind after the other, ours and the bare engine's in turns."""
    figures = []
    with site(client) as running:
        for kind, memory_mb in KINDS.items():
            bare = Bare(client, image_of(client, running, kind), port=PORT, memory_mb=memory_mb)
            contenders: list[tuple[Create, Callable[[], None]]] = [
                (_ours(running, kind), lambda: workspaces_remove(running, client)),
                (_theirs(bare), bare.remove),
            ]
            try:
                ours, peer = asyncio.run(in_turns(contenders, rounds, 1))
            finally:
                bare.remove()
            what = f"{kind}: create → application is seen / bare container"
            figures.append(Figure("desktop", what, "s", ours, peer, Target(MOST_OF_BARE)))
    return figures


def _ours(running: Platform, kind: str) -> Create:
    credential = {"Authorization": f"Bearer {running.token(OWNER)}"}
    origin = f"http://127.0.0.1:{running.port}"

    async def make(session: ClientSession) -> None:
        headers = {"Host": f"localhost:{running.port}", **credential, **ASYNC}
        async with session.post(f"{origin}/api/v1/spaces/create", json={"type": kind}, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
            made = await answer.json()
        await first_picture(session, origin, {"Host": urlsplit(made["accessUrl"]).netloc, **credential})

    return make


def _theirs(bare: Bare) -> Create:
    async def make(session: ClientSession) -> None:
        await first_picture(session, await asyncio.to_thread(bare.start, own_network=False), {})

    return make


async def first_picture(session: ClientSession, origin: str, headers: dict[str, str]) -> None:
    """Ask again and again whether the screen is there, then look at it until the application has drawn itself."""
    await first_200(session, origin + HEALTH, headers, POLL_SECONDS)
    async with session.get(f"{origin}/desktop.json", headers=headers) as answer:
        key = (await answer.json())["key"]
    await asyncio.to_thread(_until_drawn, origin, headers, key)


def _until_drawn(origin: str, headers: dict[str, str], key: str) -> None:
    place = urlsplit(origin)
    others = {name: value for name, value in headers.items() if name != "Host"}
    line = WebLine(place.hostname or "", place.port or 80, headers.get("Host", place.netloc), others)
    eye = Rfb(line, key)
    try:
        eye.sees(DRAWN_BYTES, LIMIT_SECONDS)
    finally:
        eye.end(line.close)
