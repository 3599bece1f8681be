"""Makes sure that an image is there: builds ours with all they stand on, pulls the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock

from workspaces.engine.base import BuildProgress, Engine
from workspaces.images.folders import ROOT_NAME, default_images_dir, image_chain
from workspaces.images.root import root_ensure

OnProgress = Callable[[BuildProgress], None]

HOST_CA = Path("/etc/ssl/certs/ca-certificates.crt")
HOST_CA_NAME = "host-ca.crt"

# Two workspaces that need the same image must not build it twice; other processes may, which only costs time.
_building = Lock()


def image_ensure(engine: Engine, ref: str, on_progress: OnProgress, images_dir: Path | None = None) -> str:
    """Afterwards the image is there; returns the ref to make containers of. Immediate when it was there already.

    `on_progress` sees one scale from 0 to 100 over the whole chain. Raises `BuildFailed`, `EngineUnavailable`.
    """
    chain = image_chain(ref, images_dir)
    target = chain[-1][1] if chain else ref
    if engine.image_exists(target):
        on_progress(BuildProgress(100, f"{target} is here"))
        return target
    if not chain:
        engine.image_pull(ref, on_progress)
        return ref
    with _building:
        _chain_build(engine, chain, images_dir or default_images_dir(), on_progress)
    return target


def progress_slice(on_progress: OnProgress, index: int, count: int, title: str) -> OnProgress:
    """A callback for part `index` of `count`, whose own 0–100 is put in its place on the whole scale."""

    def report(progress: BuildProgress) -> None:
        percent = (index * 100 + max(0, min(100, progress.percent))) // count
        on_progress(BuildProgress(percent, f"{title}: {progress.step}"))

    return report


def _chain_build(engine: Engine, chain: list[tuple[str, str]], images_dir: Path, on_progress: OnProgress) -> None:
    missing = [(name, tag) for name, tag in chain if not engine.image_exists(tag)]
    tags = dict(chain)
    names = list(tags)
    for index, (name, tag) in enumerate(missing):
        report = progress_slice(on_progress, index, len(missing), name)
        if name == ROOT_NAME:
            root_ensure(engine, tag, report)
            continue
        parent = tags[names[names.index(name) - 1]]
        engine.image_build(
            tag, images_dir / name, buildargs={"BASE": parent}, extra_files=_host_ca(), on_progress=report
        )
    on_progress(BuildProgress(100, f"{chain[-1][1]} is here"))


def _host_ca() -> dict[str, bytes]:
    """The certificates this machine trusts, for downloads in early stages of a build; some networks need their own."""
    return {HOST_CA_NAME: HOST_CA.read_bytes()} if HOST_CA.is_file() else {}
