"""What one desktop takes of the machine: idle, looked at, and while somebody works in it, by the kernel's counters of
its container.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import docker

from bench.creating import HEALTH
from bench.desktop import POLL_SECONDS
from bench.figures import Figure
from bench.machine import quiet_wait
from bench.memory import container_pids, proportional_mb
from bench.rfb import DRAWN_BYTES, MIDDLE, Rfb
from bench.site import OWNER, site, workspace_made
from bench.web_line import WebLine
from tests.harness import Platform
from tests.waiting import eventually
from workspaces.engine.docker.counters import usage_from_counters
from workspaces.engine.inside import Usage

MB = 1024**2
WORKED = "worked in"
SETTLE_SECONDS = 20.0
"""After it was seen first, an application still reads its libraries."""
SHOWN_SECONDS = 3.0
"""After somebody has come, until the whole screen was sent."""
IDLE_SECONDS = 10.0
ACTIVE_SECONDS = 8.0
MOVES_PER_SECOND = 30
START_SECONDS = 120.0

WORK = {
    "kicad": ("sh", "-c", "exec pcbnew \"$(find /workspace -name '*.kicad_pcb' | head -n 1)\""),
    "blender": (),
}
"""Program that is opened first to work in; with the middle button it pans the board and Blender turns the object."""


@dataclass(slots=True)
class Cost:
    """Samples of one way to have a desktop."""

    cores: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    pss_mb: list[float] = field(default_factory=list)
    kilobytes: list[float] = field(default_factory=list)


def desktop_cost(client: docker.DockerClient, rounds: int) -> list[Figure]:
    """Each kind as it is made, then worked in, all in the one container."""
    figures = []
    with site(client) as running:
        for kind, program in WORK.items():
            costs = _costs(client, running, kind, program, rounds)
            figures += [figure for state, cost in costs.items() for figure in _figures(f"{kind}, {state}", cost)]
    return figures


def _figures(what: str, cost: Cost) -> Iterator[Figure]:
    name = "desktop-cost"
    yield Figure(name, f"{what}: processor", "cores", cost.cores)
    yield Figure(name, f"{what}: memory of the container", "MiB", cost.memory_mb)
    yield Figure(name, f"{what}: memory of its processes, PSS", "MiB", cost.pss_mb)
    if what.endswith(WORKED):
        yield Figure(name, f"{what}: sent to the one who looks", "kB/s", cost.kilobytes)


def _costs(
    client: docker.DockerClient, running: Platform, kind: str, program: tuple[str, ...], rounds: int
) -> dict[str, Cost]:
    """Rounds of idle and looked at, in turns; then, with `program` open, of working."""
    made = workspace_made(running, kind)
    container, host = made["containerId"], urlsplit(made["accessUrl"]).netloc
    credential = {"Authorization": f"Bearer {running.token(OWNER)}"}
    costs = {state: Cost() for state in ("idle", "looked at", WORKED)}
    _draws_itself(running, host, credential)
    time.sleep(SETTLE_SECONDS)
    for _ in range(rounds):
        quiet_wait()
        _sample(client, container, IDLE_SECONDS, costs["idle"], None)
        with looking(running, host, credential) as eye:
            time.sleep(SHOWN_SECONDS)
            _sample(client, container, IDLE_SECONDS, costs["looked at"], eye)
    if program:
        created = client.api.exec_create(container, list(program))
        client.api.exec_start(created["Id"], detach=True)
        time.sleep(SETTLE_SECONDS)
    with looking(running, host, credential) as eye:
        for _ in range(rounds + 1):  # the first one draws what was never drawn before
            quiet_wait()
            with dragging(eye):
                time.sleep(1)
                _sample(client, container, ACTIVE_SECONDS, costs[WORKED], eye)
    del costs[WORKED].cores[0], costs[WORKED].kilobytes[0]
    return costs


def _draws_itself(running: Platform, host: str, credential: dict[str, str]) -> None:
    def answers() -> bool:
        return running.get(f"http://{host}{HEALTH}", headers=credential).status_code == 200

    eventually(answers, "the screen is there", START_SECONDS, POLL_SECONDS)
    with looking(running, host, credential) as eye:
        eye.sees(DRAWN_BYTES, START_SECONDS)


def _sample(client: docker.DockerClient, container: str, seconds: float, cost: Cost, eye: Rfb | None) -> None:
    before = _usage(client, container)
    time.sleep(seconds)
    after = _usage(client, container)
    assert eye is None or eye.looks, "the one who looks was sent away"
    took = (after.at - before.at).total_seconds()
    cost.cores.append((after.cpu_seconds - before.cpu_seconds) / took)
    cost.memory_mb.append(after.memory_bytes / MB)
    cost.pss_mb.append(proportional_mb(container_pids(client, container)))
    cost.kilobytes.append((after.network_tx_bytes - before.network_tx_bytes) / took / 1000 if eye else 0)


def _usage(client: docker.DockerClient, container: str) -> Usage:
    found = usage_from_counters(client.api.inspect_container(container))
    assert found is not None, "the engine must be on this machine"
    return found


@contextmanager
def looking(running: Platform, host: str, credential: dict[str, str]) -> Iterator[Rfb]:
    """Somebody who is connected through the gateway, for the block."""
    answer = running.get(f"http://{host}/desktop.json", headers=credential)
    line = WebLine("127.0.0.1", running.port, host, credential)
    eye = Rfb(line, answer.json()["key"])
    try:
        yield eye
    finally:
        eye.end(line.close)


@contextmanager
def dragging(eye: Rfb) -> Iterator[None]:
    """For the block the middle button is held and the pointer goes round in the middle of the screen."""
    ended = threading.Event()
    thread = threading.Thread(target=_drag, args=(eye, ended))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _drag(eye: Rfb, ended: threading.Event) -> None:
    points = circle(eye.width * 2 // 5, eye.height // 2, eye.height // 6)
    eye.point(*next(points))
    while not ended.wait(1 / MOVES_PER_SECOND):
        eye.point(*next(points), MIDDLE)
    eye.point(*next(points))


def circle(x: int, y: int, radius: int, steps: int = 60) -> Iterator[tuple[int, int]]:
    """Points around x, y, one after the other, for ever."""
    number = 0
    while True:
        angle = 2 * math.pi * number / steps
        yield x + round(radius * math.cos(angle)), y + round(radius * math.sin(angle))
        number += 1
