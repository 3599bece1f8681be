"""The kernel's counters of a container on this very machine: the engine looks at them only once a second, and whoever
asks it waits for that.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workspaces.engine.inside import Usage

ROOT = Path("/")


def usage_from_counters(inspected: Mapping[str, Any], root: Path = ROOT) -> Usage | None:
    """What a running container has used, by what `inspect` says of it.

    None when it cannot be told here: it does not run, the engine is on another machine, or the files are not readable.
    """
    try:
        process, folders = _process(inspected, root), _folders(inspected, root)
        if not folders:
            return None
        version = _first if "memory" in folders else _second
        return Usage(**version(folders), **_network(process / "net/dev"))
    except (OSError, ValueError, IndexError, KeyError):  # it ended meanwhile, or this kernel has other files
        return None


def process_here(inspected: Mapping[str, Any], root: Path = ROOT) -> Path | None:
    """Folder in /proc of the first process of a running container; None where `usage_from_counters` has none."""
    try:
        return _process(inspected, root) if _folders(inspected, root) else None
    except (OSError, ValueError):
        return None


def _process(inspected: Mapping[str, Any], root: Path) -> Path:
    return root / f"proc/{(inspected.get('State') or {}).get('Pid', 0)}"


def _folders(inspected: Mapping[str, Any], root: Path) -> dict[str, Path]:
    """Where the counters of each controller are, "" for all of cgroup v2. Empty when the process is another one's."""
    found: dict[str, Path] = {}
    container_id = inspected.get("Id", "")
    if not container_id:
        return found
    for line in (_process(inspected, root) / "cgroup").read_text().splitlines():
        _number, controllers, path = line.split(":", 2)
        if container_id in path and ".." not in path:
            for controller in controllers.split(","):
                found[controller] = root / "sys/fs/cgroup" / controller / path.lstrip("/")
    return found


def _first(folders: Mapping[str, Path]) -> dict[str, Any]:
    """cgroup v1: a folder for each controller."""
    at, cpu = datetime.now(UTC), _number(folders["cpuacct"] / "cpuacct.usage")
    memory = folders["memory"]
    rows = [line.split() for line in (folders["blkio"] / "blkio.throttle.io_service_bytes_recursive").open()]
    return {
        "at": at,
        "cpu_seconds": cpu / 1e9,
        "memory_bytes": max(0, _number(memory / "memory.usage_in_bytes") - _stat(memory, "total_inactive_file")),
        "memory_limit_bytes": min(_number(memory / "memory.limit_in_bytes"), _whole_memory()),
        "pids": _number(folders["pids"] / "pids.current"),
        "block_read_bytes": sum(int(row[2]) for row in rows if row[1:2] == ["Read"]),
        "block_write_bytes": sum(int(row[2]) for row in rows if row[1:2] == ["Write"]),
    }


def _second(folders: Mapping[str, Path]) -> dict[str, Any]:
    """cgroup v2: one folder."""
    folder = folders[""]
    at, cpu = datetime.now(UTC), _stat(folder, "usage_usec", "cpu.stat")
    limit = (folder / "memory.max").read_text().strip()
    blocks = list(_pairs(folder / "io.stat"))
    return {
        "at": at,
        "cpu_seconds": cpu / 1e6,
        "memory_bytes": max(0, _number(folder / "memory.current") - _stat(folder, "inactive_file")),
        "memory_limit_bytes": _whole_memory() if limit == "max" else int(limit),
        "pids": _number(folder / "pids.current"),
        "block_read_bytes": sum(value for name, value in blocks if name == "rbytes"),
        "block_write_bytes": sum(value for name, value in blocks if name == "wbytes"),
    }


def _network(path: Path) -> dict[str, Any]:
    """Over all interfaces but the loopback: received is the first of sixteen columns, sent the ninth."""
    rows = [line.partition(":") for line in path.read_text().splitlines() if ":" in line]
    columns = [row[2].split() for row in rows if row[0].strip() != "lo"]
    return {
        "network_rx_bytes": sum(int(row[0]) for row in columns),
        "network_tx_bytes": sum(int(row[8]) for row in columns),
    }


def _number(path: Path) -> int:
    return int(path.read_text())


def _stat(folder: Path, name: str, file: str = "memory.stat") -> int:
    """The value beside `name` in a file of names and values; 0 when it is not there."""
    for line in (folder / file).read_text().splitlines():
        if line.startswith(f"{name} "):
            return int(line.split()[1])
    return 0


def _pairs(path: Path) -> Iterator[tuple[str, int]]:
    """Of lines like `8:0 rbytes=1 wbytes=2`. A controller that is not switched on has no file."""
    if path.exists():
        for pair in path.read_text().split():
            name, equals, value = pair.partition("=")
            if equals:
                yield name, int(value)


def _whole_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
