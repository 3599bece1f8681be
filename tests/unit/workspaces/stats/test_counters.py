"""The kernel's counters of a container, in both versions of cgroups."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workspaces.engine.docker.counters import usage_from_counters

ID = "8" * 64
INSPECTED = {"Id": ID, "State": {"Pid": 41}}
_REST = " 1 0 0 0 0 0 0"
NET = f"""Inter-|   Receive                            |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier
    lo:    7777{_REST}     7777{_REST}
  eth0:     100{_REST}      200{_REST}
  eth1:       1{_REST}        2{_REST}
"""
FIRST = {
    "proc/41/cgroup": "".join(
        f"{n}:{controllers}:/docker/{ID}\n"
        for n, controllers in enumerate(["name=systemd", "pids", "blkio", "memory", "cpu,cpuacct"])
    )
    + "0::/init.scope\n",
    f"sys/fs/cgroup/cpuacct/docker/{ID}/cpuacct.usage": "2500000000\n",
    f"sys/fs/cgroup/memory/docker/{ID}/memory.usage_in_bytes": "1000\n",
    f"sys/fs/cgroup/memory/docker/{ID}/memory.stat": "inactive_file 1\ntotal_inactive_file 300\n",
    f"sys/fs/cgroup/memory/docker/{ID}/memory.limit_in_bytes": "5000\n",
    f"sys/fs/cgroup/pids/docker/{ID}/pids.current": "7\n",
    f"sys/fs/cgroup/blkio/docker/{ID}/blkio.throttle.io_service_bytes_recursive": (
        "8:0 Read 100\n8:0 Write 200\n8:0 Total 300\n8:16 Read 1000\nTotal 1300\n"
    ),
}
SCOPE = f"sys/fs/cgroup/system.slice/docker-{ID}.scope"
SECOND = {
    "proc/41/cgroup": f"0::/system.slice/docker-{ID}.scope\n",
    f"{SCOPE}/cpu.stat": "usage_usec 2500000\nuser_usec 1\n",
    f"{SCOPE}/memory.current": "1000\n",
    f"{SCOPE}/memory.stat": "anon 1\ninactive_file 300\n",
    f"{SCOPE}/memory.max": "5000\n",
    f"{SCOPE}/pids.current": "7\n",
    f"{SCOPE}/io.stat": "8:0 rbytes=100 wbytes=200 rios=1 wios=1 dbytes=0 dios=0\n8:16 rbytes=1000 wbytes=0\n",
}
Kernel = Callable[[dict[str, str]], Path]


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    """`kernel(files)`: a root folder with these and the network's counters."""

    def make(files: dict[str, str]) -> Path:
        for name, text in {"proc/41/net/dev": NET, **files}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return tmp_path

    return make


@pytest.mark.parametrize("files", [FIRST, SECOND], ids=["v1", "v2"])
def test_they_are_read_in_both_versions(kernel: Kernel, files: dict[str, str]) -> None:
    usage = usage_from_counters(INSPECTED, kernel(files))
    assert usage is not None
    assert (usage.cpu_seconds, usage.memory_bytes, usage.memory_limit_bytes, usage.pids) == (2.5, 700, 5000, 7)
    assert (usage.network_rx_bytes, usage.network_tx_bytes) == (101, 202)
    assert (usage.block_read_bytes, usage.block_write_bytes) == (1100, 200)


def test_no_limit_is_all_the_memory_there_is(kernel: Kernel) -> None:
    usage = usage_from_counters(INSPECTED, kernel({**SECOND, f"{SCOPE}/memory.max": "max\n"}))
    assert usage and usage.memory_limit_bytes > 2**30


def test_blocks_that_nobody_counts_are_none(kernel: Kernel) -> None:
    usage = usage_from_counters(
        INSPECTED, kernel({name: text for name, text in SECOND.items() if "io.stat" not in name})
    )
    assert usage and (usage.block_read_bytes, usage.block_write_bytes) == (0, 0)


@pytest.mark.parametrize(
    "inspected",
    [{}, {"Id": ID, "State": {"Pid": 0}}, {"Id": ID, "State": {"Pid": 42}}, {"Id": "9" * 64, "State": {"Pid": 41}}],
    ids=["nothing", "stopped", "ended", "of another machine"],
)
def test_what_is_not_here_is_not_told(kernel: Kernel, inspected: dict[str, Any]) -> None:
    assert usage_from_counters(inspected, kernel(FIRST)) is None


@pytest.mark.parametrize("cgroup", ["", "nonsense", f"0::/docker/{ID}/../../etc", "0::/\n"])
def test_a_place_that_is_no_containers_is_not_looked_at(kernel: Kernel, cgroup: str) -> None:
    assert usage_from_counters(INSPECTED, kernel({**SECOND, "proc/41/cgroup": cgroup})) is None


def test_files_that_are_of_another_form_are_not_told(kernel: Kernel) -> None:
    assert usage_from_counters(INSPECTED, kernel({**SECOND, f"{SCOPE}/memory.current": "much\n"})) is None
