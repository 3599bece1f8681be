"""What the platform asks of whatever runs containers: one protocol, its specs and its errors.

Every method is safe to call twice, and missing is fine where missing is the goal. Names follow from the workspace id,
so a caller that lost an answer finds its container again. Drivers translate all errors of their own into those here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from workspaces.engine.inside import EngineInside
from workspaces.engine.snapshots import EngineSnapshots

LABEL_INSTANCE = "spaces.instance"
"""Which installation owns a thing: two installations on one engine never touch each other's."""
LABEL_WORKSPACE = "spaces.workspace"
"""Public id of the workspace that a container, volume or network belongs to."""
LABEL_SYSTEM = "spaces.system"
"""Set on helpers of the platform itself; never listed as workspaces."""

Status = Literal["created", "running", "paused", "stopped"]
NetworkMode = Literal["internet", "lan", "none"]


class EngineError(Exception):
    """The engine answered, and the answer is no. The text is the engine's own, for operators and logs."""


class EngineUnavailable(EngineError):
    """The engine did not answer: down, restarting, or too slow. Trying again later is right."""


class EngineConflict(EngineError):
    """What was asked does not fit the state of the thing (pause of a stopped container)."""


class ImageMissing(EngineError):
    """The image of a container is neither here nor can it be had by name."""


class ContainerMissing(EngineError):
    """There is no container of that name, and this call needs one."""


class BuildFailed(EngineError):
    """An image could not be built or pulled; the text is the last lines of the build."""


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """Who answers: `version` of the engine, `cpus` it may use, `memory_bytes` of the machine.

    The counts are of everything on the engine, not of this installation alone. `has_gpu`: containers can be given one.
    """

    version: str
    cpus: int
    memory_bytes: int
    containers: int = 0
    containers_running: int = 0
    containers_paused: int = 0
    images: int = 0
    has_gpu: bool = False


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """Everything a workspace container is made of. Nothing in it comes unchecked from a user.

    `name`: name of container, volume and network alike. `memory_mb`: MiB, with no swap beyond it. `cpus`: hard quota in
    cores. `pids`: most processes. `user`: name or uid inside the image; root may do what it takes to become another by
    itself, and no more. `data_path`: where it has its volume. `environment` holds no secret. `joins_late`: it starts
    without any network and gets into its own by `join`, so that making one costs no time; for images whose programs do
    not ask for the network in their first tenth of a second. Otherwise it is in its network from the start.
    `read_only`: nothing but its volume, the user's home, /tmp and /run can be written. `gpu`: it has all of the
    machine's graphics processors. `files`: absolute path → content, written into the container before it starts for
    the first time, for root to own and nobody else to write; private keys (SSH host keys) for root alone to read. One
    that is `read_only` gets none of them: nobody can have made any there, and Docker refuses to write.
    """

    name: str
    image: str
    memory_mb: int
    cpus: float
    pids: int
    user: str
    hostname: str
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    network_mode: NetworkMode = "internet"
    joins_late: bool = False
    allow_sudo: bool = False
    read_only: bool = False
    gpu: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict)
    data_path: str = "/workspace"


@dataclass(frozen=True, slots=True)
class ContainerState:
    """One container as the engine sees it. `address`: IPv4 on its own network while it runs, else empty.

    `labels` as set at its making; `exit_code` and `oom_killed` speak of the last end.
    """

    name: str
    id: str
    status: Status
    image: str = ""
    address: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    exit_code: int = 0
    oom_killed: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EngineEvent:
    """Something happened to a container of ours. `action`: start, die, pause, unpause, destroy or oom.

    An oom says that the kernel ended a process in it because the container was at its limit of memory; when that was
    the one that the container stands and falls with, a die follows. `at`: when, by the engine's clock (UTC).
    """

    action: str
    name: str
    workspace: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BuildProgress:
    """How far a build or pull is: `percent` 0–100, and `step`, one line for a person."""

    percent: int
    step: str


class Engine(EngineInside, EngineSnapshots, Protocol):
    """Runs containers. Blocking: asynchronous callers go through `asyncio.to_thread`.

    Any method may raise `EngineUnavailable`; `EngineError` where the engine refuses. Each method's text names only
    what comes on top of these.
    """

    # -- the engine itself
    def info(self) -> EngineInfo:
        """Who answers. Bounded: raises `EngineUnavailable` after two seconds of silence."""

    def ping(self) -> None:
        """It answers, which costs next to nothing to ask. Bounded as `info`."""

    def events(self, stop: Callable[[], bool], since: datetime | None = None) -> Iterator[EngineEvent]:
        """What happens to our containers, as it happens, until `stop()` is true; raises when the engine goes away.

        First what has happened `since` then (UTC), as far as the engine remembers, in the same order.
        """

    def prepare(self, guard_image: str) -> None:
        """Make the machine ready to start workspaces: afterwards the network guard, made of `guard_image`, is at work.

        Cheap when it already is. Raises `ImageMissing`.
        """

    # -- one workspace
    def ensure_volume(self, name: str, labels: Mapping[str, str]) -> None:
        """Afterwards the volume exists. One that is there keeps its content."""

    def ensure_network(
        self, name: str, labels: Mapping[str, str], mode: NetworkMode, blocked: Sequence[str] = ()
    ) -> None:
        """Afterwards a bridge network of its own exists under that name, with a subnet from the configured pool.

        `blocked`: IPv4 ranges (CIDR) that cannot be reached from it, beside those that none can reach; exactly these,
        also when others were blocked before. They are in force before anything can start in the network.
        """

    def ensure_container(self, spec: ContainerSpec) -> ContainerState:
        """Afterwards a container of that name exists, made from `spec` if there was none, and its volume, which when it
        is empty gets the files that the image has at its place.

        Its network may come later: to be there by `start`, or by `join` where `joins_late`. Raises `ImageMissing`.
        """

    def start(self, name: str) -> ContainerState:
        """Afterwards it runs; a paused one is resumed. Raises `ContainerMissing`."""

    def join(self, name: str) -> ContainerState:
        """Afterwards a container that joins late is in its network; twice is fine. Raises `ContainerMissing`."""

    def stop(self, name: str, grace_seconds: int = 10) -> None:
        """Afterwards it does not run, a paused one included. A missing container is fine."""

    def pause(self, name: str) -> None:
        """Afterwards its processes are frozen. Raises `ContainerMissing`, `EngineConflict` when it does not run."""

    def unpause(self, name: str) -> ContainerState:
        """Afterwards it runs on. Raises `ContainerMissing`, `EngineConflict` when it is stopped."""

    def remove_container(self, name: str) -> None:
        """Afterwards there is no such container, running or not. The named volume stays."""

    def remove_network(self, name: str) -> None:
        """Afterwards there is no such network. Raises `EngineConflict` while a container runs in it."""

    def remove_volume(self, name: str) -> None:
        """Afterwards volume and content are gone. Raises `EngineConflict` while a container has it."""

    def inspect(self, name: str) -> ContainerState | None:
        """The container as it is now, or None."""

    def containers(self) -> list[ContainerState]:
        """All workspace containers of this installation, in a bounded number of calls however many there are."""

    def networks(self) -> list[str]:
        """Names of all workspace networks of this installation."""

    def volumes(self) -> list[str]:
        """Names of all workspace volumes of this installation."""

    def probe(self, state: ContainerState, port: int, path: str, scheme: str = "http") -> bool:
        """Whether the app in a running container answers an HTTP GET of `path` below 500, within a second.

        By "https" whatever certificate it shows is good: nothing else is on the way to it.
        """

    def logs(self, name: str, tail: int = 50) -> str:
        """The last `tail` lines it printed, both streams; empty when there is no such container."""

    # -- images
    def image_exists(self, ref: str) -> bool:
        """Whether containers can be made of it now."""

    def image_pull(self, ref: str, on_progress: Callable[[BuildProgress], None]) -> None:
        """Afterwards the image is here, from its registry. Raises `BuildFailed`."""

    def image_build(
        self,
        tag: str,
        context: Path,
        *,
        buildargs: Mapping[str, str],
        extra_files: Mapping[str, bytes],
        on_progress: Callable[[BuildProgress], None],
    ) -> None:
        """Afterwards `tag` exists, built from the Dockerfile in `context`. Raises `BuildFailed`.

        `extra_files` (path in the context → content) are added to what is sent, without touching the folder.
        """

    def image_import(self, tag: str, tarball: Path) -> None:
        """Afterwards `tag` exists, with the root file system in `tarball`."""

    def image_remove(self, ref: str) -> None:
        """Afterwards the name is gone, and its layers where nothing else uses them."""
