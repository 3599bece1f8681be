"""Visits to seats as a participant's browser makes them: a ticket, the gateway, its cookie, the app's own page; where a
desktop is streamed, until the window of its application is on it.

The gateway runs here, in the worker, on the very code that answers browsers; what a browser has beside that is the web
server's socket, and what is in front of it. Seats that sleep are woken by the visit, as a participant would.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.db import connection

from accounts.actors import Actor
from spaces_site.errors import SpacesError
from workshop.rehearsing.browser import Browser
from workshop.services.seats.first_page import DESKTOP_STATE, state_says_there
from workspaces.engine import get_engine
from workspaces.engine.base import EngineError
from workspaces.gateway.app import Gateway
from workspaces.gateway.marker import marked
from workspaces.gateway.tickets import ticket_issue, workspace_host
from workspaces.models import Kind, Workspace
from workspaces.services import workspace_start
from workspaces.services.waiting import connection_give_back, operation_wait
from workspaces.states import State

LONGEST_SECONDS = 20.0
"""For which a visitor is thought to wait; the worker's thread is held for no longer."""
LONGEST_ON_DESKTOPS = 45.0
"""The same where an application of a desktop begins with the seat, which one that is kept warm has behind it."""
AGAIN_SECONDS = 0.1
APPEARS_SECONDS = 0.5
MOST_REDIRECTS = 10
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Visited:
    """`ms` until the first answer of the app itself; None with a `problem`, a code and what was seen instead."""

    ms: int | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Way:
    """How somebody comes in: `url` with a ticket, then what our page there asks the app for, "" for nothing."""

    url: str
    then: str = ""
    is_desktop: bool = False

    @property
    def longest(self) -> float:
        return LONGEST_ON_DESKTOPS if self.is_desktop else LONGEST_SECONDS


def visit_all(actor: Actor, workspaces: Iterable[Workspace]) -> dict[str, Visited]:
    """What each visit came to, by public id; all of them at once, as when a class begins."""
    with_page = [workspace for workspace in workspaces if workspace.kind.has_app]
    found = _visit_terminals(actor, [workspace for workspace in workspaces if not workspace.kind.has_app])
    ways = {workspace.public_id: _way(actor, workspace) for workspace in with_page}
    connection_give_back()
    return found | asyncio.run(_visit_pages(ways))


def _way(actor: Actor, workspace: Workspace) -> _Way:
    """As a participant goes it for the first time."""
    kind = workspace.kind
    url = ticket_issue(actor, workspace, host=workspace_host(workspace), next_path="/" if kind.frame else kind.path)
    if kind.frame == Kind.Frame.DESKTOP:
        return _Way(url, DESKTOP_STATE, is_desktop=True)
    return _Way(url, marked(kind.path) if kind.frame else "")


async def _visit_pages(ways: dict[str, _Way]) -> dict[str, Visited]:
    gateway = Gateway(_nothing_else)
    try:
        visits = await asyncio.gather(*(_visit_page(gateway, way) for way in ways.values()))
    finally:
        await gateway.upstream.close()
    return dict(zip(ways, visits, strict=True))


async def _visit_page(gateway: Gateway, way: _Way) -> Visited:
    browser, began, problem = Browser(gateway), time.monotonic(), f"SILENT: {way.longest:g} s"
    try:
        async with asyncio.timeout(way.longest):
            refused = await _follow(browser, way.url)
            if not refused and way.is_desktop:
                problem = f"APP_MISSING: {way.longest:g} s"
                await _appears(browser, urljoin(way.url, way.then))
            elif not refused and way.then:
                refused = await _follow(browser, urljoin(way.url, way.then))
    except TimeoutError:
        return Visited(None, problem)
    return Visited(None, refused) if refused else Visited(round((time.monotonic() - began) * 1000))


async def _follow(browser: Browser, url: str) -> str:
    """Until a page is there; a problem where there will be none."""
    host, redirects = urlsplit(url).netloc, 0
    while True:
        await browser.get(url)
        if 200 <= browser.status < 300:
            return ""
        if 300 <= browser.status < 400 and browser.location:
            url, redirects = urljoin(url, browser.location), redirects + 1
            if urlsplit(url).netloc != host or redirects > MOST_REDIRECTS:
                return f"SENT_AWAY: {urlsplit(url).netloc}"
        elif browser.status == 503:  # the page that waits
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            return f"ANSWERED: {browser.status}"


async def _appears(browser: Browser, url: str) -> None:
    """Until the desktop at that address says that its application is there."""
    await browser.get(url)
    while not state_says_there(browser.status, browser.body):
        await asyncio.sleep(APPEARS_SECONDS)
        await browser.get(url)


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
