"""What tests of snapshots on the real engine share."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping

from workspaces.engine.base import ContainerSpec
from workspaces.engine.docker import DockerEngine
from workspaces.engine.snapshots import SnapshotSpec, SnapshotTaken

PEOPLE = 1000


def started(real: DockerEngine, spec: ContainerSpec) -> None:
    """It runs, with its volume, and in no network that takes time."""
    real.ensure_volume(spec.name, spec.labels)
    real.ensure_network(spec.name, spec.labels, "none")
    real.ensure_container(spec)
    real.start(spec.name)


def planted(real: DockerEngine, name: str, files: Mapping[str, bytes], owner: int = PEOPLE) -> None:
    """The files are in the container, with folders on the way to them as `owner`'s."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, data in files.items():
            parts = path.strip("/").split("/")
            for depth in range(2, len(parts)):
                folder = tarfile.TarInfo("/".join(parts[:depth]))
                folder.type, folder.mode, folder.uid, folder.gid = tarfile.DIRTYPE, 0o755, owner, owner
                tar.addfile(folder)
            info = tarfile.TarInfo("/".join(parts))
            info.size, info.uid, info.gid, info.mode, info.mtime = len(data), owner, owner, 0o600, 1_600_000_000
            tar.addfile(info, io.BytesIO(data))
    real.client.api.put_archive(name, "/", archive.getvalue())


def run(real: DockerEngine, name: str, script: str, user: str = "0") -> str:
    """What the script prints; it has to end well. Root reads everything where sudo is allowed."""
    done = real.exec(name, ["bash", "-ec", script], user=user, timeout_seconds=120)
    assert done.exit_code == 0, (done.stderr, done.stdout)
    return done.stdout.decode(errors="surrogateescape")


def take(real: DockerEngine, spec: SnapshotSpec) -> SnapshotTaken:
    return real.snapshot_take(spec, lambda _percent, _step: None)
