"""A command in a container with its input and output open, over a connection of its own to the engine."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import docker
from docker.errors import NotFound

from workspaces.engine.base import EngineUnavailable
from workspaces.engine.docker.errors import translate
from workspaces.engine.docker.hijack import hijack
from workspaces.engine.docker.wire import PIECE_BYTES, Wire

Piece = tuple[Literal[1, 2], bytes]
KILLED = 137
"""Exit code of what was ended by SIGKILL, as all is when its container goes."""
SETTLE_SECONDS = 2.0
"""After the end of the output the engine may take a moment to note how the command ended."""
ANSWER_SECONDS = 60.0
_HEAD = struct.Struct(">BxxxL")


class DockerStream:
    """See `ExecStream` for what each method promises."""

    def __init__(self, api: docker.APIClient, exec_id: str, wire: Wire) -> None:
        self._api = api
        self._id = exec_id
        self._wire = wire
        self._head = b""
        self._kind: Literal[1, 2] = 1
        self._left = 0
        self._ended = False

    # -- the plain half
    def read(self) -> Piece | None:
        while True:
            try:
                piece = self.take()
            except BlockingIOError:
                self._wire.wait(read=True, write=False)
                continue
            if piece is None:
                self._settle()
            return piece

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._wire.give(rest) :]
            except BlockingIOError:
                self._wire.wait(read=False, write=True)

    # -- the asynchronous half
    async def aread(self) -> Piece | None:
        while True:
            try:
                piece = self.take()
            except BlockingIOError:
                await self._wire.wait_async(write=False)
                continue
            if piece is None:
                await asyncio.to_thread(self._settle)
            return piece

    async def awrite(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._wire.give(rest) :]
            except BlockingIOError:
                await self._wire.wait_async(write=True)

    # -- both
    def end_input(self) -> None:
        self._wire.end()

    def exit_code(self) -> int | None:
        state = self._state()
        return None if state["Running"] else _code(state)

    def close(self) -> None:
        self._wire.close()

    # -- for those who wait by themselves
    def take(self) -> Piece | None:
        """As `read`, but raises `BlockingIOError` where that waits.

        Output comes in frames: one byte for the stream, three of nothing, four for the length.
        """
        while not self._left:
            part = self._wire.take(_HEAD.size - len(self._head))
            if not part and not self._head:
                return None
            self._head += self._whole(part)
            if len(self._head) == _HEAD.size:
                kind, self._left = _HEAD.unpack(self._head)
                self._kind, self._head = cast(Literal[1, 2], kind), b""
        data = self._whole(self._wire.take(min(self._left, PIECE_BYTES)))
        self._left -= len(data)
        return self._kind, data

    def give(self, data: memoryview) -> int:
        """How much of `data` it took. Raises `BlockingIOError` where `write` waits."""
        return self._wire.give(data)

    def wait(self, *, write: bool, seconds: float) -> None:
        """Return when there is output, when it takes input (where `write`), or after `seconds`."""
        self._wire.wait(read=True, write=write, seconds=seconds)

    @staticmethod
    def _whole(part: bytes) -> bytes:
        if not part:
            raise EngineUnavailable("the engine hung up in the middle of a command's output")
        return part

    def _settle(self) -> None:
        """Return once the engine has noted the end. Raises `EngineUnavailable` when it is the engine that ended.

        The engine keeps the stream of a command open until that has ended, also where nothing more can come.
        """
        until = time.monotonic() + SETTLE_SECONDS
        while not self._ended and not self._wire.closed and self._state()["Running"]:
            if time.monotonic() > until:
                raise EngineUnavailable("the engine hung up while a command ran")
            time.sleep(0.01)  # the engine tells nobody when it has noted it
        self._ended = True

    @translate()
    def _state(self) -> dict[str, Any]:
        try:
            state: dict[str, Any] = self._api.exec_inspect(self._id)
        except NotFound:  # its container is gone, and it with that
            return {"Running": False, "ExitCode": KILLED}
        return state


def stream_open(
    api: docker.APIClient,
    name: str,
    argv: Sequence[str],
    *,
    stdin: bool,
    user: str = "",
    workdir: str = "",
    environment: Mapping[str, str] | None = None,
) -> DockerStream:
    """Begin `argv` in the container. Call it within `translate`."""
    made = api.exec_create(
        name, list(argv), stdin=stdin, user=user, workdir=workdir or None, environment=dict(environment or {}) or None
    )
    wire = hijack(api, f"/exec/{made['Id']}/start", {"Detach": False, "Tty": False}, ANSWER_SECONDS)
    return DockerStream(api, made["Id"], wire)


def _code(state: Mapping[str, Any]) -> int:
    code = state["ExitCode"]
    return KILLED if code is None else int(code)
