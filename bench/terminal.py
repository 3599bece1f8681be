"""What a terminal in the browser costs over the engine's own: from a key to its echo, and in a flood of output."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from statistics import median

import docker

from bench.figures import Figure, Target
from bench.machine import quiet_wait
from bench.site import OWNER, site, workspace_made
from tests.harness import Platform
from tests.raw_websocket import RawWebsocket

KEYS = 100
FLOOD_BYTES = 100_000_000
FLOOD = f"yes {'x' * 79} | head -c {FLOOD_BYTES}; echo fin''ished\n"
MOST_MORE_MS = 10.0
LEAST_OF_BARE = 0.5
INTERRUPT_MS = 200.0
QUIET_SECONDS = 0.3


def terminal(client: docker.DockerClient, rounds: int) -> list[Figure]:
    """Keys, floods and interrupts, in turns with a bare `docker exec` on a terminal in the same container."""
    echo: tuple[list[float], list[float]] = ([], [])
    flood: tuple[list[float], list[float]] = ([], [])
    more: list[float] = []
    interrupts: list[float] = []
    with site(client) as running:
        made = workspace_made(running)
        public_id = made["accessUrl"].split("//")[1].split(".")[0]
        ways: list[Callable[[], Web | Bare]] = [
            lambda: Web(running, public_id),
            lambda: Bare(client, made["containerId"]),
        ]
        for number in range(rounds + 1):  # the first one warms up
            for turn in (0, 1) if number % 2 else (1, 0):
                quiet_wait(3)
                line = ways[turn]()
                took, speed = key_to_echo_ms(line), flood_mb_per_second(line)
                if number:
                    echo[turn].append(took)
                    flood[turn].append(speed)
                if not turn and number:
                    interrupts.append(interrupt_ms(line))
                line.close()
            if number:
                more.append(echo[0][-1] - echo[1][-1])
    return [
        Figure("terminal", "terminal: key to echo / bare exec", "ms", *echo),
        Figure(
            "terminal", "terminal: key to echo, more than bare", "ms", more, (), Target(MOST_MORE_MS, absolute=True)
        ),
        Figure("terminal", "terminal: 100 MB printed / bare exec", "MB/s", *flood, Target(LEAST_OF_BARE, least=True)),
        Figure("terminal", "terminal: Ctrl-C in a flood", "ms", interrupts, (), Target(INTERRUPT_MS, absolute=True)),
    ]


class Web:
    """A terminal over the site's websocket; a new one each time."""

    made = 0

    def __init__(self, running: Platform, public_id: str) -> None:
        Web.made += 1
        path = f"/ws/workspaces/{public_id}/terminal?name=bench-{Web.made}"
        self.line = RawWebsocket(running.port, path, {"Authorization": f"Bearer {running.token(OWNER)}"})
        self.line.sees("$ ")

    def type(self, text: str) -> None:
        self.line.type(text)

    def take(self) -> bytes:
        while not (data := self.line.take()):
            assert self.line.code is None, self.line.code
        self.line.seen.clear()
        return data

    def close(self) -> None:
        self.line.type("exit\n")
        self.line.ends()
        self.line.socket.close()


class Bare:
    """What `docker exec -it` opens, without the program around it."""

    def __init__(self, client: docker.DockerClient, container: str) -> None:
        made = client.api.exec_create(container, ["bash", "-l"], stdin=True, tty=True, user="coder")
        self.stream = client.api.exec_start(made["Id"], tty=True, socket=True)
        self.socket: socket.socket = self.stream._sock
        self.socket.settimeout(30)
        seen = b""
        while b"$ " not in seen:
            seen += self.take()

    def type(self, text: str) -> None:
        self.socket.sendall(text.encode())

    def take(self) -> bytes:
        return self.socket.recv(256 * 1024)

    def close(self) -> None:
        self.type("exit\n")
        while self.take():
            continue
        self.stream.close()


def key_to_echo_ms(line: Web | Bare) -> float:
    """Median of some keys, each typed when the one before it was seen."""
    times = []
    for _ in range(KEYS):
        before = time.perf_counter()
        line.type("a")
        line.take()
        times.append((time.perf_counter() - before) * 1000)
        time.sleep(0.002)  # a person's next key does not meet what the last one left to do
    line.type("\x15")
    _until(line, b"")
    return median(times)


def flood_mb_per_second(line: Web | Bare) -> float:
    """How fast a program's output comes."""
    before, seen, tail = time.perf_counter(), 0, b""
    line.type(FLOOD)
    while b"finished" not in tail:
        data = line.take()
        seen += len(data)
        tail = (tail + data)[-200:]
    seconds = time.perf_counter() - before
    assert seen > FLOOD_BYTES, seen
    return seen / 1e6 / seconds


def interrupt_ms(line: Web | Bare) -> float:
    """From the key to its echo, while a program prints as fast as it can."""
    line.type("yes\n")
    until = time.perf_counter() + QUIET_SECONDS
    while time.perf_counter() < until:
        line.take()
    before = time.perf_counter()
    line.type("\x03")
    _until(line, b"^C")
    return (time.perf_counter() - before) * 1000


def _until(line: Web | Bare, text: bytes) -> None:
    tail = b""
    while True:
        tail = (tail + line.take())[-4096:]
        if text in tail:
            return
