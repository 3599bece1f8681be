"""The second layer of a snapshot: volumes' files put where they were, and secrets taken out, by a shell in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import docker
from docker.types import Mount

from workspaces.engine.base import EngineError
from workspaces.engine.docker.snapshots.leftovers import labels, name_of
from workspaces.engine.docker.snapshots.sync import Volume, hardened
from workspaces.engine.snapshots import SnapshotSpec

BAKE_SECONDS = 3600
LAST_LINES = 50
_IDENTITY = re.compile(
    r"identity (/etc/ssh/ssh_host_[a-z0-9_]+_key(?:\.pub)?|/etc/machine-id|/var/lib/dbus/machine-id)"
)


@cache
def script(*, keeps_secrets: bool) -> str:
    """What is run; its arguments are the folders of volumes."""
    parts = ["bake.sh"] if keeps_secrets else ["bake.sh", "scrub.sh"]
    return "\n".join(Path(__file__).with_name(part).read_text() for part in parts)


def baked(
    api: docker.APIClient, spec: SnapshotSpec, image: str, volumes: Sequence[Volume], *, keep_identity: bool
) -> tuple[str, tuple[str, ...]]:
    """A container of `image` that has done it and ended: its name, and the identity files that there were."""
    name = name_of(spec.snapshot, "bake")
    staging = Mount("/mnt", name_of(spec.snapshot, "staging"), type="volume", read_only=True, no_copy=True)
    api.create_container(
        image,
        name=name,
        user="0:0",
        working_dir="/",
        entrypoint=["/bin/sh", "-c", script(keeps_secrets=spec.keep_secrets), "bake"],
        command=[volume.folder for volume in volumes],
        environment={"SPACES_KEEP_IDENTITY": "yes" if keep_identity else ""},
        labels=labels(spec),
        host_config=api.create_host_config(mounts=[staging] if volumes else [], **hardened()),
    )
    api.start(name)
    code = api.wait(name, timeout=BAKE_SECONDS)["StatusCode"]
    said = api.logs(name, tail=LAST_LINES).decode(errors="replace").splitlines()
    if code != 0:
        raise EngineError("\n".join(["the files could not be put into the image:", *said[-5:]]))
    return name, tuple(sorted({match[1] for line in said if (match := _IDENTITY.fullmatch(line))}))
