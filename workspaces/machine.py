"""This machine: what it is, how busy it is, and what workspaces on it can be given. Nothing here changes anything."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from workspaces.engine_state import engine_info
from workspaces.remembering import Remembered

MACHINE_SECONDS = 2.0
GRAPHICS_SECONDS = 60.0
NVIDIA_SMI_SECONDS = 3.0
PROC = Path("/proc")
MIB = 1024**2
ARCHITECTURES = {
    "x86_64": "x64",
    "amd64": "x64",
    "aarch64": "arm64",
    "armv7l": "arm",
    "i686": "ia32",
    "ppc64le": "ppc64",
}
"""As Node.js calls them, whose words the API has."""


@dataclass(frozen=True, slots=True)
class Memory:
    """In bytes. `free` is what programs can have, so without caches that give way; `percentage` of use."""

    total: int
    free: int
    used: int
    percentage: float


@dataclass(frozen=True, slots=True)
class Disk:
    """The file system of the data folder, in bytes; `available` to this user, `percentage` of use."""

    total: int
    used: int
    available: int
    percentage: float


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What the engine says of itself and all it has; all None while it is away."""

    version: str | None = None
    containers: int | None = None
    containers_running: int | None = None
    containers_paused: int | None = None
    images: int | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a machine can give: `memory` and `gpu_memory` in bytes; None where it does not say."""

    gpu: bool
    gpu_name: str | None = None
    gpu_memory: int | None = None
    arch: str | None = None
    platform: str | None = None
    cpus: int | None = None
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """`load_average` over 1, 5 and 15 minutes, `uptime` in seconds; `disk` is None where it cannot be told."""

    hostname: str
    platform: str
    arch: str
    cpus: int
    load_average: tuple[float, float, float]
    memory: Memory
    disk: Disk | None
    uptime: int
    engine: EngineFacts
    capabilities: Capabilities


@dataclass(frozen=True, slots=True)
class _Graphics:
    name: str | None = None
    memory: int | None = None


_machine: Remembered[Machine] = Remembered(MACHINE_SECONDS)
_graphics: Remembered[_Graphics] = Remembered(GRAPHICS_SECONDS)


def machine_info() -> Machine:
    """This machine as it was at most two seconds ago. Raises nothing: an engine that is away has no figures."""
    return _machine.get(None, lambda _before: _look())


def capabilities() -> Capabilities:
    """What workspaces here can be given. A graphics processor counts when the engine can hand it to containers."""
    graphics, engine = _graphics.get(None, lambda _before: _ask_nvidia()), engine_info()
    has_gpu = bool(graphics.name) if engine is None else engine.has_gpu
    return Capabilities(
        gpu=has_gpu,
        gpu_name=graphics.name if has_gpu else None,
        gpu_memory=graphics.memory if has_gpu else None,
        arch=_arch(),
        platform=platform.system().lower(),
        cpus=os.cpu_count() or 1,
        memory=_memory().total,
    )


def machine_forget() -> None:
    """Look anew at the next question."""
    _machine.forget()
    _graphics.forget()


def _look() -> Machine:
    can = capabilities()
    return Machine(
        hostname=socket.gethostname(),
        platform=can.platform or "",
        arch=can.arch or "",
        cpus=can.cpus or 1,
        load_average=os.getloadavg(),
        memory=_memory(),
        disk=_disk(settings.DATA_DIR),
        uptime=int(float((PROC / "uptime").read_text().split()[0])),
        engine=_engine(),
        capabilities=can,
    )


def _arch() -> str:
    machine = platform.machine().lower()
    return ARCHITECTURES.get(machine, machine)


def _memory() -> Memory:
    lines = (line.split() for line in (PROC / "meminfo").read_text().splitlines())
    kib = {words[0]: int(words[1]) for words in lines if len(words) > 1}
    total, free = kib["MemTotal:"] * 1024, kib.get("MemAvailable:", kib["MemFree:"]) * 1024
    return Memory(total, free, total - free, percent(total - free, total))


def _disk(folder: Path) -> Disk | None:
    try:
        seen = os.statvfs(folder)
    except OSError:
        return None
    total, available = seen.f_blocks * seen.f_frsize, seen.f_bavail * seen.f_frsize
    used = total - seen.f_bfree * seen.f_frsize
    return Disk(total, used, available, percent(used, used + available))  # as df has it: some is kept for root


def _engine() -> EngineFacts:
    info = engine_info()
    if info is None:
        return EngineFacts()
    return EngineFacts(info.version, info.containers, info.containers_running, info.containers_paused, info.images)


def _ask_nvidia() -> _Graphics:
    program = shutil.which("nvidia-smi")
    if program is None:
        return _Graphics()
    try:
        answer = subprocess.run(
            [program, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"],
            capture_output=True, text=True, errors="replace", timeout=NVIDIA_SMI_SECONDS, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        name, mib = answer.stdout.splitlines()[0].rsplit(",", 1)
        return _Graphics(name.strip()[:100], int(mib) * MIB) if answer.returncode == 0 else _Graphics()
    except (
        OSError,
        subprocess.TimeoutExpired,
        ValueError,
        IndexError,
    ):  # a driver that is not loaded prints a sentence
        return _Graphics()


def percent(part: float, whole: float) -> float:
    """`part` of `whole` in per cent, with one decimal; 0 of nothing."""
    return round(100 * part / whole, 1) if whole > 0 else 0.0
