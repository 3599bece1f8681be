"""Networks that the site makes in advance, on the real engine."""

from __future__ import annotations

import time

import docker
import pytest

from tests.engine_cleanup import things_of
from tests.parts import NewPlatform
from tests.waiting import eventually

pytestmark = pytest.mark.integration
MAKING_SECONDS = 60


def test_a_workspace_takes_one_over_and_it_is_made_up_for(
    new_platform: NewPlatform, docker_engine: docker.DockerClient
) -> None:
    site = new_platform({"SPACES_SPARE_NETWORKS": "2"})
    spares = eventually(
        lambda: found if len(found := things_of(docker_engine, site.instance)) == 2 else None,
        "two spare networks", MAKING_SECONDS, every=0.2,
    )  # fmt: skip
    token = site.token("spares@example.org")
    made = site.post("/api/v1/spaces/create", json={"type": "terminal"}, token=token).json()
    assert made["status"] == "running", made["error"]
    container = docker_engine.containers.get(made["containerId"])
    assert f"network {container.name}" in spares
    assert list(container.attrs["NetworkSettings"]["Networks"]) == [container.name]
    eventually(lambda: len(things_of(docker_engine, site.instance)) == 5, "it has been made up for", MAKING_SECONDS)
    site.delete(f"/api/v1/spaces/delete/{made['spaceId']}", token=token)
    left = eventually(
        lambda: found if len(found := things_of(docker_engine, site.instance)) == 2 else None,
        "the workspace is gone", MAKING_SECONDS, every=0.2,
    )  # fmt: skip
    assert all(thing.startswith("network ") for thing in left)


@pytest.mark.parametrize("pause_seconds", [0.3, 0.8])
def test_a_site_killed_while_it_makes_them_has_as_many_after_its_next_start(
    new_platform: NewPlatform, docker_engine: docker.DockerClient, pause_seconds: float
) -> None:
    site = new_platform({"SPACES_SPARE_NETWORKS": "4"})
    eventually(lambda: things_of(docker_engine, site.instance), "it has begun", MAKING_SECONDS, every=0.02)
    time.sleep(pause_seconds)  # the kill lands at another one each time
    site.kill()
    site.start()
    eventually(
        lambda: len(things_of(docker_engine, site.instance)) == 4 or None, "four of them", MAKING_SECONDS, every=0.2
    )
