"""A clone of ten on the real engine, while the site that makes it is killed in the middle: ten are there."""

from __future__ import annotations

import docker
import pytest

from tests.browser.people import Made, Person
from tests.engine_cleanup import things_of
from tests.parts import NewPlatform
from tests.waiting import eventually

pytestmark = pytest.mark.integration
SETTLE_SECONDS = 240.0
"""A dead worker's lease runs out after half a minute, and the resend comes every ten seconds."""
CLONES = 10


@pytest.mark.parametrize("made_before", [0, 3], ids=["in the snapshot", "among the clones"])
def test_ten_clones_are_there_though_the_site_was_killed(
    made_before: int, new_platform: NewPlatform, docker_engine: docker.DockerClient
) -> None:
    limits = {"MAX_WORKSPACES_PER_USER": "20", "MAX_CONCURRENT_WORKSPACES": "20", "SPACES_SPARE_NETWORKS": "0"}
    site = new_platform(limits)
    person = Person(site, "olga")
    source = person.make("Base")
    write = docker_engine.containers.get(f"spaces-{source.id}").exec_run(["sh", "-c", "echo 1 > /workspace/a.txt"])
    assert write.exit_code == 0
    answer = site.post(f"/api/projects/{source.id}/clone", json={"count": CLONES}, token=person.token)
    assert answer.status_code == 202, answer.text
    ids = [one["projectId"] for one in answer.json()["clones"]]

    eventually(lambda: len(running(docker_engine, site.instance)) >= 1 + made_before, "it is at it", 60, every=0.02)
    site.kill()
    site.start()

    def settled() -> bool:
        projects = site.get("/api/projects/", token=person.token).json()["projects"]
        return [one["status"] for one in projects] == ["running"] * (CLONES + 1)

    eventually(settled, "all run", SETTLE_SECONDS, every=0.5)
    for one in ids:
        read = docker_engine.containers.get(f"spaces-{one}").exec_run(["cat", "/workspace/a.txt"])
        assert read.output == b"1\n", one
    assert docker_engine.containers.get(f"spaces-{source.id}").status == "running"
    person.becomes(Made(source.number, source.id), "running")
    kept = [thing for thing in things_of(docker_engine, site.instance) if "snapshot" in str(thing)]
    assert len(kept) <= 1, "nothing but the image is left of taking it"


def running(engine: docker.DockerClient, instance: str) -> list[str]:
    found = engine.containers.list(filters={"label": [f"spaces.instance={instance}", "spaces.workspace"]})
    return [str(one.name) for one in found]
