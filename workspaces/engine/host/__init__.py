"""Gets a Docker engine to run on this machine: asks whether one answers, installs it, starts it, or says what to do.

It speaks to the socket itself and needs neither the Docker SDK nor Django's settings, so that scripts can run it before
anything else works: `python -m workspaces.engine.host`.
"""

from __future__ import annotations

from pathlib import Path

from workspaces.engine.host.install import engine_install
from workspaces.engine.host.machine import SOCKET, HostProblem, Say, engine_advice, may_not_use_socket
from workspaces.engine.host.ready import engine_ready
from workspaces.engine.host.start import engine_start

__all__ = [
    "HostProblem",
    "Say",
    "engine_advice",
    "engine_ensure",
    "engine_install",
    "engine_ready",
    "engine_start",
]


def engine_ensure(say: Say, docker_host: str, folder: Path) -> None:
    """Afterwards an engine answers at `docker_host`: found, else installed and started. Raises `HostProblem`.

    Only the usual socket of this machine (or an empty text) is ever repaired. Log and pid of an engine that is started
    here are `dockerd.log` and `dockerd.pid` in `folder`.
    """
    if engine_ready(docker_host):
        return
    if docker_host not in ("", f"unix://{SOCKET}") or may_not_use_socket():
        raise HostProblem(engine_advice(docker_host))
    engine_install(say)
    engine_start(say, folder / "dockerd.log", folder / "dockerd.pid")
