"""A hardened container, as arguments of the engine's create call."""

from __future__ import annotations

from typing import Any

import docker
from docker.types import DeviceRequest, LogConfig, Mount, Ulimit

from workspaces.engine.base import ContainerSpec
from workspaces.engine.users import begins_as_root

OPEN_FILES = 16384
"""Ample for an editor, and below what an engine that was started by hand may give."""
SHARED_MEMORY_BYTES = 256 * 1024**2
CPU_PERIOD_MICROSECONDS = 100_000
NO_NETWORK = "none"
"""Docker's network of that name, which holds nothing but each container's loopback."""
WRITABLE_FOLDERS = {"/tmp": "mode=1777", "/var/tmp": "mode=1777", "/run": "mode=0755"}  # noqa: S108
"""What programs expect to write to beside people's own folders; in memory where the rest is read-only."""
ALL = -1
ROOT_CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "KILL"]
"""What `sudo` needs of root's power, and so does a program that begins as root, gives folders to its user, becomes that
user and watches over what it started. Nothing of it reaches beyond the container's own files and processes."""


def create_arguments(api: docker.APIClient, spec: ContainerSpec) -> dict[str, Any]:
    """Keyword arguments of `APIClient.create_container`.

    No capability, no new privileges, the engine's default seccomp profile, an unprivileged user, limits on memory (swap
    included), CPU, processes and files. `sudo`, where a template allows it, needs some of this back.

    Images that others have packed often begin as root and step down by themselves (s6 in LinuxServer's, gosu and
    setpriv elsewhere). They get the few capabilities which that takes. No program gains any by being started here, so
    who has stepped down never gets them back. None is ever privileged, whatever its maker's page advises.
    """
    as_root = begins_as_root(spec.user)
    host = api.create_host_config(
        mounts=[Mount(spec.data_path, spec.name, type="volume", labels=dict(spec.labels)), *_home(api, spec)],
        read_only=spec.read_only,
        tmpfs=_in_memory(spec) if spec.read_only else None,
        device_requests=[DeviceRequest(count=ALL, capabilities=[["gpu"]])] if spec.gpu else None,
        network_mode=NO_NETWORK if spec.joins_late else spec.name,
        cap_drop=["ALL"],
        cap_add=ROOT_CAPABILITIES if spec.allow_sudo or as_root else [],
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


def _in_memory(spec: ContainerSpec) -> dict[str, str]:
    """Programs may be run from there, as people's build tools do; what is written counts as the container's memory."""
    return {folder: f"exec,size={spec.memory_mb // 4}m,{mode}" for folder, mode in WRITABLE_FOLDERS.items()}


def _home(api: docker.APIClient, spec: ContainerSpec) -> list[Mount]:
    """Where all else is read-only, a volume without a name for the home: Docker copies the image's files into it.

    It lives as long as the container, as what is written to a home does otherwise.
    """
    if not spec.read_only:
        return []
    environment = api.inspect_image(spec.image)["Config"]["Env"] or []
    homes = [entry.removeprefix("HOME=") for entry in environment if entry.startswith("HOME=/")]
    return [Mount(home, None, type="volume") for home in homes if home not in ("/", spec.data_path)]
