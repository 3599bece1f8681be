"""What goes on in containers on Docker: commands (see `execute` and `stream`), and what they use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import docker
from docker.errors import NotFound

from workspaces.engine.docker.counters import usage_from_counters
from workspaces.engine.docker.errors import translate
from workspaces.engine.docker.execute import execute
from workspaces.engine.docker.stream import stream_open
from workspaces.engine.docker.usage import usage_from_stats
from workspaces.engine.inside import EXEC_OUTPUT_BYTES, ExecResult, ExecStream, Usage


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
