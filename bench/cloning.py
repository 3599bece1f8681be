"""How long it takes from asking for thirty copies of a prepared workspace to the first 200 of the last one's editor.

100 MB were prepared, half of it in the container's layer and half in the volume. The peer is the engine by itself: one
`docker commit` of a container that has the same, then thirty containers of that image side by side, on the engine's own
bridge, each with a volume without a name, which Docker fills from the image; and without any volume, for comparison.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise

import docker
from docker.models.containers import Container

from bench.bare import Bare
from bench.creating import HEALTH, LIMIT_SECONDS, first_200, session_open
from bench.figures import Figure, Target
from bench.machine import quiet_wait
from bench.site import KIND, OWNER, site, workspaces_remove
from tests.harness import Platform
from tests.waiting import eventually

COPIES = 30
LAYER_FOLDER, VOLUME_FOLDER = "/opt/prepared", "/workspace/prepared"
FILES, FILE_KB = 500, 100
"""In each of the two: 50 MB."""
POLL_SECONDS = 0.1
"""A hundredth of what is measured; thirty who ask more often would be a load of their own."""
PREPARE = f"mkdir -p {{0}} && for i in $(seq {FILES}); do head -c {FILE_KB}k /dev/urandom > {{0}}/$i; done"


def clone(client: docker.DockerClient, rounds: int) -> list[Figure]:
    """Thirty at once, until the last one answers."""
    with site(client) as running:
        return asyncio.run(_rounds(client, running, max(2, rounds // 3)))


async def _rounds(client: docker.DockerClient, running: Platform, rounds: int) -> list[Figure]:
    """Each takes its turn in every round; the first round warms up and is not told."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(COPIES + 2))
    samples: tuple[list[float], ...] = ([], [], [])
    frozen: list[float] = []
    for number in range(rounds + 1):
        ours, stood_still = await _ours(client, running)
        found = [ours, await _theirs(client, with_volume=True), await _theirs(client, with_volume=False)]
        if number:
            for kept, seconds in zip(samples, found, strict=True):
                kept.append(seconds)
            frozen.append(stood_still)
    ours_all, filled, empty = samples
    return [
        Figure("clone", f"{COPIES} copies of 100 MB / commit, create, start", "s", ours_all, filled, Target(1.25)),
        Figure("clone", f"{COPIES} copies of 100 MB / the same without volumes", "s", ours_all, empty),
        Figure("clone", "the source stands still", "s", frozen, (), Target(1.0, absolute=True)),
    ]


async def _ours(client: docker.DockerClient, running: Platform) -> tuple[float, float]:
    """Seconds until all answer, and for which the source stood still, as a clock in it has seen."""
    token = running.token(OWNER)
    source = await asyncio.to_thread(_prepared, client, running, token)
    await asyncio.to_thread(quiet_wait)
    credential = {"Authorization": f"Bearer {token}"}
    origin, host = f"http://127.0.0.1:{running.port}", {"Host": f"localhost:{running.port}"}
    async with session_open() as session:
        before = time.perf_counter()
        asked = session.post(
            f"{origin}/api/projects/{source}/clone", json={"count": COPIES}, headers={**host, **credential}
        )
        async with asked as answer:
            assert answer.status == 202, await answer.text()
            ids = [one["projectId"] for one in (await answer.json())["clones"]]
        asking = (
            first_200(session, origin + HEALTH, credential | {"Host": f"{one}.localhost:{running.port}"}, POLL_SECONDS)
            for one in ids
        )
        async with asyncio.timeout(LIMIT_SECONDS):
            await asyncio.gather(*asking)
        seconds = time.perf_counter() - before
    stood_still = await asyncio.to_thread(_longest_gap, client, source)
    await asyncio.to_thread(workspaces_remove, running, client)
    return seconds, stood_still


def _prepared(client: docker.DockerClient, running: Platform, token: str) -> str:
    """Id of a workspace that runs, with files in both places and a clock in it."""
    answer = running.post("/api/projects/create", json={"projectName": "Base", "projectType": "empty"}, token=token)
    assert answer.status_code == 201, answer.text
    source: str = answer.json()["project"]["id"]
    eventually(lambda: _status(running, source, token) == "running", "it runs", 60)
    container = client.containers.get(f"spaces-{source}")
    _prepare(container)
    ticking = "while :; do date +%s.%N; sleep 0.02; done > /tmp/ticks"
    container.exec_run(["sh", "-c", ticking], user="root", detach=True)
    return source


def _prepare(container: Container) -> None:
    for folder, user in ((LAYER_FOLDER, "root"), (VOLUME_FOLDER, "")):
        made = container.exec_run(["sh", "-c", PREPARE.format(folder)], user=user)
        assert made.exit_code == 0, made.output


def _status(running: Platform, project: str, token: str) -> str:
    return str(running.get(f"/api/projects/{project}", token=token).json()["project"]["status"])


def _longest_gap(client: docker.DockerClient, source: str) -> float:
    ticks = client.containers.get(f"spaces-{source}").exec_run(["cat", "/tmp/ticks"]).output
    assert isinstance(ticks, bytes)
    times = [float(tick) for tick in ticks.split() if b"." in tick]
    return max(after - before for before, after in pairwise(times))


async def _theirs(client: docker.DockerClient, *, with_volume: bool) -> float:
    """Seconds from the commit until all containers of it answer."""
    bare = Bare(client, _kind_image(client))
    tag = f"bench-{secrets.token_hex(4)}"
    try:
        await asyncio.to_thread(bare.start, False, with_volume=False)
        [source] = client.containers.list(filters={"label": f"spaces.instance={bare.instance}"})
        await asyncio.to_thread(_prepare, source)
        await asyncio.to_thread(quiet_wait)
        async with session_open() as session:
            before = time.perf_counter()
            image = await asyncio.to_thread(source.commit, tag)
            copy = Bare(client, str(image.id), bare.instance)

            async def one() -> None:
                origin = await asyncio.to_thread(copy.start, False, with_volume=with_volume)
                await first_200(session, origin + HEALTH, {}, POLL_SECONDS)

            async with asyncio.timeout(LIMIT_SECONDS):
                await asyncio.gather(*(one() for _ in range(COPIES)))
            return time.perf_counter() - before
    finally:
        await asyncio.to_thread(bare.remove)
        with suppress(docker.errors.ImageNotFound):
            client.images.remove(tag, force=True)


def _kind_image(client: docker.DockerClient) -> str:
    """The newest image of the kind, which the site has built."""
    found = client.images.list(name=f"spaces/{KIND}")
    newest = max(found, key=lambda image: image.attrs["Created"])
    return str(newest.id)
