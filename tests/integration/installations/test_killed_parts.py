"""Real processes killed with SIGKILL in the middle of work: nothing stuck, nothing orphaned, no file lost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import docker
import pytest

from tests.engine_cleanup import things_of
from tests.harness import Platform
from tests.parts import NewPlatform
from tests.waiting import eventually

pytestmark = pytest.mark.integration
ASYNC = {"Prefer": "respond-async"}
SETTLE_SECONDS = 90.0
"""A dead worker's lease runs out after half a minute, and the resend comes every ten seconds."""


class Site:
    """One person's view of an installation."""

    def __init__(self, platform: Platform, client: docker.DockerClient) -> None:
        self.platform = platform
        self.client = client
        self.token = platform.token("alice@example.org")

    def ask(self, method: str, path: str, **options: Any) -> Any:
        answer = self.platform.request(method, f"/api/v1/spaces/{path}", token=self.token, **options)
        assert answer.ok, answer.text
        return answer.json()

    def create(self, **options: Any) -> int:
        return int(self.ask("POST", "create", json={"type": "terminal"}, **options)["spaceId"])

    def rows(self) -> dict[int, str]:
        return {row["id"]: row["status"] for row in self.ask("GET", "list")["spaces"]}

    def container(self, number: int) -> docker.models.containers.Container:
        return self.client.containers.get(self.ask("GET", f"status/{number}")["containerId"])

    def settles(self, number: int, status: str) -> None:
        eventually(
            lambda: self.rows().get(number, "gone") == status, f"{number} is {status}", SETTLE_SECONDS, every=0.2
        )

    def things(self) -> set[str]:
        """What the installation has on the engine, by kind and number."""
        return set(things_of(self.client, self.platform.instance))


@pytest.fixture
def embedded(new_platform: NewPlatform, docker_engine: docker.DockerClient) -> Site:
    return Site(new_platform({"SPACES_SPARE_NETWORKS": "0"}), docker_engine)


def in_the_middle(site: Site, number: int) -> Callable[[], bool]:
    """True once something of the workspace is on the engine."""
    return lambda: bool(site.things())


@pytest.mark.parametrize("pause_seconds", [0.0, 0.05, 0.15, 0.3])
def test_the_site_killed_while_it_creates_finishes_after_its_next_start(embedded: Site, pause_seconds: float) -> None:
    number = embedded.create(headers=ASYNC)
    time.sleep(pause_seconds)  # the kill lands at another step each time
    embedded.platform.kill()
    embedded.platform.start()
    embedded.settles(number, "running")
    assert embedded.container(number).status == "running"
    assert len(embedded.things()) == 3


def test_the_site_killed_while_it_deletes_leaves_nothing(embedded: Site) -> None:
    number = embedded.create()
    embedded.ask("DELETE", f"delete/{number}", headers=ASYNC)
    embedded.platform.kill()
    embedded.platform.start()
    eventually(lambda: not embedded.rows(), "the row is gone", SETTLE_SECONDS)
    assert not embedded.things()


def test_workspaces_outlive_the_site_and_keep_their_files(embedded: Site) -> None:
    number = embedded.create()
    embedded.container(number).exec_run(["sh", "-c", "echo mine > /workspace/notes.txt"])
    started = embedded.container(number).attrs["State"]["StartedAt"]
    embedded.platform.kill()
    embedded.platform.start()
    assert embedded.rows()[number] == "running"
    assert embedded.container(number).attrs["State"]["StartedAt"] == started, "it was not even restarted"
    embedded.ask("POST", f"stop/{number}")
    embedded.ask("POST", f"start/{number}")
    assert embedded.container(number).exec_run(["cat", "/workspace/notes.txt"]).output == b"mine\n"


def test_what_happens_while_the_site_is_down_is_seen_at_its_start(embedded: Site) -> None:
    died, removed = embedded.create(), embedded.create()
    embedded.container(removed).exec_run(["sh", "-c", "echo mine > /workspace/notes.txt"])
    embedded.platform.kill()
    containers = {c.labels["spaces.workspace"]: c for c in embedded.client.containers.list(
        filters={"label": f"spaces.instance={embedded.platform.instance}"})}  # fmt: skip
    assert len(containers) == 2
    embedded.platform.start()
    embedded.container(died).kill()
    embedded.container(removed).remove(force=True)
    embedded.settles(died, "exited")
    embedded.settles(removed, "exited")
    embedded.ask("POST", f"start/{removed}")
    assert embedded.container(removed).exec_run(["cat", "/workspace/notes.txt"]).output == b"mine\n"


def test_a_killed_worker_of_its_own_is_missed_and_replaced_by_the_next(
    production: Platform, docker_engine: docker.DockerClient
) -> None:
    site = Site(production, docker_engine)
    assert production.get("/api/health").json()["worker"] == {"state": "ok"}
    number = site.create(headers=ASYNC)
    eventually(in_the_middle(site, number), "work has begun", 20, every=0.01)
    os.killpg(production.processes[1].pid, signal.SIGKILL)
    production.processes.pop().wait()
    assert site.rows()[number] in ("created", "running")
    eventually(lambda: production.get("/api/health").status_code == 503, "the missing worker is noticed", 60, every=1)
    production.start_worker()
    site.settles(number, "running")
    assert len(site.things()) == 3
    site.ask("DELETE", f"delete/{number}")
    eventually(lambda: not site.things(), "all of it is removed", 30)


def test_fifty_creates_at_once_on_the_real_database_never_exceed_the_limit(
    production: Platform, docker_engine: docker.DockerClient
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    site = Site(production, docker_engine)

    def create(_number: int) -> int:
        options: dict[str, Any] = {"json": {"type": "terminal"}, "headers": ASYNC, "token": site.token}
        return production.post("/api/v1/spaces/create", **options).status_code

    with ThreadPoolExecutor(50) as pool:
        statuses = sorted(pool.map(create, range(50)))
    assert statuses == [201] * 5 + [403] * 45
    assert len(site.rows()) == 5
    for number in site.rows():
        site.settles(number, "running")
