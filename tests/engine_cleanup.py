"""What an installation has on the real engine, found by its label, and its removal."""

from __future__ import annotations

import contextlib
import time

import docker
from docker.errors import APIError, NotFound

from workspaces.engine.base import LABEL_INSTANCE, LABEL_SYSTEM

CONFLICT = 409
SETTLE_SECONDS = 20.0
INSTANCES: set[str] = set()
"""Every instance that this test run has made; at its end nothing of theirs may be left."""


def things_of(client: docker.DockerClient, instance: str) -> list[str]:
    """Names of all containers, networks, volumes and images of an instance, each with what it is."""
    labelled = {"label": f"{LABEL_INSTANCE}={instance}"}
    return [
        *(f"container {found['Names'][0].lstrip('/')}" for found in client.api.containers(all=True, filters=labelled)),
        *(f"network {found['Name']}" for found in client.api.networks(filters=labelled)),
        *(f"volume {found['Name']}" for found in client.api.volumes(filters=labelled)["Volumes"] or []),
        *(f"image {found['Id']}" for found in client.api.images(filters=labelled)),
    ]


def has_guard(client: docker.DockerClient) -> bool:
    """Whether the network guard is there, which all installations of a machine share."""
    return bool(client.api.containers(all=True, filters={"label": f"{LABEL_SYSTEM}=netguard"}))


def remove_all(client: docker.DockerClient, instance: str) -> None:
    """Afterwards nothing of the instance is left. Safe twice, and while something is being removed already."""
    until = time.monotonic() + SETTLE_SECONDS
    while True:
        try:
            return _remove_all(client, instance)
        except APIError as error:  # what is just going still has its volume, and may not be asked to go once more
            if error.status_code != CONFLICT or time.monotonic() > until:
                raise
            time.sleep(0.1)


def _remove_all(client: docker.DockerClient, instance: str) -> None:
    for thing in things_of(client, instance):
        what, name = thing.split(" ", 1)
        with contextlib.suppress(NotFound):
            if what == "container":
                client.api.remove_container(name, force=True, v=True)
            elif what == "network":
                client.api.remove_network(name)
            elif what == "image":
                client.api.remove_image(name, force=True)
            else:
                client.api.remove_volume(name, force=True)


def remove_everything(client: docker.DockerClient) -> list[str]:
    """Remove what any instance of this run has left; returns what would not go, with the engine's reason."""
    problems = []
    for instance in sorted(INSTANCES):
        try:
            remove_all(client, instance)
        except APIError as error:
            problems.append(f"{instance}: {error}")
        problems += [f"{instance}: {thing} is left" for thing in things_of(client, instance)]
    return problems
