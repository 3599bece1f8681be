"""Snapshots of the fake: the files of a volume and of a layer, and the specification they were taken of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from workspaces.engine.base import ContainerMissing, ContainerSpec, ContainerState, ImageMissing
from workspaces.engine.faults import Faulty, call
from workspaces.engine.snapshots import SnapshotSpec, SnapshotTaken

IMAGE_LAYERS = 10


@dataclass(frozen=True, slots=True)
class FakeSnapshot:
    """An image that `snapshot_take` made: what it was asked for, and the files of volume and layer at that moment."""

    spec: SnapshotSpec
    volume: dict[str, bytes] = field(default_factory=dict)
    layer: dict[str, bytes] = field(default_factory=dict)
    layers: int = IMAGE_LAYERS


class FakeSnapshots(Faulty):
    """See `Engine` for what each method promises. `layer_files`: what tests put into containers beside the volume."""

    states: dict[str, ContainerState]
    specs: dict[str, ContainerSpec]
    volume_files: dict[str, dict[str, bytes]]
    missing_images: set[str]

    def reset_snapshots(self) -> None:
        """No snapshots, and nothing in the layers."""
        self.taken: dict[str, FakeSnapshot] = {}
        self.layer_files: dict[str, dict[str, bytes]] = {}

    @call
    def snapshot_take(self, spec: SnapshotSpec, on_step: Callable[[int, str], None]) -> SnapshotTaken:
        on_step(10, "copying")
        if spec.container not in self.states:
            raise ContainerMissing(spec.container)
        if spec.helper_image in self.missing_images:
            raise ImageMissing(spec.helper_image)
        before = self.taken.get(self.specs[spec.container].image)
        volume, layer = self.volume_files.get(spec.container, {}), self.layer_files.get(spec.container, {})
        taken = FakeSnapshot(spec, dict(volume), dict(layer), (before.layers if before else IMAGE_LAYERS) + 2)
        self.taken[spec.image] = taken
        self.missing_images.discard(spec.image)
        size = sum(map(len, (volume | layer).values()))
        frozen = 1 if self.states[spec.container].status == "running" else 0
        identity = () if spec.keep_secrets else tuple(path for path in layer if path == "/etc/machine-id")
        return SnapshotTaken(taken.layers, size, frozen, identity)

    @call
    def snapshot_remove(self, snapshot: str, image: str) -> None:
        if not any(self.specs[name].image == image for name in self.states):
            self.taken.pop(image, None)
        self.missing_images.add(image)

    @call
    def snapshots(self) -> list[str]:
        return [taken.spec.snapshot for taken in self.taken.values()]

    @call
    def resize(self, name: str, *, memory_mb: int, cpus: float) -> None:
        if name not in self.specs:
            raise ContainerMissing(name)
        self.specs[name] = replace(self.specs[name], memory_mb=memory_mb, cpus=cpus)

    # -- inside
    def _filled(self, spec: ContainerSpec) -> None:
        """Volume and layer of a container that is being made, as its image has them."""
        taken = self.taken.get(spec.image)
        volume = self.volume_files.setdefault(spec.name, {})
        if taken is not None and not volume:
            volume.update(taken.volume)
        self.layer_files[spec.name] = {**(taken.layer if taken else {}), **spec.files}
