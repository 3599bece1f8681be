"""How many lists a second the site answers, out of 2,000 workspaces of 200 people, beside JupyterHub's list of users.

The web part runs as in production: PostgreSQL, Redis, a process for each core. No worker runs, which would find out
that none of these workspaces is on the engine; a list asks neither.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import docker

from bench.crowd import Crowd
from bench.figures import Figure, Target
from bench.hub import JupyterHub
from bench.load import Load, get_request, load_for
from bench.machine import quiet_wait
from tests.harness import ROOT, Platform
from tests.servers import Postgres, Redis

SECONDS = 2.0
CONNECTIONS = 8
MOST_PROCESSES = 4
LEAST_PER_SECOND = 300
MOST_P95_MS = 220
OWN = "/api/projects/"
PAGE = "/api/projects/?all=true&limit=50"
DASHBOARD = "/workspaces/"
HUB_PAGE = "/hub/api/users?limit=50"

Asked = tuple[int, Sequence[bytes]]
"""A port, and the requests that go to it in turn."""


def listing(client: docker.DockerClient, rounds: int) -> list[Figure]:
    """Own lists, an administrator's page of everybody's, the dashboard, and JupyterHub's page, in turns."""
    with (
        Postgres() as postgres,
        Redis() as redis,
        _site(client, postgres, redis) as (running, crowd),
        JupyterHub(postgres.database()) as hub,
    ):
        loads = _rounds({**_ours(running, crowd), "hub": _theirs(hub)}, rounds)
    rate, p95 = Target(LEAST_PER_SECOND, least=True, absolute=True), Target(MOST_P95_MS, absolute=True)
    return [
        *_figures("own 10 of 2,000 / JupyterHub's 50 of 1,000", loads["own"], loads["hub"], rate, p95),
        *_figures("50 of 2,000 / JupyterHub's 50 of 1,000", loads["page"], loads["hub"]),
        *_figures("the dashboard, own 10 of 2,000", loads["dashboard"], ()),
    ]


@contextmanager
def _site(client: docker.DockerClient, postgres: Postgres, redis: Redis) -> Iterator[tuple[Platform, Crowd]]:
    """The web part of an installation with many people in it."""
    processes = str(min(os.cpu_count() or 1, MOST_PROCESSES))
    databases = {"DATABASE_URL": postgres.database(), "REDIS_URL": redis.database()}
    with tempfile.TemporaryDirectory(prefix="spaces-bench-") as folder:
        running = Platform(Path(folder) / "site", {**databases, "WEB_PROCESSES": processes}, separate_worker=True)
        try:
            running.manage("migrate")
            made = subprocess.run(
                (sys.executable, "-m", "bench.crowd"), cwd=ROOT, env=running.environ, stdout=subprocess.PIPE, check=True
            )
            running.start_web()
            yield running, Crowd(**json.loads(made.stdout))
        finally:
            running.close(client)


def _ours(running: Platform, crowd: Crowd) -> dict[str, Asked]:
    host = f"localhost:{running.port}"

    def by(credentials: Sequence[str], path: str, header: str = "Authorization") -> Asked:
        return running.port, [get_request(host, path, {header: credential}) for credential in credentials]

    return {
        "own": by([f"Bearer {token}" for token in crowd.tokens], OWN),
        "page": by([f"Bearer {crowd.staff}"], PAGE),
        "dashboard": by(crowd.cookies, DASHBOARD, "Cookie"),
    }


def _theirs(hub: JupyterHub) -> Asked:
    headers = {"Authorization": f"token {hub.token}"}
    return hub.port, [get_request(f"127.0.0.1:{hub.port}", HUB_PAGE, headers)]


def _rounds(asked: dict[str, Asked], rounds: int) -> dict[str, list[Load]]:
    """Each takes its turn in every round; the first round warms up and is not told."""
    loads: dict[str, list[Load]] = {name: [] for name in asked}
    names = list(asked)
    for number in range(rounds + 1):
        for index in range(len(names)):
            name = names[(index + number) % len(names)]
            quiet_wait(2)
            load = load_for(SECONDS, *asked[name], CONNECTIONS)
            if number:
                loads[name].append(load)
    return loads


def _figures(
    what: str, ours: Sequence[Load], peer: Sequence[Load], rate: Target | None = None, p95: Target | None = None
) -> list[Figure]:
    return [
        Figure("list", f"list: {what}", "/s", *([load.per_second for load in loads] for loads in (ours, peer)), rate),
        Figure("list", "… half of them within", "ms", *([load.p50_ms for load in loads] for loads in (ours, peer))),
        Figure("list", "… 95 of 100 within", "ms", *([load.p95_ms for load in loads] for loads in (ours, peer)), p95),
    ]
