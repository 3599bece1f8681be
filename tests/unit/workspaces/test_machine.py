"""What this machine is and can."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from workspaces import engine_state
from workspaces.engine.base import EngineInfo
from workspaces.engine.fake import FakeEngine
from workspaces.machine import EngineFacts, capabilities, machine_forget, machine_info

Install = Callable[[str, str], None]


@pytest.fixture(autouse=True)
def anew(engine: FakeEngine) -> Iterator[None]:
    machine_forget()
    yield
    machine_forget()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """`install(name, script)`: a program of that name is found first."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def make(name: str, script: str) -> None:
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    return make


def engine_says(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    info = replace(EngineInfo("9.9", 2, 2**33), **fields)
    monkeypatch.setattr(engine, "info", lambda: info)
    engine_state.engine_forget()


def test_it_says_what_it_is_and_how_busy(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    engine_says(engine, monkeypatch, containers=4, containers_running=2, containers_paused=1, images=7)
    machine = machine_info()
    assert (machine.hostname, machine.platform, machine.cpus) == (socket.gethostname(), "linux", os.cpu_count())
    assert machine.arch in ("x64", "arm64")
    assert len(machine.load_average) == 3
    memory, disk = machine.memory, machine.disk
    assert memory.total == memory.free + memory.used
    assert memory.total == machine.capabilities.memory
    assert 0 < memory.percentage < 100
    assert disk and 0 < disk.available <= disk.total
    assert 0 <= disk.percentage <= 100
    assert machine.uptime > 0
    assert machine.engine == EngineFacts("9.9", 4, 2, 1, 7)


def test_an_engine_that_is_away_has_no_figures(engine: FakeEngine, settings: Any) -> None:
    engine.down = True
    settings.DATA_DIR = Path("/nowhere/at/all")
    machine = machine_info()
    assert (machine.engine, machine.disk) == (EngineFacts(), None)


def test_a_graphics_processor_counts_when_containers_can_have_it(
    engine: FakeEngine, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("nvidia-smi", 'echo "NVIDIA GeForce RTX 3090, 24576"')
    can = capabilities()
    assert (can.gpu, can.gpu_name, can.gpu_memory) == (False, None, None)
    engine_says(engine, monkeypatch, has_gpu=True)
    can = capabilities()
    assert (can.gpu, can.gpu_name, can.gpu_memory) == (True, "NVIDIA GeForce RTX 3090", 24 * 1024**3)


@pytest.mark.parametrize(
    "script",
    ["echo NVIDIA-SMI has failed because it could not communicate; exit 9", "exit 0", "echo 'a, b'", "exec sleep 60"],
)
def test_a_driver_that_does_not_answer_is_no_reason_to_fail(
    engine: FakeEngine, install: Install, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setattr("workspaces.machine.NVIDIA_SMI_SECONDS", 0.2)
    install("nvidia-smi", script)
    engine_says(engine, monkeypatch, has_gpu=True)
    assert (capabilities().gpu, capabilities().gpu_name) == (True, None)


def test_it_is_looked_at_once_in_a_while(engine: FakeEngine) -> None:
    assert machine_info() is machine_info()
