"""From a websocket to Xvnc's socket and back: bytes, which nobody here reads."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import WSMsgType, web

PIECE_BYTES = 64 * 1024
LARGEST_MESSAGE = 4 * 1024**2
"""What browsers send are keys, the pointer and the clipboard."""
HEARTBEAT_SECONDS = 30.0


async def socket_bridge(request: web.Request, path: Path) -> web.StreamResponse:
    """Until either side ends. Where there is no Xvnc the answer is 503, and the browser asks again."""
    try:
        reader, writer = await asyncio.open_unix_connection(str(path))
    except OSError:
        return web.Response(status=503, text="the screen is not there yet\n")
    socket = web.WebSocketResponse(
        protocols=("binary",), compress=False, max_msg_size=LARGEST_MESSAGE, heartbeat=HEARTBEAT_SECONDS
    )
    try:
        await socket.prepare(request)
        ways = [asyncio.create_task(_in(socket, writer)), asyncio.create_task(_out(reader, socket))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        await socket.close()
    finally:
        writer.close()
    return socket


async def _in(socket: web.WebSocketResponse, writer: asyncio.StreamWriter) -> None:
    async for message in socket:
        if message.type is not WSMsgType.BINARY:
            return
        writer.write(message.data)
        await writer.drain()


async def _out(reader: asyncio.StreamReader, socket: web.WebSocketResponse) -> None:
    while data := await reader.read(PIECE_BYTES):
        await socket.send_bytes(data)
