"""What a container has used, read from the engine's figures, which have one form for each version of cgroups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workspaces.engine.docker.states import time_of
from workspaces.engine.inside import Usage

NANOSECONDS = 1_000_000_000


def usage_from_stats(stats: Mapping[str, Any]) -> Usage | None:
    """None for a container that does not run: the engine answers for it too, with nothing in it."""
    at = time_of(str(stats.get("read", "")))
    memory = stats.get("memory_stats") or {}
    if at is None or "usage" not in memory:
        return None
    networks = (stats.get("networks") or {}).values()
    return Usage(
        at=at,
        cpu_seconds=stats["cpu_stats"]["cpu_usage"]["total_usage"] / NANOSECONDS,
        memory_bytes=_memory(memory),
        memory_limit_bytes=memory.get("limit", 0),
        pids=(stats.get("pids_stats") or {}).get("current", 0),
        network_rx_bytes=sum(network["rx_bytes"] for network in networks),
        network_tx_bytes=sum(network["tx_bytes"] for network in networks),
        block_read_bytes=_blocks(stats, "read"),
        block_write_bytes=_blocks(stats, "write"),
    )


def _memory(memory: Mapping[str, Any]) -> int:
    """As `docker stats` counts: without files that were read once and can be read again. cgroup v1 says total_."""
    parts = memory.get("stats") or {}
    droppable = parts.get("total_inactive_file", parts.get("inactive_file", 0))
    return max(0, int(memory["usage"]) - int(droppable))


def _blocks(stats: Mapping[str, Any], direction: str) -> int:
    """Over all devices. cgroup v1 writes Read, v2 read."""
    rows = (stats.get("blkio_stats") or {}).get("io_service_bytes_recursive") or []
    return sum(int(row["value"]) for row in rows if row["op"].lower() == direction)
