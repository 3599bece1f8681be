"""A shell in a container without Python: no terminal, so lines are edited here, and it ends when nobody looks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from workspaces.engine.base import Engine
from workspaces.engine.inside import ExecStream
from workspaces.terminal.line import Greeting, News, stream_opened

SHELL = ("/bin/sh", "-c", 'cd "$1" 2>/dev/null; TERM=dumb PS1="\\$ " exec sh -i 2>&1', "sh")
_ENTER, _ERASE, _END, _INTERRUPT = b"\r\n", b"\x7f\b", 0x04, 0x03
_LONGEST_LINE = 4096


class PlainLine:
    """See `Line`."""

    def __init__(self, stream: ExecStream, name: str, notice: bytes) -> None:
        self.stream, self.name, self.notice = stream, name, notice
        self.greeting = Greeting(80, 24, lasting=False)
        self._line = bytearray()
        self._echo: asyncio.Queue[bytes] = asyncio.Queue()

    @classmethod
    async def open(cls, engine: Engine, container: str, user: str, folder: str, name: str, notice: str) -> PlainLine:
        """`notice`: what it says first. Raises `EngineError`."""
        stream = await stream_opened(engine, container, [*SHELL, folder], user)
        return cls(stream, name, notice.encode())

    async def pieces(self) -> AsyncIterator[bytes | News]:
        yield News(names=[self.name], name=self.name)
        yield self.notice + b"\r\n"
        printed, echoed = (asyncio.create_task(self._printed()), asyncio.create_task(self._echo.get()))
        try:
            while True:
                await asyncio.wait({printed, echoed}, return_when=asyncio.FIRST_COMPLETED)
                if echoed.done():
                    yield echoed.result()
                    echoed = asyncio.create_task(self._echo.get())
                if printed.done():
                    if (data := printed.result()) is None:
                        break
                    yield data.replace(b"\n", b"\r\n")
                    printed = asyncio.create_task(self._printed())
        finally:
            printed.cancel()
            echoed.cancel()
        yield News(ended=await asyncio.to_thread(self.stream.exit_code) or 0)

    async def type(self, data: bytes) -> None:
        for byte in data:
            await self._key(byte)

    async def resize(self, columns: int, rows: int) -> None:
        """There is no window that it knows of."""

    async def shown(self, count: int) -> None:
        """The connection itself holds it back."""

    async def rename(self, name: str, to: str) -> None:
        """It has nobody to share a name with."""

    async def end(self, name: str) -> None:
        self.close()

    def close(self) -> None:
        self.stream.close()

    async def _printed(self) -> bytes | None:
        part = await self.stream.aread()
        return None if part is None else part[1]

    async def _key(self, byte: int) -> None:
        if byte in _ENTER:
            line, self._line = bytes(self._line) + b"\n", bytearray()
            self._echo.put_nowait(b"\r\n")
            await self.stream.awrite(line)
        elif byte in _ERASE:
            if self._line:
                while self._line.pop() & 0xC0 == 0x80 and self._line:
                    continue  # the rest of a character of several bytes
                self._echo.put_nowait(b"\b \b")
        elif byte == _INTERRUPT:
            self._line.clear()
            self._echo.put_nowait(b"^C\r\n")
            await self.stream.awrite(b"\n")
        elif byte == _END and not self._line:
            self.stream.end_input()
        elif byte >= 0x20 and len(self._line) < _LONGEST_LINE:
            self._line.append(byte)
            self._echo.put_nowait(bytes([byte]))
