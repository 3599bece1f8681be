"""Somebody who looks at a shell on this machine, by the program that workspaces run, without a workspace around it."""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.waiting import eventually
from workspaces.terminal.program import command, source

INPUT, RESIZE, TAKEN, WISH = range(4)
PROMPT = "ready> "


def environment(home: Path) -> dict[str, str]:
    """Of a person whose shell is plain: their own settings would make each machine another one."""
    if not home.exists():  # else it would be empty for a moment while a shell reads it
        home.mkdir()
        (home / ".bash_profile").write_text(f"PS1='{PROMPT}'; bind 'set enable-bracketed-paste off'\n")
    return {"HOME": str(home), "PATH": os.environ["PATH"]}


def processes(folder: Path) -> list[int]:
    """Keepers whose sockets are in this folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            is_keeper = (place / "comm").read_text() == "spaces-terminal\n"
            if is_keeper and str(folder).encode() in (place / "cmdline").read_bytes():
                found.append(int(place.name))
        except OSError:
            continue
    return found


class Look:
    """One viewer. `output` is all that was printed to it; with `takes` it says at once that it has shown it."""

    def __init__(self, folder: Path, name: str = "1", size: tuple[int, int] = (80, 24), takes: bool = True) -> None:
        self.takes = takes
        wish = {
            "name": name,
            "columns": size[0],
            "rows": size[1],
            "folder": str(folder),
            "runtime": str(folder / "run"),
        }
        self.process = subprocess.Popen(
            command(wish, sys.executable),  # type: ignore[arg-type]
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(folder / "home"),
        )  # fmt: skip
        assert self.process.stdin and self.process.stdout and self.process.stderr
        self.pipe = self.process.stdin
        self.pipe.write(source())
        self.pipe.flush()
        self.heard = b""
        self.news: list[dict[str, Any]] = []
        self.over = False
        self.threads = [threading.Thread(target=target, daemon=True) for target in (self._read, self._read_news)]
        for thread in self.threads:
            thread.start()

    def __enter__(self) -> Look:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.leave()

    # -- what it says
    def type(self, text: str | bytes) -> None:
        self.send(INPUT, text.encode() if isinstance(text, str) else text)

    def resize(self, columns: int, rows: int) -> None:
        self.send(RESIZE, struct.pack(">HH", columns, rows))

    def take(self, count: int) -> None:
        self.send(TAKEN, struct.pack(">I", count))

    def wish(self, **what: str) -> None:
        self.send(WISH, json.dumps(what).encode())

    def send(self, kind: int, payload: bytes) -> None:
        self.pipe.write(struct.pack(">BI", kind, len(payload)) + payload)
        self.pipe.flush()

    def leave(self) -> None:
        """Hang up, as a browser does that is closed."""
        try:
            self.pipe.close()
        except BrokenPipeError:
            pass
        self.process.wait(10)
        for thread in self.threads:
            thread.join(10)

    # -- what it sees
    @property
    def greeting(self) -> dict[str, Any]:
        head = eventually(lambda: self.heard.partition(b"\n")[0] if b"\n" in self.heard else b"", "a greeting", 10)
        return dict(json.loads(head))

    @property
    def output(self) -> bytes:
        return self.heard.partition(b"\n")[2]

    def sees(self, text: str | bytes, seconds: float = 10) -> None:
        """Wait until it is printed."""
        wanted = text.encode() if isinstance(text, str) else text
        eventually(lambda: wanted in self.output, f"{wanted!r} in {self.output[-300:]!r}", seconds, every=0.01)

    def runs(self, line: str) -> str:
        """What a command prints, which is run by a shell that waits at its prompt."""
        mark = f"done-{time.monotonic_ns()}"
        before = len(self.output)
        self.type(f"{line}; echo {mark[:4]}''{mark[4:]}\n")
        self.sees(mark)
        printed = self.output[before:].decode(errors="replace")
        found = re.search(rf"''{mark[4:]}\r\n(.*?){mark}", printed, re.DOTALL)
        assert found, printed
        return found[1].strip()

    def ends(self, seconds: float = 10) -> None:
        """Wait until the keeper has let go of it."""
        eventually(lambda: self.over, "the end of its output", seconds, every=0.01)

    def _read(self) -> None:
        assert self.process.stdout
        head = False
        while data := os.read(self.process.stdout.fileno(), 65536):
            self.heard += data
            count = len(data)
            if not head:
                head = b"\n" in self.heard
                count = len(self.output)
            if self.takes and count:
                try:
                    self.take(count)
                except (OSError, ValueError):
                    continue
        self.over = True

    def _read_news(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            try:
                self.news.append(json.loads(line))
            except ValueError:
                self.news.append({"trouble": line.decode()})
