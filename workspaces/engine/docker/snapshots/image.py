"""Images with a configuration of their own on layers that the engine has; and many layers made one."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import docker

from workspaces.engine.base import EngineError

MOST_LAYERS = 96
"""More are made one: Docker has 125 at most, and the kernel's overlay mounts are slower the more there are."""


def image_described(
    api: docker.APIClient, name: str, layers: Sequence[str], config: Mapping[str, Any], like: Mapping[str, Any]
) -> dict[str, Any]:
    """Afterwards there is an image `name` of layers that are here, with exactly this configuration; what it is like.

    A commit adds the container's variables and labels to its image, keeps a copy of all it was made with, and
    remembers what it was made of. So an archive is loaded that has the description alone: the engine looks for layers
    in itself first (moby's image/tarexport/load.go).
    """
    described = {
        "architecture": like["Architecture"],
        "os": like["Os"],
        "created": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "config": dict(config),
        "rootfs": {"type": "layers", "diff_ids": list(layers)},
        "history": [],
    }
    # Layers that the engine has are not looked for in the archive, but each has to have a name there.
    names = [f"{number}/layer.tar" for number in range(len(layers))]
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": names}]
    for said in api.load_image(_archive({"config.json": described, "manifest.json": manifest})):
        if "error" in said:
            raise EngineError(f"{name} could not be described: {said['error']}")
    found: dict[str, Any] = api.inspect_image(name)
    return found


def flattened(
    api: docker.APIClient, container: str, repository: str, tag: str, labels: Mapping[str, str]
) -> list[str]:
    """Afterwards there is an image of all files of the container in one layer; its layers."""
    changes = [f"LABEL {json.dumps(name)}={json.dumps(value)}" for name, value in labels.items()]
    answer = api.import_image_from_stream(api.export(container), repository=repository, tag=tag, changes=changes)
    for line in str(answer).splitlines():
        if "error" in (said := json.loads(line)):
            raise EngineError(str(said["error"]))
    return layers_of(api.inspect_image(f"{repository}:{tag}"))


def layers_of(image: Mapping[str, Any]) -> list[str]:
    """The lowest first."""
    return list(image["RootFS"].get("Layers") or [])


def _archive(files: Mapping[str, Any]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, content in files.items():
            data = json.dumps(content).encode()
            info = tarfile.TarInfo(path)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return archive.getvalue()
