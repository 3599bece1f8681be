"""Workspaces whose containers are this machine: the faked engine runs what is streamed, and really so."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.unit.workspaces.terminal.looking import environment, processes
from workspaces.engine.fake import FakeEngine


class LocalStream:
    """See `ExecStream`: a program of this machine."""

    def __init__(self, argv: Sequence[str], folder: Path) -> None:
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder,
            env=environment(folder / "home"),
        )  # fmt: skip
        self.pieces: asyncio.Queue[tuple[Literal[1, 2], bytes] | None] = asyncio.Queue(4)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.closed = False

    def _start(self) -> None:
        loop = asyncio.get_running_loop()

        def put(piece: tuple[Literal[1, 2], bytes] | None) -> None:
            coroutine = self.pieces.put(piece)
            try:
                asyncio.run_coroutine_threadsafe(coroutine, loop).result()
            except (RuntimeError, CancelledError):  # the loop is over
                coroutine.close()

        def read(kind: Literal[1, 2], pipe: Any) -> None:
            while data := os.read(pipe.fileno(), 65536):
                put((kind, data))

        def both() -> None:
            threads = [
                threading.Thread(target=read, args=(kind, pipe), daemon=True)
                for kind, pipe in ((1, self.process.stdout), (2, self.process.stderr))
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            put(None)

        self.loop = loop
        threading.Thread(target=both, daemon=True).start()

    async def aread(self) -> tuple[Literal[1, 2], bytes] | None:
        if self.loop is None:
            self._start()
        if self.closed:
            return None
        return await self.pieces.get()

    async def awrite(self, data: bytes) -> None:
        def write() -> None:
            assert self.process.stdin
            try:
                self.process.stdin.write(data)
                self.process.stdin.flush()
            except (OSError, ValueError):
                return

        await asyncio.to_thread(write)

    def end_input(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()

    def exit_code(self) -> int | None:
        try:
            return self.process.wait(2)
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            try:
                self.end_input()
            except OSError:
                pass
            if self.loop is not None and not self.loop.is_closed():
                self.loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        while not self.pieces.empty():
            self.pieces.get_nowait()
        self.pieces.put_nowait(None)


@pytest.fixture
def streams(engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[LocalStream]]:
    """The lines that were opened to containers, each of which is a program of this machine."""
    opened: list[LocalStream] = []

    def exec_stream(name: str, argv: Sequence[str], *, user: str = "", **options: Any) -> LocalStream:
        engine._awake(name)
        assert user == "coder"
        if argv[0] == "python3":
            wish = json.loads(argv[-1]) | {"folder": str(tmp_path), "runtime": str(tmp_path / "run")}
            argv = [sys.executable, *argv[1:-1], json.dumps(wish)]
        opened.append(LocalStream(argv, tmp_path))
        return opened[-1]

    monkeypatch.setattr(engine, "exec_stream", exec_stream)
    yield opened
    for stream in opened:
        stream.close()
        stream.process.kill()
        stream.process.wait(5)
    for pid in processes(tmp_path):
        os.kill(pid, signal.SIGKILL)
