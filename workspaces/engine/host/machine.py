"""What kind of machine this is, and what its owner has to do by hand."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

Say = Callable[[str], None]
"""Tells whoever watches the start one line."""

SOCKET = Path("/var/run/docker.sock")
OS_RELEASE = Path("/etc/os-release")
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"
"""Where the engine's programs are; many users' PATH leaves it out."""
PACKAGES = ("docker.io", "iptables", "ca-certificates")


class HostProblem(Exception):
    """This machine cannot run the engine as it is; the text says what to do, in words for whoever runs the site."""


def program(name: str) -> str | None:
    """Full path of a program, or None."""
    return shutil.which(name, path=search_path())


def search_path() -> str:
    return os.pathsep.join(part for part in (os.environ.get("PATH", ""), SBIN) if part)


def is_root() -> bool:
    return os.geteuid() == 0


def is_debian() -> bool:
    """Whether this is Debian, Ubuntu or one of their kin."""
    try:
        lines = OS_RELEASE.read_text().splitlines()
    except OSError:
        return False
    family = " ".join(line.split("=", 1)[1].strip('"') for line in lines if line.startswith(("ID=", "ID_LIKE=")))
    return bool({"debian", "ubuntu"} & set(family.split())) and program("apt-get") is not None


def may_not_use_socket() -> bool:
    """Whether an engine is here that this user has no right to speak to."""
    return SOCKET.exists() and not os.access(SOCKET, os.R_OK | os.W_OK)


def engine_advice(docker_host: str = "") -> str:
    """What a person has to do so that an engine answers, for this machine and this user."""
    if docker_host and docker_host != f"unix://{SOCKET}":
        return (
            f"No Docker engine answers at DOCKER_HOST={docker_host}.\n"
            "Start it there, or unset DOCKER_HOST to use this machine's."
        )
    if may_not_use_socket():
        return (
            f"A Docker engine is here, but this user may not use it ({SOCKET}: permission denied).\n"
            f"  sudo usermod -aG docker {os.environ.get('USER') or '$USER'}\n"
            "Then sign out and in again, so that the new group counts."
        )
    if program("dockerd"):
        return "Docker is installed but does not run. Start it:\n  sudo systemctl start docker"
    if is_debian():
        return f"Docker is missing. Install it:\n  sudo apt-get update && sudo apt-get install -y {' '.join(PACKAGES)}"
    return "Docker is missing. Install and start Docker Engine 20.10 or newer from your system's packages."


def last_lines(text: str, count: int = 12) -> str:
    return "\n".join(text.strip().splitlines()[-count:])
