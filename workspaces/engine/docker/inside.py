"""What goes on in containers on Docker: commands (see `execute` and `stream`), what they use, and their ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import docker
from docker.errors import NotFound

from workspaces.engine.base import ContainerMissing, EngineConflict
from workspaces.engine.docker.counters import usage_from_counters
from workspaces.engine.docker.errors import translate
from workspaces.engine.docker.execute import execute
from workspaces.engine.docker.ports import MOST_BYTES, TABLES, ports_here, ports_listening
from workspaces.engine.docker.stream import stream_open
from workspaces.engine.docker.usage import usage_from_stats
from workspaces.engine.inside import EXEC_OUTPUT_BYTES, ExecResult, ExecStream, LayerUsage, ListeningPort, Usage

CAT = ("cat", *(f"/proc/{table}" for table in TABLES))
CAT_SECONDS = 5.0


class DockerInside:
    """The part of the Docker driver that looks into containers; see `Engine` for what each method promises."""

    client: docker.DockerClient

    @translate()
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
        return execute(
            self.client.api, name, argv, user=user, workdir=workdir, environment=environment or {}, stdin=stdin,
            timeout_seconds=timeout_seconds, max_bytes=max_bytes,
        )  # fmt: skip

    @translate()
    def exec_stream(
        self,
        name: str,
        argv: Sequence[str],
        *,
        user: str = "",
        workdir: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> ExecStream:
        return stream_open(self.client.api, name, argv, stdin=True, user=user, workdir=workdir, environment=environment)

    @translate()
    def usage(self, name: str) -> Usage | None:
        """One look at the kernel's counters, which the engine takes up to a second for, where they are not of here."""
        try:
            here = usage_from_counters(self.client.api.inspect_container(name))
            return here or usage_from_stats(self.client.api.stats(name, stream=False, one_shot=True))
        except NotFound:
            return None

    @translate()
    def layer_usage(self, name: str) -> LayerUsage | None:
        """From the engine's list, since its inspection is not asked for sizes by the SDK."""
        for row in self.client.api.containers(all=True, size=True, filters={"name": f"^/{name}$"}):
            layer = row.get("SizeRw", 0)  # left out when nothing was written
            return LayerUsage(layer, max(0, row.get("SizeRootFs", 0) - layer))
        return None

    @translate()
    def listening_ports(self, name: str) -> list[ListeningPort]:
        try:
            inspected = self.client.api.inspect_container(name)
        except NotFound:
            return []
        if not inspected["State"]["Running"]:
            return []
        here = ports_here(inspected)
        return self._ports_by_command(name) if here is None else here

    def _ports_by_command(self, name: str) -> list[ListeningPort]:
        """One that was stopped or put to sleep meanwhile has none. Where there is no such command, it prints none."""
        try:
            printed = self.exec(name, CAT, timeout_seconds=CAT_SECONDS, max_bytes=len(TABLES) * MOST_BYTES)
        except (ContainerMissing, EngineConflict):
            return []
        return ports_listening(printed.stdout.decode("ascii", "replace"))
