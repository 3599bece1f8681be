"""Installs the engine from the system's own packages."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from workspaces.engine.host.machine import (
    PACKAGES,
    HostProblem,
    Say,
    engine_advice,
    is_debian,
    is_root,
    last_lines,
    program,
)

APPARMOR = Path("/sys/module/apparmor/parameters/enabled")


def engine_install(say: Say) -> None:
    """Afterwards the engine's programs are here. Raises `HostProblem` when not root, or not on Debian or Ubuntu."""
    if program("dockerd") and program("iptables"):
        return
    if not is_root() or not is_debian():
        raise HostProblem(engine_advice())
    packages = list(PACKAGES)
    if APPARMOR.exists() and APPARMOR.read_text().startswith("Y"):
        packages.append("apparmor")  # where the kernel has it switched on, no container starts without its loader
    say(f"Installing Docker ({', '.join(packages)}); once, about half a minute …")
    _run("apt-get", "update")
    _run("apt-get", "install", "-y", "--no-install-recommends", *packages)


def _run(*command: str) -> None:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise HostProblem(f"`{' '.join(command)}` failed:\n{last_lines(done.stdout + done.stderr)}")
