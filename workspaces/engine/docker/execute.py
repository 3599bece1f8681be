"""Running one command in a container, with its two streams apart."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import docker

from workspaces.engine.base import EngineError, ExecResult


def execute(api: docker.APIClient, name: str, argv: Sequence[str], *, user: str, timeout_seconds: float) -> ExecResult:
    """Run `argv` and wait. Raises `EngineError` when it outlives `timeout_seconds`; the command itself goes on then."""
    created = api.exec_create(name, list(argv), user=user)
    answer: list[tuple[bytes | None, bytes | None]] = []

    def run() -> None:
        answer.append(api.exec_start(created["Id"], demux=True))

    # The engine's stream has no time limit of its own, so it is read in a thread that may be left behind.
    thread = threading.Thread(target=run, name="exec", daemon=True)
    thread.start()
    thread.join(timeout_seconds)
    if not answer:
        raise EngineError(f"the command did not end within {timeout_seconds:g} s")
    stdout, stderr = answer[0]
    return ExecResult(stdout or b"", stderr or b"", api.exec_inspect(created["Id"])["ExitCode"] or 0)
