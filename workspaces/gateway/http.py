"""Passes one HTTP request on to a container and its answer back, chunk by chunk, at the pace of the slower side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType

from aiohttp import (
    ClientConnectionError,
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ServerDisconnectedError,
    ServerTimeoutError,
)
from django.conf import settings
from multidict import CIMultiDict
from yarl import URL

from workspaces.gateway.credentials import set_cookie_cleaned
from workspaces.gateway.grant import Grant
from workspaces.gateway.locations import location_for_browser
from workspaces.gateway.visit import HOP_BY_HOP, Receive, Send, Visit

_WATCH_AFTER = 0.1
"""Seconds before we listen for the client going away: most answers are over by then, and need no second task."""
_NO_BODY = (204, 304)
_DROPPED = frozenset(name.encode() for name in HOP_BY_HOP) | {
    b"date",  # the server in front of us adds its own
    b"alt-svc",  # would send the browser past the gateway
    b"clear-site-data",  # would clear the platform's cookies too, which share the registrable domain
}
_DROPPED_PREFIXES = (b"x-accel-", b"x-spaces-", b"x-sendfile")
"""Orders to a proxy in front of us, which no container may give."""

_FRAMES = b"frame-ancestors 'self' %s"
"""Beside whatever policy the app has. A page of another workspace is the same site to a browser, which would send our
cookie along: framed and made invisible, an editor's terminal would take its visitor's clicks."""


class NothingListens(Exception):
    """No connection could be made; nothing was sent to the client."""


class BadAnswer(Exception):
    """The program took the connection and gave no proper answer; nothing was sent to the client."""


class Leaving:
    """While it is entered, a client that goes away cancels what we do for it; that is not an error.

    `body` is the request's body; only one of the two may listen to the client at a time, so the watch begins after it.
    """

    def __init__(self, receive: Receive, has_body: bool) -> None:
        self.receive, self.has_body, self.gone = receive, has_body, False
        self.timer: asyncio.TimerHandle | None = None
        self.watcher: asyncio.Task[None] | None = None

    def __enter__(self) -> Leaving:
        self.task = asyncio.current_task()
        if not self.has_body:
            self._watch_soon()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.has_body = True  # a body that is still being sent starts no watch any more
        self.task, task = None, self.task
        if self.timer is not None:
            self.timer.cancel()
        if self.watcher is not None:
            self.watcher.cancel()
        if not self.gone or kind is None:
            return False
        if kind is asyncio.CancelledError:
            return task is not None and task.uncancel() == 0
        return issubclass(kind, Exception)

    async def body(self) -> AsyncIterator[bytes]:
        """The request's body as it comes."""
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                self.gone = True
                raise ConnectionResetError("The client went away.")
            if chunk := message.get("body"):
                yield chunk
            more = message.get("more_body", False)
        if self.task is not None:
            self._watch_soon()

    def _watch_soon(self) -> None:
        self.timer = asyncio.get_running_loop().call_later(_WATCH_AFTER, self._watch_now)

    def _watch_now(self) -> None:
        self.watcher = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        if self.task is not None:
            self.task.cancel()


async def proxy_http(session: ClientSession, visit: Visit, grant: Grant, receive: Receive, send: Send) -> None:
    """The container's answer is sent, or the client is gone. An answer that breaks off breaks off for the client too.

    Raises `NothingListens` and `BadAnswer`, in which case nothing was sent yet.
    """
    headers = CIMultiDict(visit.headers)
    has_body = visit.has_body
    if has_body and "transfer-encoding" not in visit.seen:
        headers["content-length"] = visit.get("content-length")
    url = URL.build(
        scheme=grant.scheme,
        host=grant.address or "",
        port=grant.port,
        path=visit.path,
        query_string=visit.query,
        encoded=True,
    )
    started = False
    with Leaving(receive, has_body) as leaving:
        try:
            data = leaving.body() if has_body else None
            asked = session.request(visit.method, url, headers=headers, data=data, allow_redirects=False)
            async with asked as response:
                if response.status < 200:
                    # Nobody asked to switch protocols, and a proxy in front of us would take it as leave to hand its
                    # client a bare connection to this server.
                    raise BadAnswer(f"status {response.status}")
                started = True
                await _send_answer(visit, grant, response, send)
        except (ClientError, TimeoutError) as error:
            if leaving.gone or started:
                return  # the server cuts the connection, as the container did
            raise _named(error) from error


def _named(error: Exception) -> Exception:
    if isinstance(error, (ClientConnectorError, ServerTimeoutError, TimeoutError)):
        return NothingListens()
    if isinstance(error, ClientConnectionError) and not isinstance(error, ServerDisconnectedError):
        return BadAnswer("connection lost")
    return BadAnswer(str(error)[:200])


async def _send_answer(visit: Visit, grant: Grant, response: ClientResponse, send: Send) -> None:
    without_body = visit.method == "HEAD" or response.status in _NO_BODY
    headers = answer_headers(response, visit, grant)
    if grant.is_editor or grant.view_only:
        headers.append((b"content-security-policy", _FRAMES % settings.BASE_URL.encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    content, more = response.content, not without_body
    if without_body:
        await send({"type": "http.response.body", "body": b""})
    while more:
        chunk = await content.readany()
        more = not content.at_eof()
        await send({"type": "http.response.body", "body": chunk, "more_body": more})


def answer_headers(response: ClientResponse, visit: Visit, grant: Grant) -> list[tuple[bytes, bytes]]:
    """The container's headers for the client, names in lower case, without what is only for us or would harm others.

    What leads to the app's own address, which no browser reaches, leads to the workspace's.
    """
    dropped: frozenset[bytes] = _DROPPED
    if response.status in _NO_BODY:
        dropped |= {b"content-length"}
    if listed := response.headers.get("connection"):
        dropped |= {part.strip().lower().encode("utf-8", "replace") for part in listed.split(",")}
    out = []
    for raw_name, value in response.raw_headers:
        name = raw_name.lower()
        if name in dropped or name.startswith(_DROPPED_PREFIXES):
            continue
        if name == b"set-cookie":
            cleaned = set_cookie_cleaned(value, visit.names)
            if cleaned is None:
                continue
            value = cleaned
        elif name == b"location":
            value = location_for_browser(value, visit.host, grant)
        out.append((name, value))
    return out
