"""What a container has used, and what the engine says of itself, on the real engine and the fake."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.waiting import eventually
from workspaces.engine.base import ContainerSpec, Engine
from workspaces.engine.docker import DockerEngine
from workspaces.engine.docker.usage import usage_from_stats
from workspaces.engine.inside import Usage

pytestmark = pytest.mark.integration
V2 = {
    "read": "2026-01-02T03:04:05.678901234Z",
    "cpu_stats": {"cpu_usage": {"total_usage": 2_500_000_000}},
    "memory_stats": {"usage": 1000, "limit": 5000, "stats": {"inactive_file": 300, "file": 400}},
    "pids_stats": {"current": 7},
    "networks": {"eth0": {"rx_bytes": 1, "tx_bytes": 2}, "eth1": {"rx_bytes": 10, "tx_bytes": 20}},
    "blkio_stats": {"io_service_bytes_recursive": [
        {"op": "read", "value": 100}, {"op": "write", "value": 200}, {"op": "read", "value": 1000},
    ]},
}  # fmt: skip


def test_it_is_told_while_it_runs_and_not_otherwise(engine: Engine, made: ContainerSpec) -> None:
    assert engine.usage(made.name) is None, "it has not been started"
    engine.start(made.name)
    usage = engine.usage(made.name)
    assert usage and usage.cpu_seconds > 0 and usage.pids > 0
    assert 0 < usage.memory_bytes < usage.memory_limit_bytes
    assert abs((datetime.now(UTC) - usage.at).total_seconds()) < 60
    engine.pause(made.name)
    assert engine.usage(made.name) is not None, "a paused one keeps its memory"
    engine.stop(made.name, grace_seconds=1)
    assert engine.usage(made.name) is None
    assert engine.usage("spaces-nothere00000") is None


def test_the_engine_counts_what_it_has(engine: Engine, made: ContainerSpec) -> None:
    before = engine.info()
    assert before.containers >= 1
    assert not before.has_gpu
    engine.start(made.name)
    engine.pause(made.name)
    assert engine.info().containers_paused >= 1


def test_the_figures_grow_with_what_is_done(real: DockerEngine, spec: ContainerSpec) -> None:
    real.ensure_network(spec.name, spec.labels, "internet")
    real.ensure_container(spec)
    real.start(spec.name)
    before = real.usage(spec.name)
    assert before and before.memory_limit_bytes == 128 * 1024**2
    busy = "import time, sys; b = bytearray(40 * 1024**2); sum(range(5_000_000)); print('done'); sys.stdout.flush()"
    stream = real.exec_stream(spec.name, ["python3", "-c", f"{busy}; sys.stdin.read()"])
    assert stream.read() == (1, b"done\n")
    after = real.usage(spec.name)
    assert after and after.cpu_seconds > before.cpu_seconds + 0.05
    assert after.memory_bytes > before.memory_bytes + 30 * 1024**2
    assert after.pids == before.pids + 1
    stream.close()
    eventually(lambda: (now := real.usage(spec.name)) and now.pids == before.pids, "it has ended", 5)


def test_files_that_could_be_read_again_are_not_counted(real: DockerEngine, spec: ContainerSpec) -> None:
    real.ensure_network(spec.name, spec.labels, "internet")
    real.ensure_container(spec)
    real.start(spec.name)
    before = real.usage(spec.name)
    real.exec(
        spec.name, ["sh", "-c", "head -c 60000000 /dev/zero > /workspace/big; sync; cat /workspace/big > /dev/null"]
    )
    after = real.usage(spec.name)
    assert before and after and after.memory_bytes < before.memory_bytes + 40 * 1024**2


def test_figures_of_the_second_version_of_cgroups_are_read_too() -> None:
    expected = Usage(datetime(2026, 1, 2, 3, 4, 5, 678901, UTC), 2.5, 700, 5000, 7, 11, 22, 1100, 200)
    assert usage_from_stats(V2) == expected


@pytest.mark.parametrize(
    "gaps", [{"networks": None}, {"blkio_stats": {"io_service_bytes_recursive": None}}, {"pids_stats": {}}]
)
def test_figures_that_the_kernel_does_not_have_count_as_none(gaps: dict[str, Any]) -> None:
    usage = usage_from_stats({**V2, **gaps})
    assert usage and usage.cpu_seconds == 2.5
