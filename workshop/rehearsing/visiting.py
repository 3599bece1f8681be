"""Visits to seats as a participant's browser makes them: a ticket, the gateway, its cookie, the editor's own page.

The gateway runs here, in the worker, on the very code that answers browsers; what a browser has beside that is the web
server's socket, and what is in front of it. Seats that sleep are woken by the visit, as a participant would.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.db import connection

from accounts.actors import Actor
from spaces_site.errors import SpacesError
from workspaces.engine import get_engine
from workspaces.engine.base import EngineError
from workspaces.gateway.app import Gateway
from workspaces.gateway.tickets import ticket_issue, workspace_host
from workspaces.models import Workspace
from workspaces.services import workspace_start
from workspaces.services.waiting import connection_give_back, operation_wait
from workspaces.states import State

LONGEST_SECONDS = 20.0
"""For which a visitor is thought to wait; the worker's thread is held for no longer."""
AGAIN_SECONDS = 0.1
MOST_REDIRECTS = 10
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Visited:
    """`ms` until the first answer of the editor itself; None with a `problem`, a code and what was seen instead."""

    ms: int | None
    problem: str = ""


@dataclass(slots=True)
class _Browser:
    """What one visitor's browser keeps, and what it got last."""

    gateway: Gateway
    cookies: dict[str, str] = field(default_factory=dict)
    status: int = 0
    location: str = ""

    async def get(self, url: str) -> None:
        """Afterwards `status` and `location` are those of the whole answer."""
        parts = urlsplit(url)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = [
            (b"host", parts.netloc.encode()),
            (b"accept", b"text/html,*/*"),
            (b"sec-fetch-mode", b"navigate"),
            (b"sec-fetch-dest", b"document"),
            *([(b"cookie", cookie.encode())] if cookie else []),
        ]
        scope = {
            "type": "http", "method": "GET", "http_version": "1.1", "scheme": parts.scheme, "path": parts.path,
            "raw_path": parts.path.encode(), "query_string": parts.query.encode(), "headers": headers,
            "client": ("127.0.0.1", 0), "server": (parts.hostname, parts.port),
        }  # fmt: skip
        await self.gateway(scope, _Receive(), self._take)

    async def _take(self, message: Any) -> None:
        if message["type"] != "http.response.start":
            return
        self.status, self.location = message["status"], ""
        for name, value in message["headers"]:
            if name == b"location":
                self.location = value.decode("latin-1")
            elif name == b"set-cookie":
                key, _is, text = value.decode("latin-1").partition(";")[0].partition("=")
                self.cookies[key.strip()] = text


class _Receive:
    """A request without a body, whose sender stays."""

    def __init__(self) -> None:
        self._sent = False

    async def __call__(self) -> dict[str, Any]:
        if self._sent:
            await asyncio.Event().wait()
        self._sent = True
        return {"type": "http.request", "body": b"", "more_body": False}


def visit_all(actor: Actor, workspaces: Iterable[Workspace]) -> dict[str, Visited]:
    """What each visit came to, by public id; all of them at once, as when a class begins."""
    with_page = [workspace for workspace in workspaces if workspace.kind.has_app]
    found = _visit_terminals(actor, [workspace for workspace in workspaces if not workspace.kind.has_app])
    tickets = {
        workspace.public_id: ticket_issue(actor, workspace, host=workspace_host(workspace)) for workspace in with_page
    }
    connection_give_back()
    return found | asyncio.run(_visit_pages(tickets))


async def _visit_pages(tickets: dict[str, str]) -> dict[str, Visited]:
    gateway = Gateway(_nothing_else)
    try:
        visits = await asyncio.gather(*(_visit_page(gateway, url) for url in tickets.values()))
    finally:
        await gateway.upstream.close()
    return dict(zip(tickets, visits, strict=True))


async def _visit_page(gateway: Gateway, url: str) -> Visited:
    browser, began, host = _Browser(gateway), time.monotonic(), urlsplit(url).netloc
    redirects = 0
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            while True:
                await browser.get(url)
                if 200 <= browser.status < 300:
                    return Visited(round((time.monotonic() - began) * 1000))
                if 300 <= browser.status < 400 and browser.location:
                    url, redirects = urljoin(url, browser.location), redirects + 1
                    if urlsplit(url).netloc != host or redirects > MOST_REDIRECTS:
                        return Visited(None, f"SENT_AWAY: {urlsplit(url).netloc}")
                elif browser.status == 503:  # the page that waits
                    await asyncio.sleep(AGAIN_SECONDS)
                else:
                    return Visited(None, f"ANSWERED: {browser.status}")
    except TimeoutError:
        return Visited(None, f"SILENT: {LONGEST_SECONDS:g} s")


async def _nothing_else(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _visit_terminals(actor: Actor, workspaces: list[Workspace]) -> dict[str, Visited]:
    """Those whose only page is a terminal: until a shell in them has run something."""

    def visit(workspace: Workspace) -> Visited:
        try:
            return _visit_terminal(actor, workspace)
        finally:
            connection.close()

    if not workspaces:
        return {}
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return dict(zip((one.public_id for one in workspaces), threads.map(visit, workspaces), strict=True))


def _visit_terminal(actor: Actor, workspace: Workspace) -> Visited:
    began = time.monotonic()
    try:
        if workspace.state != State.RUNNING:
            workspace_start(actor, workspace, password=None)
            operation_wait(workspace, LONGEST_SECONDS)
        get_engine().exec(workspace.engine_name, ["true"], user=workspace.kind.user, timeout_seconds=LONGEST_SECONDS)
    except (EngineError, SpacesError) as error:
        return Visited(None, f"SILENT: {error}"[:300])
    return Visited(round((time.monotonic() - began) * 1000))
