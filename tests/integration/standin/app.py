"""A page, a websocket that echoes, and what it is and may, by HTTPS on 3001. Its first start writes /config/hello."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import ssl
from pathlib import Path
from urllib.parse import urlsplit

PORT = 3001
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CERTIFICATE = ("/run/app/cert", "/run/app/key")


def status(pid: str) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, value in (line.split(":", 1) for line in lines)}


def answer(method: str, target: str, body: bytes, own: str) -> tuple[int, str, bytes]:
    """Status, a header, and the body."""
    if urlsplit(target).path == "/away":
        return 302, f"Location: https://{own}:{PORT}/there?a=b", b""
    if method == "POST":
        return 200, "X-Length: 1", str(len(body)).encode()
    if target == "/self":
        seen = {"ids": [os.getuid(), os.getgid()], "app": status("self"), "init": status("1")}
        seen["environ"] = dict(os.environ)
        return 200, "Content-Type: application/json", json.dumps(seen).encode()
    return 200, "Content-Type: text/html", f"<title>Stand-in</title><p>{target}</p>".encode()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            first, *lines = head.decode("latin-1").rstrip().split("\r\n")
            method, target, _version = first.split(" ")
            headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
            if headers.get("upgrade", "").lower() == "websocket":
                await echo(reader, writer, headers["sec-websocket-key"])
                return
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            own = writer.get_extra_info("sockname")[0]
            code, header, content = answer(method, target, body, own)
            lines = [f"HTTP/1.1 {code} said", header, f"Content-Length: {len(content)}", "", ""]
            writer.write("\r\n".join(lines).encode() + content)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str) -> None:
    """Each short message comes back, as what it was."""
    accept = base64.b64encode(hashlib.sha1(key.encode() + _GUID).digest()).decode()
    lines = ["HTTP/1.1 101 Switching", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Accept: {accept}"]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    while True:
        kind, length = await reader.readexactly(2)
        mask = await reader.readexactly(4)
        data = await reader.readexactly(length & 0x7F)
        plain = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        writer.write(bytes([kind, len(plain)]) + plain)
        await writer.drain()
        if kind & 0x0F == 8:
            return


async def main() -> None:
    hello = Path("/config/hello")
    if not hello.exists():
        hello.write_text("hello\n")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*_CERTIFICATE)
    server = await asyncio.start_server(serve, "0.0.0.0", PORT, ssl=context)
    async with server:
        await server.serve_forever()


asyncio.run(main())
