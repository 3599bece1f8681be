"""What goes on inside a container and beside it: commands and their streams, helpers that share its volume, usage of
processor, memory and disk, ports that are listened on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

LABEL_HELPS = "spaces.helps"
"""Public id of the workspace whose volume a helper container has."""
STDOUT: Literal[1] = 1
STDERR: Literal[2] = 2
EXEC_OUTPUT_BYTES = 1024**2


@dataclass(frozen=True, slots=True)
class ExecResult:
    """What a command in a container printed and how it ended; both streams undecoded.

    `cut`: a stream was longer than the caller wanted and its rest is lost. `timed_out`: it was ended for taking too
    long; `exit_code` is then 124, as timeout(1) has it.
    """

    stdout: bytes
    stderr: bytes
    exit_code: int
    cut: bool = False
    timed_out: bool = False


class ExecStream(Protocol):
    """A command under way in a container, with its input open. Not thread-safe; use either the plain or the async half.

    Reads and writes wait for the other side, so nothing piles up in between. `EngineUnavailable` when the engine goes.
    """

    def read(self) -> tuple[Literal[1, 2], bytes] | None:
        """The next piece of output and the stream it came on, at most 64 KiB; None once the command has ended."""

    def write(self, data: bytes) -> None:
        """Hand `data` to its standard input. Input that it no longer wants is dropped in silence."""

    def end_input(self) -> None:
        """It reads the end of its input from now on."""

    async def aread(self) -> tuple[Literal[1, 2], bytes] | None:
        """As `read`, without blocking the event loop."""

    async def awrite(self, data: bytes) -> None:
        """As `write`, without blocking the event loop."""

    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""

    def close(self) -> None:
        """Let go of it; a command that waits for its input ends by that. Twice is fine."""


@dataclass(frozen=True, slots=True)
class HelperSpec:
    """A container of the platform's own beside a workspace, with the workspace's volume at /workspace and nothing else.

    `name`: its own; `workspace`: public id; `role`: what it is for ("files", "git"). `volume`: an existing one.
    `network`: name of the network it is in, "" for none at all. `capabilities`: what it may beside nothing. Its root
    file system is read-only but for /tmp (in memory). It ends by itself when nothing was run in it for some minutes.
    """

    name: str
    role: str
    workspace: str
    image: str
    volume: str
    network: str = ""
    capabilities: tuple[str, ...] = ()
    memory_mb: int = 256
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Helper:
    """A helper container that is there, running or not."""

    name: str
    role: str
    workspace: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What a container has used since it started, at the moment `at` (UTC). Memory is without the page cache's part
    that can be dropped; CPU in seconds of one core; network and block device in bytes.
    """

    at: datetime
    cpu_seconds: float
    memory_bytes: int
    memory_limit_bytes: int
    pids: int
    network_rx_bytes: int
    network_tx_bytes: int
    block_read_bytes: int
    block_write_bytes: int


@dataclass(frozen=True, slots=True)
class LayerUsage:
    """Bytes on the engine's disk: `layer_bytes` were written in the container beside its volumes (a file counts as long
    as it is, once however many names it has), `image_bytes` are what it was made of, which others may share.
    """

    layer_bytes: int
    image_bytes: int


@dataclass(frozen=True, slots=True)
class ListeningPort:
    """A TCP port that something in a container waits at. `loopback_only`: none but the container itself gets there."""

    port: int
    loopback_only: bool


class EngineInside(Protocol):
    """The part of `Engine` that looks into containers and works in and beside them; what is said there holds here."""

    def usage(self, name: str) -> Usage | None:
        """What it has used so far; None when it does not run. A paused one counts as running."""

    def layer_usage(self, name: str) -> LayerUsage | None:
        """What it takes on the disk, running or not, without its volume; None when there is no such container.

        The engine walks over all that was written in it, so the caller remembers the answer for a while.
        """

    def listening_ports(self, name: str) -> list[ListeningPort]:
        """The ports that are listened on in it, by number; none when it does not run.

        Its processes are left alone where the engine is on this machine. Where it is not, one short command is run in
        it, so that of a paused one nothing is known.
        """

    # -- commands
    def exec(
        self,
        name: str,
        argv: Sequence[str],
        *,
        user: str = "",
        workdir: str = "",
        environment: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        timeout_seconds: float = 30,
        max_bytes: int = EXEC_OUTPUT_BYTES,
    ) -> ExecResult:
        """Run `argv` in it and wait, keeping `max_bytes` of each stream. `environment` adds to the container's own.

        A command that outlives `timeout_seconds` is killed with all that it started. Raises `ContainerMissing`,
        `EngineConflict` when it does not run.
        """

    def exec_stream(
        self,
        name: str,
        argv: Sequence[str],
        *,
        user: str = "",
        workdir: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> ExecStream:
        """Run `argv` in it with its input and output open, without a terminal. Raises as `exec`; the caller closes."""

    # -- helpers beside it
    def ensure_helper(self, spec: HelperSpec) -> None:
        """Afterwards a helper of that name runs. Raises `ImageMissing`, `EngineError` when its volume is missing."""

    def remove_helpers(self, workspace: str) -> None:
        """Afterwards the workspace of that public id has no helper."""

    def helpers(self) -> list[Helper]:
        """All helpers of this installation."""
