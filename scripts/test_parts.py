"""Installs the real parts that the tests run on, or those named, where this is allowed; else says what is missing.

Tests never skip for want of a part, so this fails before they would.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from workspaces.engine.host.machine import SBIN, is_debian, is_root, last_lines

PARTS = {
    "dockerd": "docker.io",
    "iptables": "iptables",
    "mmdebstrap": "mmdebstrap",
    "chromium": "chromium",
    "initdb": "postgresql",
    "redis-server": "redis-server",
}
"""Program → Debian package."""
POLICY = Path("/usr/sbin/policy-rc.d")


def missing(wanted: Collection[str]) -> list[str]:
    """Those of the packages whose program is not here."""
    postgres = [str(folder) for folder in Path("/usr/lib/postgresql").glob("*/bin")]
    path = os.pathsep.join([os.environ.get("PATH", ""), SBIN, *postgres])
    return [package for name, package in PARTS.items() if package in wanted and not shutil.which(name, path=path)]


@contextlib.contextmanager
def services_stay_off() -> Iterator[None]:
    """Keep packages from starting their services: the tests run servers of their own and end them."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def install(packages: list[str]) -> None:
    """Install Debian packages without questions; exits with apt's last words when that fails."""
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"`{' '.join(command)}` failed:\n{last_lines(done.stdout + done.stderr)}")


def main(wanted: Collection[str]) -> None:
    packages = missing(wanted)
    if not packages:
        return
    if not is_root() or not is_debian():
        sys.exit(f"These Debian packages are needed: sudo apt-get install -y {' '.join(packages)}")
    print(f"Installing {', '.join(packages)} …", flush=True)
    with services_stay_off():
        install(packages)
    if left := missing(wanted):
        sys.exit(f"Still missing after installing: {', '.join(left)}")


if __name__ == "__main__":
    main(sys.argv[1:] or PARTS.values())
