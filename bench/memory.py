"""How much memory the whole platform takes when nobody does anything, the engine and the workspaces aside."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import docker

from bench.figures import Figure, Target
from bench.site import site, workspace_made
from tests.harness import Platform
from tests.local_http import new_session
from workspaces.engine.base import LABEL_INSTANCE, LABEL_SYSTEM

IDLE_SECONDS = 30
MOST_MB = 150
MB = 1024**2


def memory(client: docker.DockerClient, rounds: int) -> list[Figure]:
    """Once: it varies by less than one in a hundred."""
    with site(client) as running:
        _visit(running, workspace_made(running)["accessUrl"])
        time.sleep(IDLE_SECONDS)  # what is only needed for the work is given back by then, or never
        ours = [pid for process in running.processes for pid in (process.pid, *_children(process.pid))]
        helpers = list(_helpers(client, running.instance))
        resident = _resident(ours) + _resident(helpers)
        return [
            Figure("memory", "idle memory of the platform, helpers included", "MB", [resident], (), _target()),
            Figure("memory", "… of the serving process and its children, RSS", "MB", [_resident(ours)]),
            Figure("memory", "… the same, PSS", "MB", [proportional_mb(ours)]),
            Figure("memory", "… of helper containers, RSS", "MB", [_resident(helpers)]),
            Figure("memory", "… the same, PSS", "MB", [proportional_mb(helpers)]),
        ]


def _target() -> Target:
    return Target(MOST_MB, absolute=True)


def _visit(running: Platform, access_url: str) -> None:
    """Sign in by the link that the first start prints, and look at one workspace's page."""
    browser = new_session()
    [link] = re.findall(r"http\S+/sign-in/link/\S+", running.log())
    form = browser.get(link).text
    csrf = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[0]
    browser.post(link, data={"csrfmiddlewaretoken": csrf}).raise_for_status()
    public_id = access_url.split("//")[1].split(".")[0]
    page = browser.get(f"{running.url}/workspaces/{public_id}/")
    assert page.status_code == 200, page.status_code
    assert public_id in page.text, page.url


def _children(pid: int) -> Iterator[int]:
    """All processes below it, children's children included."""
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            yield child
            yield from _children(child)


def _helpers(client: docker.DockerClient, instance: str) -> Iterator[int]:
    """Processes in containers that the platform runs for itself; those of other installations are not ours."""
    for found in client.api.containers(filters={"label": LABEL_SYSTEM}):
        if found["Labels"].get(LABEL_INSTANCE, instance) != instance:
            continue
        yield from container_pids(client, found["Id"])


def container_pids(client: docker.DockerClient, container: str) -> list[int]:
    """All processes in it, as this machine numbers them."""
    return [int(row[0]) for row in client.api.top(container, "-o pid")["Processes"]]


def _resident(pids: list[int]) -> float:
    return sum(_field(pid, "status", "VmRSS") for pid in pids) / MB


def proportional_mb(pids: list[int]) -> float:
    """Shared pages are divided among those who share them."""
    return sum(_field(pid, "smaps_rollup", "Pss") for pid in pids) / MB


def _field(pid: int, file: str, name: str) -> int:
    """Bytes of a field of `/proc/<pid>/<file>`, 0 when the process is gone."""
    try:
        text = (Path("/proc") / str(pid) / file).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
