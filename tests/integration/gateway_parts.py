"""A gateway under uvicorn, a program in a workspace, and the way between them: all real, on the loopback."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn
from aiohttp import WSMsgType, web

from tests.waiting import eventually
from workspaces.gateway.visit import App, Receive, Scope, Send

MEGABYTE = b"x" * 2**20


class Running:
    """An ASGI application under uvicorn in a thread with a loop of its own, as `manage.py serve` runs it."""

    def __init__(self, app: App) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        config = uvicorn.Config(
            app,
            log_level="critical",
            lifespan="on",
            proxy_headers=False,  # the tests' clients are on the loopback, from which uvicorn believes X-Forwarded-For
            timeout_graceful_shutdown=1,
            ws="websockets-sansio",
            ws_max_size=128 * 2**20,
            ws_per_message_deflate=False,
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, args=([self.socket],), daemon=True)

    def __enter__(self) -> Running:
        self.thread.start()
        eventually(lambda: self.server.started, "uvicorn has started")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        assert not self.thread.is_alive(), "uvicorn did not end"


async def platform(scope: Scope, receive: Receive, send: Send) -> None:
    """What is behind the gateway on the site's own host."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"platform"})


class Program:
    """What runs in the workspace: an aiohttp server that tells what it sees. `ended`: streams whose client left.

    `certificate`: with its key, for one that has HTTPS of its own.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        self.tls: ssl.SSLContext | None = None
        if certificate is not None:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate, certificate.with_name("key.pem"))
        self.ended: set[str] = set()
        self.open_sockets = 0
        self.release = threading.Event()
        self.ready = threading.Event()
        self.port = 0
        self.thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Program:
        self.thread.start()
        assert self.ready.wait(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(10)

    async def _serve(self) -> None:
        self.loop, self.stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=2**40)
        app.router.add_get("/websocket", self.websocket)
        for path, handler in {
            "/download": self.download, "/upload": self.upload, "/events": self.events, "/cookies": self.cookies,
            "/early": self.early, "/cut": self.cut, "/slow": self.slow, "/status/{code}": self.status,
        }.items():  # fmt: skip
            app.router.add_route("*", path, handler)
        app.router.add_route("*", "/{anything:.*}", self.echo)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self.tls)
        await site.start()
        self.port = runner.addresses[0][1]
        self.ready.set()
        await self.stop.wait()
        await runner.cleanup()

    async def echo(self, request: web.Request) -> web.Response:
        seen: dict[str, Any] = {
            "method": request.method, "path": request.raw_path, "body": (await request.read()).decode("latin-1"),
            "headers": [[name.lower(), value] for name, value in request.headers.items()],
        }  # fmt: skip
        return web.json_response(seen)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """`mb` megabytes, or for ever."""
        answer = web.StreamResponse()
        if size := int(request.query.get("mb", "0")):
            answer.content_length = size * 2**20
        try:
            await answer.prepare(request)
            sent = 0
            while not size or sent < size:
                await answer.write(MEGABYTE)
                sent += 1
        except (ConnectionError, asyncio.CancelledError):
            self.ended.add("download")
            raise
        return answer

    async def upload(self, request: web.Request) -> web.Response:
        length, digest = 0, hashlib.sha256()
        try:
            async for chunk in request.content.iter_any():
                length += len(chunk)
                digest.update(chunk)
        except (ConnectionError, asyncio.CancelledError):
            self.ended.add("upload")
            raise
        chunked = request.headers.get("Transfer-Encoding", "")
        return web.json_response({"length": length, "sha256": digest.hexdigest(), "chunked": chunked})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """An event, and another each time `release` is set."""
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        try:
            for number in range(1000):
                await answer.write(f"data: {number}\n\n".encode())
                while not self.release.is_set():
                    await asyncio.sleep(0.01)
                self.release.clear()
        except (ConnectionError, asyncio.CancelledError):
            self.ended.add("events")
            raise
        return answer

    async def slow(self, request: web.Request) -> web.Response:
        """An answer that does not come."""
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.ended.add("slow")
            raise
        return web.Response()

    async def cookies(self, request: web.Request) -> web.Response:
        answer = web.Response(headers={"X-Accel-Redirect": "/etc/passwd", "Clear-Site-Data": '"cookies"', "X-Own": "1"})
        for value in ("a=1; Path=/", "b=2; Domain=localhost; Path=/", "spaces_gate=evil", "spaces_session=evil"):
            answer.headers.add("Set-Cookie", value)
        return answer

    async def early(self, request: web.Request) -> web.Response:
        """Refuses an upload without reading it."""
        return web.Response(status=413, text="too large", headers={"Connection": "close"})

    async def cut(self, request: web.Request) -> web.StreamResponse:
        """Promises more than it sends."""
        answer = web.StreamResponse()
        answer.content_length = 1000
        await answer.prepare(request)
        await answer.write(b"half")
        assert request.transport
        request.transport.close()
        return answer

    async def status(self, request: web.Request) -> web.Response:
        return web.Response(status=int(request.match_info["code"]), headers={"ETag": '"1"', "Location": "/elsewhere"})

    async def websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Echoes; closes with the code that it is told."""
        socket_ = web.WebSocketResponse(protocols=("v2.chat", "v1.chat"), max_msg_size=0)
        await socket_.prepare(request)
        self.open_sockets += 1
        async for message in socket_:
            if message.type is WSMsgType.TEXT and message.data.startswith("close "):
                await socket_.close(code=int(message.data.split()[1]), message=b"as told")
            elif message.type is WSMsgType.TEXT and message.data == "headers":
                await socket_.send_str("\n".join(f"{name.lower()}: {value}" for name, value in request.headers.items()))
            elif message.type is WSMsgType.TEXT:
                await socket_.send_str(message.data)
            elif message.type is WSMsgType.BINARY:
                await socket_.send_bytes(message.data)
        self.open_sockets -= 1
        self.ended.add(f"websocket {socket_.close_code}")
        return socket_


async def megabytes(count: int) -> AsyncIterator[bytes]:
    """`count` megabytes, one at a time."""
    for _ in range(count):
        yield MEGABYTE
