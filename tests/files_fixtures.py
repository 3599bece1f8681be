"""The real program for files, run here for the faked engine: each workspace's volume is a folder of this machine."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import pytest

from workspaces.engine.fake import FakeEngine
from workspaces.engine.inside import ExecStream
from workspaces.files.run import ARGV
from workspaces.models import Workspace

PROGRAM = Path(__file__).resolve().parent.parent / "images" / "helper" / "files.py"
VolumeOf = Callable[[Workspace], Path]
PIECE_BYTES = 64 * 1024


class ProcessStream:
    """An `ExecStream` over a process of this machine."""

    def __init__(self, argv: Sequence[str]) -> None:
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def read(self) -> tuple[Literal[1, 2], bytes] | None:
        assert self.process.stdout
        data = self.process.stdout.read(PIECE_BYTES)
        return (1, data) if data else None

    def write(self, data: bytes) -> None:
        assert self.process.stdin
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self.process.stdin.write(rest) :]
        except (BrokenPipeError, ValueError):
            pass  # input that it no longer wants

    def end_input(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()

    async def aread(self) -> tuple[Literal[1, 2], bytes] | None:
        return await asyncio.to_thread(self.read)

    async def awrite(self, data: bytes) -> None:
        await asyncio.to_thread(self.write, data)

    def exit_code(self) -> int | None:
        return self.process.wait(10)

    def close(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)


@pytest.fixture
def volume_of(engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[VolumeOf]:
    """`volume_of(workspace)` is the folder that its /workspace is, for the real program run beside the faked engine."""
    folders = tmp_path / "volumes"
    scripted = engine.exec_stream

    def folder_of(name: str) -> Path:
        path = folders / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def exec_stream(
        name: str,
        argv: Sequence[str],
        *,
        user: str = "",
        workdir: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> ExecStream:
        stream = scripted(name, argv, user=user, workdir=workdir, environment=environment)
        if tuple(argv[: len(ARGV)]) != ARGV:
            return stream
        root = folder_of(engine.helper_specs[name].volume)
        return ProcessStream([sys.executable, "-B", *ARGV[1:-1], str(PROGRAM), argv[-1], str(root)])

    monkeypatch.setattr(engine, "exec_stream", exec_stream)
    yield lambda workspace: folder_of(workspace.engine_name)
    shutil.rmtree(folders, ignore_errors=True)
