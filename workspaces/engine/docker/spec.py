"""A hardened container, as arguments of the engine's create call."""

from __future__ import annotations

from typing import Any

import docker
from docker.types import LogConfig, Mount, Ulimit

from workspaces.engine.base import ContainerSpec

WORKSPACE_FOLDER = "/workspace"
OPEN_FILES = 16384
"""Ample for an editor, and below what an engine that was started by hand may give."""
SHARED_MEMORY_BYTES = 256 * 1024**2
CPU_PERIOD_MICROSECONDS = 100_000
NO_NETWORK = "none"
"""Docker's network of that name, which holds nothing but each container's loopback."""
SUDO_CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "KILL"]


def create_arguments(api: docker.APIClient, spec: ContainerSpec) -> dict[str, Any]:
    """Keyword arguments of `APIClient.create_container`.

    No capability, no new privileges, the engine's default seccomp profile, an unprivileged user, limits on memory (swap
    included), CPU, processes and files. `sudo`, where a template allows it, needs some of this back.
    """
    host = api.create_host_config(
        mounts=[Mount(WORKSPACE_FOLDER, spec.name, type="volume", labels=dict(spec.labels))],
        network_mode=NO_NETWORK if spec.joins_late else spec.name,
        cap_drop=["ALL"],
        cap_add=SUDO_CAPABILITIES if spec.allow_sudo else [],
        security_opt=[] if spec.allow_sudo else ["no-new-privileges"],
        mem_limit=spec.memory_mb * 1024**2,
        memswap_limit=spec.memory_mb * 1024**2,
        cpu_period=CPU_PERIOD_MICROSECONDS,
        cpu_quota=int(spec.cpus * CPU_PERIOD_MICROSECONDS),
        pids_limit=spec.pids,
        shm_size=min(SHARED_MEMORY_BYTES, spec.memory_mb * 1024**2 // 4),
        ulimits=[Ulimit(name="nofile", soft=OPEN_FILES, hard=OPEN_FILES), Ulimit(name="core", soft=0, hard=0)],
        # A chatty app must not fill the machine's disk.
        log_config=LogConfig(type="json-file", config={"max-size": "5m", "max-file": "1"}),
        restart_policy={"Name": "no"},
    )
    return {
        "image": spec.image,
        "name": spec.name,
        "hostname": spec.hostname,
        "user": spec.user,
        "command": list(spec.command) or None,
        "environment": dict(spec.environment),
        "labels": dict(spec.labels),
        "host_config": host,
    }
