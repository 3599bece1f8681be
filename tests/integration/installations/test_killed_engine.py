"""The engine killed with SIGKILL in the middle of work, and away for a while: everything is well when it returns."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.engine_cleanup import things_of
from tests.harness import Platform
from tests.own_engine import OwnEngine
from tests.waiting import eventually
from workspaces.engine.base import LABEL_INSTANCE, LABEL_WORKSPACE, ContainerSpec
from workspaces.engine.docker import DockerEngine
from workspaces.images import image_ensure

pytestmark = pytest.mark.integration
ASYNC = {"Prefer": "respond-async"}
NO_ENDPOINT = {"EndpointID": ""}


@pytest.fixture(scope="module")
def own_engine(docker_engine: docker.DockerClient) -> Iterator[OwnEngine]:
    refs = [
        image_ensure(DockerEngine(), name, lambda _progress: None) for name in ("spaces/terminal", "spaces/netguard")
    ]
    with OwnEngine() as engine:
        engine.take_images(refs)
        yield engine


@pytest.fixture
def site(own_engine: OwnEngine, tmp_path: Path, prepared: Path) -> Iterator[Platform]:
    """An installation on that engine; this thread is in its network for the test."""
    with own_engine.inside():
        environ = {"DOCKER_HOST": own_engine.host, "SPACES_SPARE_NETWORKS": "0"}
        platform = Platform(tmp_path / "site", environ, like=prepared)
        try:
            yield platform.start()
        finally:
            if not own_engine._answers():
                own_engine.start()
            with own_engine.client() as client:
                platform.close(client)


class Alice:
    """One person's requests."""

    def __init__(self, site: Platform) -> None:
        self.site = site
        self.token = site.token("alice@example.org")

    def ask(self, method: str, path: str, **options: Any) -> Any:
        return self.site.request(method, f"/api/v1/spaces/{path}", token=self.token, **options)

    def create(self, **options: Any) -> int:
        answer = self.ask("POST", "create", json={"type": "terminal"}, **options)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["spaceId"])

    def status(self, number: int) -> str:
        return {row["id"]: row["status"] for row in self.ask("GET", "list").json()["spaces"]}.get(number, "gone")

    def settles(self, number: int, *statuses: str) -> str:
        return eventually(
            lambda: status if (status := self.status(number)) in statuses else "",
            f"{number} in {statuses}",
            90,
            every=0.2,
        )

    def run(self, client: docker.DockerClient, number: int, *argv: str) -> str:
        """Run something in the workspace's container."""
        container = self.ask("GET", f"status/{number}").json()["containerId"]
        code, output = client.containers.get(container).exec_run(list(argv))
        assert code == 0, (code, output)
        return str(output.decode())


def test_an_engine_that_stops_and_returns(site: Platform, own_engine: OwnEngine) -> None:
    alice = Alice(site)
    with own_engine.client() as client:
        number = alice.create()
        alice.run(client, number, "sh", "-c", "echo mine > /workspace/notes.txt")
        own_engine.end(signal.SIGTERM)
        try:
            eventually(lambda: site.get("/api/health").status_code == 503, "health says so", 10)
            assert site.get("/api/health").json()["engine"] == {"state": "down"}
            assert alice.ask("GET", "list").status_code == 200
            assert site.get("/sign-in/").status_code == 200
            refused = alice.ask("POST", "create", json={"type": "terminal"})
            assert (refused.status_code, refused.json()["error"]) == (503, "SERVICE_UNAVAILABLE")
            assert int(refused.headers["Retry-After"]) > 0
            assert len(alice.ask("GET", "list").json()["spaces"]) == 1, "it has left nothing behind"
        finally:
            own_engine.start()
        eventually(lambda: site.get("/api/health").status_code == 200, "all is well again", 20)
        alice.settles(number, "exited")
        assert alice.ask("POST", f"start/{number}").status_code == 200
        assert alice.run(client, number, "cat", "/workspace/notes.txt") == "mine\n"
        assert alice.ask("DELETE", f"delete/{number}").status_code == 200
        assert not things_of(client, site.instance)


@pytest.mark.parametrize("pause_seconds", [0.05, 0.2, 0.4])
def test_killed_while_it_creates_and_deletes(site: Platform, own_engine: OwnEngine, pause_seconds: float) -> None:
    alice = Alice(site)
    with own_engine.client() as client:
        kept = alice.create()
        alice.run(client, kept, "sh", "-c", "echo mine > /workspace/notes.txt")
        doomed = alice.create()
        made = alice.create(headers=ASYNC)
        alice.ask("DELETE", f"delete/{doomed}", headers=ASYNC)
        time.sleep(pause_seconds)  # the kill lands at another step each time
        own_engine.end()
        own_engine.start()
        alice.settles(kept, "exited")  # the engine ends what runs without it
        eventually(lambda: alice.status(doomed) == "gone", "the deletion is finished", 90)
        alice.settles(made, "running", "exited")
        for number in (made, kept):
            assert alice.ask("POST", f"start/{number}").status_code == 200
            alice.settles(number, "running")
        assert alice.run(client, kept, "cat", "/workspace/notes.txt") == "mine\n"
        assert len(things_of(client, site.instance)) == 6, "two workspaces, nothing else"


def test_a_container_that_left_no_network_as_far_as_a_killed_engine_knows_joins_all_the_same(
    own_engine: OwnEngine, instance: str, settings: Any
) -> None:
    settings.DOCKER_HOST, settings.INSTANCE = own_engine.host, instance
    spec = ContainerSpec(
        name="spaces-halfjoined00", image=own_engine.images[0], memory_mb=128, cpus=0.5, pids=64, user="coder",
        hostname="half", labels={LABEL_INSTANCE: instance, LABEL_WORKSPACE: "halfjoined00"}, joins_late=True,
    )  # fmt: skip
    with own_engine.inside(), own_engine.client() as client:
        engine = DockerEngine()
        engine.ensure_volume(spec.name, spec.labels)
        engine.ensure_network(spec.name, spec.labels, "internet")
        container = engine.ensure_container(spec).id
        engine.start(spec.name)
        client.api.disconnect_container_from_network(spec.name, "none")
        own_engine.end()
        own_engine.has_noted(container, lambda noted: noted["NetworkSettings"]["Networks"].update(none=NO_ENDPOINT))
        own_engine.start("--live-restore")  # which is what leaves it running
        assert client.containers.get(container).status == "running"
        assert engine.join(spec.name).address
        assert client.containers.get(container).status == "running"
        engine.remove_container(spec.name)
        own_engine.end(signal.SIGTERM)
        own_engine.start()  # as the other tests want it
