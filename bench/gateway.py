"""What the gateway costs: small answers and a large download through it, beside a proxy that does nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import docker

from bench.figures import Figure, Target
from bench.load import download_mb_per_second, requests_per_second
from bench.machine import quiet_wait
from bench.site import OWNER, site, workspace_made
from tests.harness import ROOT
from tests.waiting import eventually, free_port, listens

UPSTREAM_PORT = 9000
SMALL_BYTES = 1024
LARGE_BYTES = 100_000_000
REQUESTS = 8000
LEAST_OF_PLAIN = 0.5
"""The gateway asks who may enter, keeps credentials apart and cleans headers; that may cost as much again."""

UPSTREAM = f"""
const small = Buffer.alloc({SMALL_BYTES}, 'x'), chunk = Buffer.alloc(1 << 18, 'x');
const head = length => `HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nContent-Length: ${{length}}\\r\\n\\r\\n`;
const answer = Buffer.concat([Buffer.from(head({SMALL_BYTES})), small]);
require('net').createServer({{ noDelay: true }}, socket => {{
  socket.on('error', () => socket.destroy());
  let seen = '';
  socket.on('data', data => {{
    seen += data.toString('latin1');
    if (!seen.includes('\\r\\n\\r\\n')) return;
    const large = seen.startsWith('GET /large');
    seen = '';
    if (!large) return socket.write(answer);
    let left = {LARGE_BYTES};
    socket.write(head(left));
    const more = () => {{
      while (left > 0) {{
        const part = chunk.subarray(0, Math.min(left, chunk.length));
        left -= part.length;
        if (!socket.write(part)) return socket.once('drain', more);
      }}
    }};
    more();
  }});
}}).listen({UPSTREAM_PORT}, '0.0.0.0');
"""
"""A server in the workspace that costs next to nothing; it reads no more of a request than where it ends."""


def gateway(client: docker.DockerClient, rounds: int) -> list[Figure]:
    """Small answers and a download, in turns."""
    small: tuple[list[float], list[float]] = ([], [])
    large: tuple[list[float], list[float]] = ([], [])
    with site(client) as running:
        made = workspace_made(running)
        address = _upstream_start(client, made["containerId"])
        public_id = urlsplit(made["accessUrl"]).netloc.split(".")[0]
        credential = {"Authorization": f"Bearer {running.token(OWNER)}"}
        with _plain_proxy(address) as port:
            ways = [
                (running.port, f"{public_id}-{UPSTREAM_PORT}.localhost:{running.port}", credential),
                (port, f"localhost:{port}", {}),
            ]
            for number in range(rounds + 1):  # the first one warms up
                for turn in (0, 1) if number % 2 else (1, 0):
                    quiet_wait(3)
                    rate = requests_per_second(*ways[turn][:2], "/small", ways[turn][2], REQUESTS)
                    speed = download_mb_per_second(*ways[turn][:2], "/large", ways[turn][2], LARGE_BYTES)
                    if number:
                        small[turn].append(rate)
                        large[turn].append(speed)
    target = Target(LEAST_OF_PLAIN, least=True)
    return [
        Figure("gateway", "gateway: 1 kB answers / plain proxy", "/s", *small, target),
        Figure("gateway", "gateway: 100 MB download / plain proxy", "MB/s", *large, target),
    ]


def _upstream_start(client: docker.DockerClient, container: str) -> str:
    """Where the server listens that was just started in the workspace."""
    created = client.api.exec_create(container, ["node", "-e", UPSTREAM])
    client.api.exec_start(created["Id"], detach=True)
    [network] = client.api.inspect_container(container)["NetworkSettings"]["Networks"].values()
    probe = ["node", "-e", f"require('net').connect({UPSTREAM_PORT}).on('connect', () => process.exit(0))"]
    eventually(lambda: _succeeds(client, container, probe), "the upstream listens", 20)
    return f"http://{network['IPAddress']}:{UPSTREAM_PORT}"


def _succeeds(client: docker.DockerClient, container: str, argv: list[str]) -> bool:
    created = client.api.exec_create(container, argv)
    client.api.exec_start(created["Id"])
    return bool(client.api.exec_inspect(created["Id"])["ExitCode"] == 0)


@contextmanager
def _plain_proxy(upstream: str) -> Iterator[int]:
    """Port of the peer, which runs as long as the block."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.plain_proxy:app", "--port", str(port), "--no-access-log"]
    process = subprocess.Popen(
        [*command, "--log-level", "warning", "--loop", "uvloop", "--http", "httptools", "--lifespan", "off"],
        cwd=ROOT,
        env={**os.environ, "UPSTREAM": upstream},
    )
    try:
        eventually(lambda: listens(port), "the plain proxy listens", 20)
        yield port
    finally:
        process.terminate()
        process.wait(10)
