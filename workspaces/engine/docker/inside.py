"""Commands in containers on Docker; see `execute` and `stream`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import docker

from workspaces.engine.docker.errors import translate
from workspaces.engine.docker.execute import execute
from workspaces.engine.docker.stream import stream_open
from workspaces.engine.inside import EXEC_OUTPUT_BYTES, ExecResult, ExecStream


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
