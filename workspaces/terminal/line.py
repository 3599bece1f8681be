"""The line from a websocket to a shell in a container, through the keeper there (`workspaces/inside`)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from workspaces.engine.base import Engine, EngineError
from workspaces.engine.inside import STDERR, ExecStream
from workspaces.inside.viewer import Viewer
from workspaces.terminal.program import Wish, command, source
from workspaces.terminal.wire import NAME_LENGTH

UNTAKEN_BYTES = 64 * 1024
"""What was typed and the shell has not taken yet: more waits in the browser."""
FRAME_BYTES = 32 * 1024
_GREETING_BYTES = 4096
_NEWS_BYTES = 64 * 1024
_NO_SUCH_PROGRAM = (126, 127)
_MOST_NAMES = 64


class NoKeeper(Exception):
    """The image has no Python to keep shells with."""


class TooManyTerminals(Exception):
    """The workspace has as many terminals as it may have."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """`columns`, `rows`: the size that the shell has now. `replay`: how many bytes of its output are from before.

    `lasting`: whether it goes on when nobody looks.
    """

    columns: int
    rows: int
    replay: int = 0
    new: bool = True
    lasting: bool = True


@dataclass(frozen=True, slots=True)
class News:
    """What changed: which terminals there are, `name` of this one, whether a program runs in it that it waits for.

    `ended`: how the shell ended, and `dropped`: why this line did; each None while it goes on.
    """

    names: list[str] | None = None
    name: str = ""
    busy: bool = False
    renamed: tuple[str, str] | None = None
    ended: int | None = None
    dropped: str | None = None


class Line(Protocol):
    """A shell that somebody looks at and types in."""

    greeting: Greeting

    def pieces(self) -> AsyncIterator[bytes | News]:
        """What it prints and what is news of it, until it ends."""

    async def type(self, data: bytes) -> None:
        """Type it. Waits while the shell takes no more."""

    async def resize(self, columns: int, rows: int) -> None:
        """The window has this size from now on."""

    async def shown(self, count: int) -> None:
        """So many bytes were shown: as many more may be printed."""

    async def rename(self, name: str, to: str) -> None:
        """A terminal has another name from now on."""

    async def end(self, name: str) -> None:
        """A terminal ends, with what runs in it."""

    def close(self) -> None:
        """Look away. Twice is fine."""


class KeptLine:
    """See `Line`. The shell goes on when this is closed."""

    def __init__(self, stream: ExecStream) -> None:
        self.stream = stream
        self.greeting = Greeting(80, 24)
        self._ahead: list[tuple[int, bytes]] = []
        self._news = b""
        self._untaken = 0
        self._room = asyncio.Event()
        self._writing = asyncio.Lock()

    @classmethod
    async def open(cls, engine: Engine, container: str, user: str, wish: Wish) -> KeptLine:
        """Raises `NoKeeper`, `TooManyTerminals`, and what `Engine.exec_stream` raises."""
        stream = await stream_opened(engine, container, command(wish), user)
        line = cls(stream)
        try:
            await stream.awrite(source())
            line.greeting = await line._greeting()
        except BaseException:
            stream.close()
            raise
        line._room.set()
        return line

    async def pieces(self) -> AsyncIterator[bytes | News]:
        for kind, data in self._ahead:
            for piece in self._read(kind, data):
                yield piece
        self._ahead.clear()
        while (part := await self.stream.aread()) is not None:
            for piece in self._read(*part):
                yield piece

    async def type(self, data: bytes) -> None:
        for at in range(0, len(data), FRAME_BYTES):
            await self._room.wait()
            part = data[at : at + FRAME_BYTES]
            self._untaken += len(part)
            if self._untaken >= UNTAKEN_BYTES:
                self._room.clear()
            await self._say(Viewer.INPUT, part)

    async def resize(self, columns: int, rows: int) -> None:
        await self._say(Viewer.RESIZE, struct.pack(">HH", columns, rows))

    async def shown(self, count: int) -> None:
        await self._say(Viewer.TAKEN, struct.pack(">I", count))

    async def rename(self, name: str, to: str) -> None:
        await self._say(Viewer.WISH, json.dumps({"do": "rename", "name": name, "to": to}).encode())

    async def end(self, name: str) -> None:
        await self._say(Viewer.WISH, json.dumps({"do": "close", "name": name}).encode())

    def close(self) -> None:
        self._room.set()
        self.stream.close()

    async def _say(self, kind: int, payload: bytes) -> None:
        async with self._writing:  # a frame is not to begin in the middle of another
            await self.stream.awrite(struct.pack(">BI", kind, len(payload)) + payload)

    async def _greeting(self) -> Greeting:
        head = b""
        while b"\n" not in head:
            part = await self.stream.aread()
            if part is None or len(head) > _GREETING_BYTES:
                code = await asyncio.to_thread(self.stream.exit_code)
                raise NoKeeper if code in _NO_SUCH_PROGRAM else EngineError(head.decode(errors="replace")[:1000])
            if part[0] == STDERR:
                self._ahead.append(part)
            else:
                head += part[1]
        line, _newline, rest = head.partition(b"\n")
        facts = _object(line)
        if facts.get("refused") == "too_many":
            raise TooManyTerminals
        if not facts:
            raise (
                NoKeeper if b"executable file not found" in line else EngineError(line.decode(errors="replace")[:1000])
            )
        if rest:
            self._ahead.append((1, rest))
        return Greeting(int(facts["columns"]), int(facts["rows"]), int(facts["replay"]), bool(facts["new"]))

    def _read(self, kind: int, data: bytes) -> list[bytes | News]:
        """Output as it is; news when their line is whole. A container's word: nothing in it is believed unchecked."""
        if kind != STDERR:
            return [data]
        *lines, self._news = (self._news + data)[-_NEWS_BYTES:].split(b"\n")
        found: list[bytes | News] = []
        for facts in map(_object, lines):
            if isinstance(took := facts.get("took"), int):
                self._untaken = max(0, self._untaken - took)
                if self._untaken < UNTAKEN_BYTES:
                    self._room.set()
            elif news := _news(facts):
                found.append(news)
        return found


async def stream_opened(engine: Engine, container: str, argv: Sequence[str], user: str) -> ExecStream:
    """As `Engine.exec_stream`; whoever does not wait for it any more leaves no stream behind."""
    opening = asyncio.ensure_future(asyncio.to_thread(engine.exec_stream, container, argv, user=user))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close_late)
        raise


def _close_late(opening: asyncio.Future[ExecStream]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _object(line: bytes) -> dict[str, Any]:
    with contextlib.suppress(ValueError, RecursionError):
        if isinstance(value := json.loads(line), dict):
            return value
    return {}


def _news(facts: dict[str, Any]) -> News | None:
    if isinstance(code := facts.get("ended"), int):
        return News(ended=code)
    if isinstance(reason := facts.get("dropped"), str):
        return News(dropped=reason[:NAME_LENGTH])
    if isinstance(names := facts.get("terminals"), list):
        renamed = facts.get("renamed")
        return News(
            names=[str(name)[:NAME_LENGTH] for name in names[:_MOST_NAMES]],
            name=str(facts.get("name"))[:NAME_LENGTH],
            busy=bool(facts.get("busy")),
            renamed=(str(renamed.get("from")), str(renamed.get("to"))) if isinstance(renamed, dict) else None,
        )
    return None
