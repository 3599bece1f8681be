"""How long it takes from claiming a seat to the page of its editor, on seats that are kept warm; and three hundred
people who claim a hundred seats at the same moment.

The second is a question to the database: the web part runs as in production, and no worker, which would look for what
is not on the engine. `python -m bench.claiming N`, with an installation's settings, makes N such workshops.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import docker
from aiohttp import ClientSession, ClientTimeout, TCPConnector

from bench.figures import Figure, Target
from bench.load import Load, load_of
from bench.machine import quiet_wait
from bench.site import ASYNC, KIND, OWNER, site
from tests.harness import ROOT, Platform
from tests.servers import Postgres, Redis
from tests.waiting import eventually

MOST_MS = 100
CLAIMANTS, SEATS = 300, 100
MOST_PROCESSES = 4
CLAIM = "/api/workshop/claim"
PAGE = {"Accept": "text/html"}
PREPARE = """
from accounts.actors import Actor
from accounts.models import User
from workspaces.models import Workspace
from workshop.services.workshops import workshop_create, workshop_open
leader = Actor(User.objects.get(email={owner!r}), "system")
workshop = workshop_create(leader, source=Workspace.objects.get(), title="Class", seats={seats})
workshop_open(leader, workshop)
"""


def claim(client: docker.DockerClient, rounds: int) -> list[Figure]:
    """Warm seats one after the other, and the crowd."""
    to_page, to_claim = _warm(client, rounds)
    crowd = _crowd(client, rounds)
    return [
        Figure("claim", "claim → page of the editor, warm seats", "ms", to_page, (), Target(MOST_MS, absolute=True)),
        Figure("claim", "… until the claim is answered", "ms", to_claim),
        Figure("claim", "300 claims at once on 100 seats, all answered", "/s", [load.per_second for load in crowd]),
        Figure("claim", "… half of them within", "ms", [load.p50_ms for load in crowd]),
        Figure("claim", "… 95 of 100 within", "ms", [load.p95_ms for load in crowd]),
    ]


# -- warm seats
def _warm(client: docker.DockerClient, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds to the editor's page and to the answer to the claim. The first seat warms up and is not told."""
    with site(client) as running:
        running.token(OWNER, staff=True)
        running.post("/api/v1/spaces/create", json={"type": KIND}, token=running.token(OWNER), headers=ASYNC)
        eventually(lambda: _runs(running), "the prepared workspace runs", 120)
        running.manage("shell", "-c", PREPARE.format(owner=OWNER, seats=rounds + 1))
        eventually(lambda: _free(running) == rounds + 1, "all seats are warm", 180)
        samples = []
        for number in range(rounds + 1):
            quiet_wait()
            samples.append(_claimed(running, number))
    return [page for page, _ in samples[1:]], [answer for _, answer in samples[1:]]


def _runs(running: Platform) -> bool:
    spaces = running.get("/api/v1/spaces/list", token=running.token(OWNER)).json()["spaces"]
    return [space["status"] for space in spaces] == ["running"]


def _free(running: Platform) -> int:
    return int(running.get("/api/workshop/status").json()["available"])


def _claimed(running: Platform, number: int) -> tuple[float, float]:
    """As a browser does it: the address in the answer, and wherever that leads, on connections that stay open."""
    site_line, place_line = (http.client.HTTPConnection("127.0.0.1", running.port, timeout=60) for _ in range(2))
    site_line.connect()  # the page with the form was on it
    body = json.dumps({"name": f"P {number}", "email": f"p{number}@example.com"})
    before = time.perf_counter()
    host = f"localhost:{running.port}"
    answer = _ask(site_line, "POST", CLAIM, {"Host": host, "Content-Type": "application/json"}, body)
    answered, url = time.perf_counter() - before, json.loads(answer[2])["workspaceUrl"]
    status, cookies = 302, ""
    while status in (302, 303):
        place = urlsplit(url)
        line = site_line if place.netloc == host else place_line
        path = f"{place.path}?{place.query}" if place.query else place.path
        headers = {"Host": place.netloc, **PAGE} | ({"Cookie": cookies} if line is place_line and cookies else {})
        status, got, _ = _ask(line, "GET", path, headers)
        if line is place_line and (cookie := got.get("Set-Cookie")):
            cookies = cookie.partition(";")[0]
        url = urljoin(url, got.get("Location", ""))
    assert status == 200, (status, url)
    ended = time.perf_counter() - before
    site_line.close()
    place_line.close()
    return ended * 1000, answered * 1000


def _ask(
    line: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str], body: str | None = None
) -> tuple[int, Any, bytes]:
    line.request(method, path, body, headers)
    answer = line.getresponse()
    return answer.status, answer.headers, answer.read()


# -- the crowd
def _crowd(client: docker.DockerClient, rounds: int) -> list[Load]:
    """One load for each round; the first warms up and is not told."""
    with Postgres() as postgres, Redis() as redis, tempfile.TemporaryDirectory(prefix="spaces-bench-") as folder:
        databases = {"DATABASE_URL": postgres.database(), "REDIS_URL": redis.database()}
        more = {"WEB_PROCESSES": str(min(os.cpu_count() or 1, MOST_PROCESSES)), "SPACES_TRUST_PROXY": "true"}
        running = Platform(Path(folder) / "site", {**databases, **more}, separate_worker=True)
        try:
            running.manage("migrate")
            command = (sys.executable, "-m", "bench.claiming", str(rounds + 1))
            subprocess.run(command, cwd=ROOT, env=running.environ, check=True)
            running.start_web()
            loads = [asyncio.run(_rush(running, number)) for number in range(rounds + 1)]
        finally:
            running.close(client)
    return loads[1:]


async def _rush(running: Platform, number: int) -> Load:
    """All claim at the same moment; exactly as many as there are seats have one, each another."""
    await asyncio.to_thread(quiet_wait)
    connector, timeout = TCPConnector(limit=0), ClientTimeout(total=120)
    async with ClientSession(connector=connector, timeout=timeout, trust_env=False) as session:
        before = time.perf_counter()
        answers = await asyncio.gather(*(_one(session, running.port, number, who) for who in range(CLAIMANTS)))
        seconds = time.perf_counter() - before
    statuses = Counter(status for status, _, _ in answers)
    assert statuses == {200: SEATS, 503: CLAIMANTS - SEATS}, statuses
    assert len({given["workspaceUrl"] for status, given, _ in answers if status == 200}) == SEATS
    return load_of([took for _, _, took in answers], seconds)


async def _one(session: ClientSession, port: int, number: int, who: int) -> tuple[int, Any, float]:
    headers = {"Host": f"localhost:{port}", "X-Forwarded-For": f"198.51.100.{number + 1}"}
    body = {"name": f"P {who}", "email": f"p{who}@example.com", "workshop": f"class-{number}"}
    before = time.perf_counter()
    async with session.post(f"http://127.0.0.1:{port}{CLAIM}", json=body, headers=headers) as answer:
        given = await answer.json()
    return answer.status, given, time.perf_counter() - before


def classes_make(count: int, seats: int = SEATS) -> None:
    """Workshops `class-0`, `class-1` … with so many seats each, which say that they are paused and warm."""
    from django.utils import timezone

    from accounts.models import User
    from workshop.models import Seat, Workshop
    from workspaces.models import Kind, Workspace
    from workspaces.states import State

    leader = User.objects.create_superuser("leader@example.org", "Leader")
    kind, now = Kind.objects.get(slug="code-server"), timezone.now()
    for number in range(count):
        workshop = Workshop.objects.create(slug=f"class-{number}", title=f"Class {number}", owner=leader, state="open")
        size: dict[str, Any] = {"memory_mb": 512, "cpus": 1, "container_id": "0" * 64, "is_seat": True}
        made = Workspace.objects.bulk_create(
            Workspace(owner=leader, kind=kind, name=f"Class {number} {seat}", state=State.PAUSED, **size)
            for seat in range(1, seats + 1)
        )
        Seat.objects.bulk_create(
            Seat(workshop=workshop, number=seat, workspace=workspace, ready_at=now)
            for seat, workspace in enumerate(made, start=1)
        )


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spaces_site.settings")
    django.setup()
    classes_make(int(sys.argv[1]))
