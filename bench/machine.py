"""The machine that is measured: what it is, and whether it has nothing else to do."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from typing import Any

import docker

LOOK_SECONDS = 0.3
IDLE_SHARE = 0.85
QUIET_LIMIT_SECONDS = 5.0


def machine_facts(client: docker.DockerClient) -> dict[str, Any]:
    """What the figures depend on."""
    engine = client.api.info()
    return {
        "cores": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "engine": engine["ServerVersion"],
        "storage_driver": engine["Driver"],
        "load_before": os.getloadavg()[0],
    }


def quiet_wait(limit_seconds: float = QUIET_LIMIT_SECONDS) -> bool:
    """Return once the cores were idle for a moment, so that no sample pays for what was before it; false at the limit.

    Work of others that goes on all the time hits ours and the peer alike, since they take turns.
    """
    until = time.monotonic() + limit_seconds
    while time.monotonic() < until:
        idle, total = _cpu_times()
        time.sleep(LOOK_SECONDS)
        idle_after, total_after = _cpu_times()
        if idle_after - idle >= IDLE_SHARE * (total_after - total):
            return True
    return False


def _cpu_times() -> tuple[int, int]:
    """Idle and total time of all cores since boot, in ticks."""
    times = [int(text) for text in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return times[3] + times[4], sum(times)
