"""A small client of a desktop's screen, as the browser's is: websocket, VNC's password, keys, pointer, and size."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, ClientTimeout, ClientWebSocketResponse
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

VNC_AUTH = 2
EXTENDED_DESKTOP_SIZE, RAW = -308, 0
SHIFT, CONTROL, ALT, SUPER, RETURN = 0xFFE1, 0xFFE3, 0xFFE9, 0xFFEB, 0xFF0D


class Refused(Exception):
    """The password is wrong, says the screen."""


class Rfb:
    """One connection; numbers of messages as in RFC 6143."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket, self._unread = socket, b""
        self.width = self.height = 0

    async def enter(self, key: str) -> None:
        """Afterwards the screen is known. Raises `Refused`."""
        await self._read(12)
        await self._send(b"RFB 003.008\n")
        kinds = await self._read((await self._read(1))[0])
        assert list(kinds) == [VNC_AUTH], "nobody comes in without a password"
        await self._send(bytes([VNC_AUTH]))
        await self._send(_answer(key, await self._read(16)))
        if struct.unpack(">I", await self._read(4))[0] != 0:
            raise Refused
        await self._send(b"\1")
        self.width, self.height = struct.unpack(">HH", await self._read(4))
        await self._read(16)
        await self._read(struct.unpack(">I", await self._read(4))[0])

    async def press(self, *keys: int) -> None:
        """All of them down, then up again; letters are their own numbers."""
        for down, ordered in ((1, keys), (0, tuple(reversed(keys)))):
            for key in ordered:
                await self._send(struct.pack(">BBxxI", 4, down, key))

    async def type(self, text: str) -> None:
        """As somebody who types fast."""
        for letter in text:
            await self.press(RETURN if letter == "\n" else ord(letter))
            await asyncio.sleep(0.005)

    async def click(self, x: int, y: int, button: int = 1) -> None:
        """Move there, press, release."""
        for mask in (0, 1 << (button - 1), 0):
            await self._send(struct.pack(">BBHH", 5, mask, x, y))
            await asyncio.sleep(0.05)

    async def resize(self, width: int, height: int) -> None:
        """Ask for another size of the screen."""
        await self._send(struct.pack(">BxHii", 2, 2, RAW, EXTENDED_DESKTOP_SIZE))
        await self._send(struct.pack(">BBHHHH", 3, 0, 0, 0, 1, 1))
        await self._send(struct.pack(">BxHHBx", 251, width, height, 1))
        await self._send(struct.pack(">IHHHHI", 0, 0, 0, width, height, 0))

    async def _send(self, data: bytes) -> None:
        await self._socket.send_bytes(data)

    async def _read(self, count: int) -> bytes:
        while len(self._unread) < count:
            self._unread += await self._socket.receive_bytes(timeout=20)
        data, self._unread = self._unread[:count], self._unread[count:]
        return data


@asynccontextmanager
async def screen(address: str, port: int = 6080, key: str = "") -> AsyncIterator[Rfb]:
    """The screen behind that port, with the key that the port hands out unless another is given."""
    async with ClientSession(f"http://{address}:{port}", timeout=ClientTimeout(total=60)) as session:
        if not key:
            async with session.get("/desktop.json") as answer:
                said: dict[str, Any] = await answer.json()
                key = said["key"]
        async with session.ws_connect("/socket", protocols=("binary",), max_msg_size=2**24) as socket:
            rfb = Rfb(socket)
            await rfb.enter(key)
            yield rfb


def _answer(key: str, challenge: bytes) -> bytes:
    """DES with each letter's bits turned round, which is how VNC does it; one key three times is plain DES."""
    turned = bytes(int(f"{byte:08b}"[::-1], 2) for byte in key.encode()[:8].ljust(8, b"\0"))
    encryptor = Cipher(TripleDES(turned * 3), modes.ECB()).encryptor()
    return encryptor.update(challenge) + encryptor.finalize()
