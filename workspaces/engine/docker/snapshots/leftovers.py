"""What is made on the way to a snapshot: how it is called, how it is found again, and how it is cleared away."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import docker
from django.conf import settings
from docker.errors import APIError, NotFound

from workspaces.engine.base import LABEL_INSTANCE, LABEL_SYSTEM, LABEL_WORKSPACE, EngineConflict
from workspaces.engine.snapshots import LABEL_SNAPSHOT, SnapshotSpec

SYSTEM = "snapshot"
REPOSITORY = "spaces-snapshot"
"""Of the images that are there while one is made; the snapshot's own name is the caller's."""
LABEL_FREEZES = "spaces.snapshot.freezes"
"""Name of the container that was paused for it and may not have been woken."""


def name_of(snapshot: str, what: str) -> str:
    """Of a container or volume: `sync`, `bake`, `staging` or `frozen`."""
    return f"{REPOSITORY}-{snapshot}-{what}"


def image_labels(snapshot: str) -> dict[str, str]:
    """Containers that are made of the image have them too."""
    return {LABEL_INSTANCE: settings.INSTANCE, LABEL_SNAPSHOT: snapshot}


def labels(spec: SnapshotSpec) -> dict[str, str]:
    """Of containers and volumes. None of them is a workspace's, and none is a clone."""
    given = {name: value for name, value in spec.labels.items() if name != LABEL_WORKSPACE}
    return {**given, **image_labels(spec.snapshot), LABEL_SYSTEM: SYSTEM}


def snapshots_found(api: docker.APIClient) -> list[str]:
    """Public ids of all of which something is there, in three calls."""
    ours = f"{LABEL_INSTANCE}={settings.INSTANCE}"
    made = {"label": [ours, LABEL_SNAPSHOT, f"{LABEL_SYSTEM}={SYSTEM}"]}
    found = [
        *(row["Labels"] for row in api.containers(all=True, filters=made)),
        *(row["Labels"] for row in api.volumes(filters=made)["Volumes"] or []),
        *(row["Labels"] for row in api.images(filters={"label": [ours, LABEL_SNAPSHOT]})),
    ]
    return sorted({row[LABEL_SNAPSHOT] for row in found})


def cleared(api: docker.APIClient, snapshot: str, keep: str = "") -> None:
    """Afterwards nothing is left of making it but the image called `keep`; what it had paused runs on.

    Call it in `translate`.
    """
    made = {"label": [*_filter(snapshot), f"{LABEL_SYSTEM}={SYSTEM}"]}
    volumes = api.volumes(filters=made)["Volumes"] or []
    for volume in volumes:
        woken(api, volume["Labels"].get(LABEL_FREEZES, ""))
    for row in api.containers(all=True, filters=made):
        _container_removed(api, row["Id"])
    for volume in volumes:
        with suppress(NotFound):
            api.remove_volume(volume["Name"], force=True)
    for image in api.images(filters={"label": _filter(snapshot)}):
        image_released(api, image, keep)


def woken(api: docker.APIClient, name: str) -> None:
    """Afterwards a container that was paused runs; one that has ended, or is gone, is no error."""
    if not name:
        return
    try:
        api.unpause(name)
    except APIError as error:
        with suppress(NotFound):
            if api.inspect_container(name)["State"]["Paused"]:
                raise EngineConflict(f"{name} could not be woken: {error.explanation}") from error


def image_released(api: docker.APIClient, image: Mapping[str, Any], keep: str = "") -> None:
    """Afterwards it has no name but `keep`. What containers are made of stays under a name of its own until they are
    gone: without its image a container can never be copied, and Docker would remove it from under a stopped one.
    """
    tags = [tag for tag in image["RepoTags"] or [] if tag != "<none>:<none>"]
    others = [tag for tag in tags if tag != keep]
    if keep not in tags and any(row["ImageID"] == image["Id"] for row in api.containers(all=True)):
        kept = f"kept-{image['Id'].removeprefix('sha256:')[:24]}"
        api.tag(image["Id"], REPOSITORY, kept)
        others = [tag for tag in others if tag != f"{REPOSITORY}:{kept}"]
    elif not tags:
        others = [image["Id"]]
    for name in others:
        with suppress(NotFound):
            api.remove_image(name)


def image_named(api: docker.APIClient, name: str) -> dict[str, Any] | None:
    """What the engine says of it."""
    try:
        found: dict[str, Any] = api.inspect_image(name)
    except NotFound:
        return None
    return found


def _filter(snapshot: str) -> list[str]:
    return [f"{LABEL_INSTANCE}={settings.INSTANCE}", f"{LABEL_SNAPSHOT}={snapshot}"]


def _container_removed(api: docker.APIClient, name: str) -> None:
    try:
        api.remove_container(name, force=True, v=True)
    except NotFound:
        return
    except APIError as error:
        if "already in progress" not in str(error.explanation):
            raise
