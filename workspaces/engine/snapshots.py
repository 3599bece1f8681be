"""Snapshots of containers: images that hold a container's own files and those of its volumes, of one moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

LABEL_SNAPSHOT = "spaces.snapshot"
"""Public id of the snapshot that an image is, or that a thing made on the way to one belongs to."""


@dataclass(frozen=True, slots=True)
class SnapshotSpec:
    """What to take. `container`: its name; `image`: the name that the snapshot gets; `snapshot`: public id.

    `base_image`: what the container's kind is made of, beyond which sizes count. Of the container's own variables,
    command and labels none is part of the snapshot: it says what the image of the container says. `helper_image`: has
    the program that copies volumes. `keep_secrets`: for a backup; else what `docker/snapshots/scrub.sh` lists is left
    out. `labels`: on containers and volumes that are made on the way, which are never a workspace's.
    """

    container: str
    image: str
    snapshot: str
    base_image: str
    helper_image: str
    keep_secrets: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SnapshotTaken:
    """What came of it: `layers` of the image, `size_bytes` beyond the base image, `frozen_ms` for which a running
    container stood still, and `identity`, absolute paths of files that each clone has to have new ones of: the machine
    id and SSH host keys, as far as the container had them. A backup keeps its own, so it names none.
    """

    layers: int
    size_bytes: int
    frozen_ms: int
    identity: tuple[str, ...] = ()


class EngineSnapshots(Protocol):
    """The part of `Engine` for snapshots; what is said there holds here."""

    def snapshot_take(self, spec: SnapshotSpec, on_step: Callable[[int, str], None]) -> SnapshotTaken:
        """Afterwards the image exists. The files of volumes are in it where the volumes were, so that a container made
        of it with an empty volume has them.

        Container and volumes are of one moment, for which a running container is paused; however this ends it runs on,
        and a paused or stopped one stays so. What an earlier try of the same id left is cleared away first, and a
        container that its worker, killed, had left paused runs on. `on_step` is told percent and one line for a person.
        What was made on the way is cleared away while the image is already in use. Kept are owners, modes, hard links
        and times in whole seconds; not sockets, pipes, and attributes beyond these, and holes in files are filled.
        Raises `ContainerMissing`, `ImageMissing` for the helper's.
        """

    def snapshot_remove(self, snapshot: str, image: str) -> None:
        """Afterwards the image's name is gone, its layers where nothing is made of them, and all that was left of
        making it. Missing is fine.

        While containers are made of it, which go on as before, `snapshots` names it still: to be removed again later.
        """

    def snapshots(self) -> list[str]:
        """Public ids of all snapshots of this installation of which something is on the engine."""

    def resize(self, name: str, *, memory_mb: int, cpus: float) -> None:
        """Afterwards the container has these limits, running or not; nothing in it is ended for it, unless it uses
        more memory than it is left. Raises `ContainerMissing`."""
