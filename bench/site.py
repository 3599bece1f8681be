"""An installation of the product for one part of the run, which is gone without a trace afterwards."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker

from tests.engine_cleanup import remove_all, things_of
from tests.harness import Platform
from tests.waiting import eventually

OWNER = "bench@example.org"
LIMITS = {"MAX_WORKSPACES_PER_USER": "100", "MAX_CONCURRENT_WORKSPACES": "100"}
KIND = "code-server"
ASYNC = {"Prefer": "respond-async"}
SPARES = 32
"""As the product has them by default; a round begins when the site is at rest again, with all of them."""
LATE_SECONDS = 1.0


@contextmanager
def site(client: docker.DockerClient) -> Iterator[Platform]:
    """A running installation; at the end of the block it, its containers, volumes, networks and files are gone."""
    with tempfile.TemporaryDirectory(prefix="spaces-bench-") as folder:
        running = Platform(Path(folder) / "site", LIMITS)
        try:
            running.manage("images")  # minutes where there are none yet, which would be nobody's figure
            yield running.start()
        finally:
            running.close(client)
            _clear(client, running.instance)


def _clear(client: docker.DockerClient, instance: str) -> None:
    """What the engine was still making when the installation was killed is gone as well."""
    quiet_since = time.monotonic()
    while instance and time.monotonic() - quiet_since < LATE_SECONDS:
        if things_of(client, instance):
            remove_all(client, instance)
            quiet_since = time.monotonic()
        time.sleep(0.1)  # the engine does not say when it has nothing more to do


def workspace_made(running: Platform, kind: str = KIND) -> dict[str, str]:
    """What the API says of a new workspace, which runs."""
    answer = running.post("/api/v1/spaces/create", json={"type": kind}, token=running.token(OWNER))
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    eventually(lambda: _status(running, made["spaceId"]) == "running", f"{kind} runs", 120)
    return made


def _status(running: Platform, space_id: str) -> str:
    spaces = running.get("/api/v1/spaces/list", token=running.token(OWNER)).json()["spaces"]
    return next((space["status"] for space in spaces if space["id"] == space_id), "")


def image_of(client: docker.DockerClient, running: Platform, kind: str = KIND) -> str:
    """The image that the product makes that kind of, learnt from one, which also proves that all is there."""
    made = workspace_made(running, kind)
    image: str = client.api.inspect_container(made["containerId"])["Config"]["Image"]
    workspaces_remove(running, client)
    return image


def workspaces_remove(running: Platform, client: docker.DockerClient) -> None:
    """Afterwards no workspace is left, nor anything of one on the engine; what is kept ready is ready again."""
    token = running.token(OWNER)
    for space in running.get("/api/v1/spaces/list", token=token).json()["spaces"]:
        running.delete(f"/api/v1/spaces/delete/{space['id']}", token=token, headers=ASYNC)
    eventually(lambda: not running.get("/api/v1/spaces/list", token=token).json()["spaces"], "no row is left", 120)
    eventually(lambda: _at_rest(things_of(client, running.instance)), "all workspaces are gone", 120)


def _at_rest(things: list[str]) -> bool:
    """What copies were made of goes later by itself, and takes nothing but room until then."""
    things = [thing for thing in things if not thing.startswith("image ")]
    return len(things) == SPARES and all(thing.startswith("network ") for thing in things)
