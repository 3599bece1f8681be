"""What the gateway asks: whether the desktop is there, its key, its socket, its picture. One such site per port."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from aiohttp import web

from spaces_desktop.pictures import Pictures, width_of
from spaces_desktop.sockets import socket_bridge

MOST_SOCKETS = 64
"""At once, over each port: a class that looks, and whoever opens it twice."""


class Asked(Protocol):
    """What is asked of the screen; both block."""

    def is_managed(self) -> bool: ...
    def has_window(self) -> bool: ...


class Site:
    """The answers of one port, which hands out `key`."""

    def __init__(self, key: str, title: str, screen: Asked, pictures: Pictures, rfb: Path) -> None:
        self._key, self._title, self._screen, self._pictures, self._rfb = key, title, screen, pictures, rfb
        self._sockets = 0

    def application(self) -> web.Application:
        """The site, to be served."""
        app = web.Application()
        app.router.add_get("/healthz", self.health)
        app.router.add_get("/desktop.json", self.desktop)
        app.router.add_get("/picture.jpg", self.picture)
        app.router.add_get("/socket", self.socket)
        return app

    async def health(self, _request: web.Request) -> web.Response:
        """200 as soon as there is something to look at, 503 before."""
        if await asyncio.to_thread(self._screen.is_managed):
            return web.Response(text="ok\n")
        return web.Response(status=503, text="starting\n")

    async def desktop(self, _request: web.Request) -> web.Response:
        """The key for the socket, and whether the application shows a window yet."""
        there = await asyncio.to_thread(self._screen.has_window)
        body = {"key": self._key, "app": "there" if there else "starting", "title": self._title}
        return web.json_response(body, headers={"Cache-Control": "no-store"})

    async def picture(self, request: web.Request) -> web.Response:
        """The screen as a small JPEG."""
        try:
            width = width_of(request.query.get("width", ""))
        except ValueError:
            return web.Response(status=400, text="width must be a number\n")
        try:
            data = await asyncio.to_thread(self._pictures.picture, width)
        except OSError:
            return web.Response(status=503, text="the screen is not there yet\n")
        return web.Response(body=data, content_type="image/jpeg", headers={"Cache-Control": "no-store"})

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """RFB over a websocket."""
        if self._sockets >= MOST_SOCKETS:
            return web.Response(status=503, text="too many are connected\n")
        self._sockets += 1
        try:
            return await socket_bridge(request, self._rfb)
        finally:
            self._sockets -= 1


async def site_serve(site: Site, port: int) -> Callable[[], Awaitable[None]]:
    """Afterwards `port` answers; await what the returned function gives to end it."""
    runner = web.AppRunner(site.application(), access_log=None, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, None, port, shutdown_timeout=1.0).start()
    return runner.cleanup
