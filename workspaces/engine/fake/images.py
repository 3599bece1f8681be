"""The images of the fake: all are there but those in `missing_images`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from workspaces.engine.base import BuildProgress
from workspaces.engine.faults import Faulty, call


class FakeImages(Faulty):
    """See `Engine` for what each method promises."""

    missing_images: set[str]

    @call
    def image_exists(self, ref: str) -> bool:
        return ref not in self.missing_images

    def image_pull(self, ref: str, on_progress: Callable[[BuildProgress], None]) -> None:
        on_progress(BuildProgress(50, "pulling"))
        self._image_arrives(ref)

    def image_build(
        self,
        tag: str,
        context: Path,
        *,
        buildargs: Mapping[str, str],
        extra_files: Mapping[str, bytes],
        on_progress: Callable[[BuildProgress], None],
    ) -> None:
        on_progress(BuildProgress(50, "building"))
        self._image_arrives(tag)

    @call
    def _image_arrives(self, ref: str) -> None:
        self.missing_images.discard(ref)

    @call
    def image_import(self, tag: str, tarball: Path) -> None:
        self.missing_images.discard(tag)

    @call
    def image_remove(self, ref: str) -> None:
        self.missing_images.add(ref)
