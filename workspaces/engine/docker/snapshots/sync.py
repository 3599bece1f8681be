"""The copy of a container's volumes: most of it is made while the container runs, the rest while it stands still."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import docker
from docker.types import LogConfig, Mount, Ulimit

from workspaces.engine.base import EngineError, EngineUnavailable, ImageMissing
from workspaces.engine.docker.errors import translate
from workspaces.engine.docker.snapshots.leftovers import labels, name_of
from workspaces.engine.docker.spec import NO_NETWORK, OPEN_FILES
from workspaces.engine.docker.stream import DockerStream, stream_open
from workspaces.engine.inside import STDOUT
from workspaces.engine.snapshots import SnapshotSpec

CAPABILITIES = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID")
"""What it takes to read everybody's files and to write them as theirs."""
MEMORY_BYTES = 768 * 1024**2
"""What is remembered of a million files takes half of it."""
PIDS = 64
PASS_SECONDS = 3600.0
STILL_SECONDS = 600.0
PASSES = 3
FEW_BYTES = 8 * 1024**2
FEW_FILES = 500
"""What can be left to the moment of standing still."""
_PROGRAM = ("/usr/bin/python3", "-I", "/opt/spaces/snapshot_sync.py")


@dataclass(frozen=True, slots=True)
class Volume:
    """One of a container's volumes, and where it has it."""

    name: str
    folder: str


def volumes_of(inspected: Mapping[str, Any]) -> list[Volume]:
    """All of a container, those without a name of their own as well; outer folders first."""
    found = [Volume(row["Name"], row["Destination"]) for row in inspected["Mounts"] if row["Type"] == "volume"]
    return sorted(found, key=lambda volume: volume.folder.count("/"))


class Sync:
    """A program that copies, which is asked for one pass after the other."""

    def __init__(self, stream: DockerStream) -> None:
        self._stream = stream
        self._heard = b""
        self._complaint = b""

    def while_it_runs(self) -> None:
        """Passes until so little changes between two that the rest is soon done."""
        for _ in range(PASSES):
            done = self._pass(still=False, seconds=PASS_SECONDS)
            if done["bytes"] < FEW_BYTES and done["files"] < FEW_FILES:
                return

    def while_it_stands_still(self) -> None:
        """Afterwards the copy is whole."""
        self._pass(still=True, seconds=STILL_SECONDS)

    def all_at_once(self) -> None:
        """As before, for what has stood still all the time and takes as long as it takes."""
        self._pass(still=True, seconds=PASS_SECONDS)

    def _pass(self, *, still: bool, seconds: float) -> dict[str, Any]:
        self._stream.write(json.dumps({"still": still}).encode() + b"\n")
        answer: dict[str, Any] = json.loads(self._line(time.monotonic() + seconds))
        if "error" in answer:
            raise EngineError(f"the volume could not be copied: {answer['path']}: {answer['error']}")
        return answer

    def _line(self, until: float) -> bytes:
        while b"\n" not in self._heard:
            if (left := until - time.monotonic()) <= 0:
                raise EngineUnavailable("the volume takes too long to be copied")
            try:
                piece = self._stream.take()
            except BlockingIOError:
                self._stream.wait(write=False, seconds=min(left, 1.0))
                continue
            if piece is None:
                raise EngineError(f"the program that copies has ended: {self._complaint.decode(errors='replace')}")
            if piece[0] == STDOUT:
                self._heard += piece[1]
            else:
                self._complaint = (self._complaint + piece[1])[-500:]
        line, _end, self._heard = self._heard.partition(b"\n")
        return line


@contextmanager
def syncing(api: docker.APIClient, spec: SnapshotSpec, volumes: Sequence[Volume]) -> Iterator[Sync]:
    """The program runs, beside the staging volume. Call it in `translate`.

    Its container goes with all that is left, and ends by itself when the worker dies.
    """
    name = name_of(spec.snapshot, "sync")
    with translate(ImageMissing):
        api.create_container(**_arguments(api, spec, name, volumes))
    api.start(name)
    with closing(stream_open(api, name, [*_PROGRAM, str(len(volumes))], stdin=True)) as stream:
        yield Sync(stream)


def _arguments(
    api: docker.APIClient, spec: SnapshotSpec, name: str, volumes: Sequence[Volume]
) -> dict[str, Any]:
    sources = [
        Mount(f"/from/{number}", volume.name, type="volume", read_only=True, no_copy=True)
        for number, volume in enumerate(volumes)
    ]
    staging = Mount("/to", name_of(spec.snapshot, "staging"), type="volume", no_copy=True)
    host = api.create_host_config(
        mounts=[*sources, staging], read_only=True, init=True, **hardened(), tmpfs={"/tmp": "size=1m"}  # noqa: S108
    )
    return {"image": spec.helper_image, "name": name, "user": "0:0", "labels": labels(spec), "host_config": host}


def hardened() -> dict[str, Any]:
    """What the containers of snapshots may: read and write all files of theirs, and nothing else."""
    return {
        "network_mode": NO_NETWORK,
        "cap_drop": ["ALL"],
        "cap_add": list(CAPABILITIES),
        "security_opt": ["no-new-privileges"],
        "mem_limit": MEMORY_BYTES,
        "memswap_limit": MEMORY_BYTES,
        "pids_limit": PIDS,
        "ulimits": [Ulimit(name="nofile", soft=OPEN_FILES, hard=OPEN_FILES), Ulimit(name="core", soft=0, hard=0)],
        "log_config": LogConfig(type="json-file", config={"max-size": "1m", "max-file": "1"}),
    }
