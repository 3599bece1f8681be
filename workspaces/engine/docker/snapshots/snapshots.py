"""Taking, listing and removing snapshots; what each step is about is beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import cached_property
from threading import Thread
from typing import Any

import docker
from docker.errors import NotFound

from workspaces.engine.base import LABEL_WORKSPACE, EngineError
from workspaces.engine.docker.errors import translate
from workspaces.engine.docker.snapshots import image as images
from workspaces.engine.docker.snapshots.bake import baked
from workspaces.engine.docker.snapshots.image import flattened, image_described, layers_of
from workspaces.engine.docker.snapshots.leftovers import (
    REPOSITORY,
    cleared,
    image_labels,
    image_named,
    image_released,
    labels,
    name_of,
    snapshots_found,
)
from workspaces.engine.docker.snapshots.still import standing_still
from workspaces.engine.docker.snapshots.sync import Sync, Volume, syncing, volumes_of
from workspaces.engine.docker.spec import CPU_PERIOD_MICROSECONDS
from workspaces.engine.snapshots import SnapshotSpec, SnapshotTaken

OnStep = Callable[[int, str], None]

PATIENT_SECONDS = 3600
"""A commit is silent until it is done, at some 5 ms for each MB."""


class DockerSnapshots:
    """The part of the Docker driver for snapshots; see `Engine` for what each method promises."""

    client: docker.DockerClient

    @staticmethod
    def _connect(seconds: int) -> docker.DockerClient:
        raise NotImplementedError

    @cached_property
    def _patient(self) -> docker.DockerClient:
        return self._connect(PATIENT_SECONDS)

    @cached_property
    def _clearing(self) -> dict[str, Thread]:
        return {}

    def snapshot_take(self, spec: SnapshotSpec, on_step: OnStep) -> SnapshotTaken:
        self._settled(spec.snapshot)
        with translate():
            cleared(self.client.api, spec.snapshot)
            source = self.client.api.inspect_container(spec.container)
        try:
            with translate():
                taken = _taken(self._patient.api, spec, source, on_step)
        except BaseException:
            self._cleared(spec.snapshot)
            raise
        # Removing two copies of all files takes as long as making them, and many wait for the image alone.
        clearing = Thread(target=self._cleared, args=(spec.snapshot, spec.image), name="snapshot-clearing", daemon=True)
        clearing.start()
        self._clearing[spec.snapshot] = clearing
        for snapshot, thread in list(self._clearing.items()):
            if not thread.is_alive():
                self._clearing.pop(snapshot, None)
        return taken

    def _cleared(self, snapshot: str, keep: str = "") -> None:
        """What cannot be cleared away now is by the next try, or by `snapshot_remove`."""
        with suppress(EngineError), translate():
            cleared(self._patient.api, snapshot, keep)

    def _settled(self, snapshot: str) -> None:
        """Afterwards nothing of an earlier try is at work here: it goes by the same names."""
        if clearing := self._clearing.pop(snapshot, None):
            clearing.join()

    @translate(EngineError)
    def snapshot_remove(self, snapshot: str, image: str) -> None:
        self._settled(snapshot)
        cleared(self._patient.api, snapshot)
        if image and (found := image_named(self.client.api, image)):
            image_released(self.client.api, found)

    @translate(EngineError)
    def snapshots(self) -> list[str]:
        return snapshots_found(self.client.api)

    @translate()
    def resize(self, name: str, *, memory_mb: int, cpus: float) -> None:
        self.client.api.update_container(
            name,
            mem_limit=memory_mb * 1024**2,
            memswap_limit=memory_mb * 1024**2,
            cpu_period=CPU_PERIOD_MICROSECONDS,
            cpu_quota=int(cpus * CPU_PERIOD_MICROSECONDS),
        )


def _taken(api: docker.APIClient, spec: SnapshotSpec, source: Mapping[str, Any], on_step: OnStep) -> SnapshotTaken:
    made_of = _made_of(api, source)
    volumes = volumes_of(source)
    layer, frozen_ms = _one_moment(api, spec, source, volumes, on_step)
    on_step(60, "Putting the files into the image")
    like = api.inspect_image(layer)
    # Volumes that the image declares would be mounted over what is to be written.
    plain = {"Env": made_of["Config"]["Env"], "Labels": image_labels(spec.snapshot)}
    bare = f"{REPOSITORY}:{spec.snapshot}-plain"
    image_described(api, bare, layers_of(like), plain, made_of)
    fixed = bool(source["HostConfig"]["ReadonlyRootfs"])  # nobody can have written an identity: it is the image's
    container, identity = baked(api, spec, bare, volumes, keep_identity=fixed)
    on_step(75, "Writing the image")
    layers = _layers_of_container(api, spec, container, len(layers_of(like)))
    config = {**made_of["Config"], "Labels": {**(_own_labels(made_of)), **image_labels(spec.snapshot)}}
    final = image_described(api, spec.image, layers, config, made_of)
    on_step(100, "The copy is made")
    base = image_named(api, spec.base_image) or made_of
    return SnapshotTaken(len(layers), max(0, final["Size"] - base["Size"]), frozen_ms, identity)


def _made_of(api: docker.APIClient, source: Mapping[str, Any]) -> dict[str, Any]:
    """The image of the container, whose configuration has nothing of the container's own."""
    try:
        found: dict[str, Any] = api.inspect_image(source["Image"])
    except NotFound as error:
        raise EngineError(f"the image that {source['Name'].lstrip('/')} was made of is gone") from error
    return found


def _own_labels(image: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in (image["Config"]["Labels"] or {}).items() if name != LABEL_WORKSPACE}


def _one_moment(
    api: docker.APIClient, spec: SnapshotSpec, source: Mapping[str, Any], volumes: list[Volume], on_step: OnStep
) -> tuple[str, int]:
    """The layer as an image, and the volumes in the staging volume, of one moment; how long it stood still for it."""
    on_step(5, "Copying the files")
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="snapshot"))
        sync: Sync | None = None
        if volumes:
            api.create_volume(name_of(spec.snapshot, "staging"), labels=labels(spec))
            sync = stack.enter_context(syncing(api, spec, volumes))
            if source["State"]["Status"] == "running":
                sync.while_it_runs()
            else:
                sync.all_at_once()
        on_step(40, "Standing still for a moment")
        with standing_still(api, spec) as still:
            rest = pool.submit(sync.while_it_stands_still) if sync else None
            layer = _committed(api, spec, spec.container, "layer")
            if rest:
                rest.result()
    return layer, still.milliseconds


def _committed(api: docker.APIClient, spec: SnapshotSpec, container: str, what: str) -> str:
    """The name of the image that a container's layer is now. It is never paused for it: the caller has seen to that."""
    tag = f"{spec.snapshot}-{what}"
    # What is committed has the container's labels, and is not to be taken for anybody's.
    conf = {"Labels": image_labels(spec.snapshot)}
    api.commit(container, repository=REPOSITORY, tag=tag, pause=False, conf=conf)
    return f"{REPOSITORY}:{tag}"


def _layers_of_container(api: docker.APIClient, spec: SnapshotSpec, container: str, below: int) -> list[str]:
    """What its image and its own files are as layers, which are made one where they would be too many."""
    if below + 1 > images.MOST_LAYERS:
        return flattened(api, container, REPOSITORY, f"{spec.snapshot}-flat", image_labels(spec.snapshot))
    return layers_of(api.inspect_image(_committed(api, spec, container, "baked")))
