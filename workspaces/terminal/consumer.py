"""The websocket of a terminal. Who asks is in the scope's `actor`; what is said is in `wire.py`.

With `?flow=ack` the client says what it has shown, which bounds all that is under way; for others the connection does.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils.translation import gettext as _

from accounts.actors import Actor, signed_in
from spaces_site.errors import Forbidden, NotFound, SpacesError
from workspaces.auditing import workspace_audit
from workspaces.engine import get_engine
from workspaces.engine.base import ContainerMissing, EngineConflict, EngineError
from workspaces.models import Workspace
from workspaces.selectors import workspace_get_by_name, workspace_usable
from workspaces.services.work import workspace_resume
from workspaces.shell_history import history_wanted
from workspaces.states import State
from workspaces.terminal import codes
from workspaces.terminal.line import KeptLine, Line, News, NoKeeper, TooManyTerminals
from workspaces.terminal.plain import PlainLine
from workspaces.terminal.staying import Visit, watch
from workspaces.terminal.threads import in_thread
from workspaces.terminal.wire import (
    FIRST_NAME,
    Closed,
    Ping,
    Renamed,
    Resized,
    Shown,
    Typed,
    message_read,
    name_read,
    size_read,
)
from workspaces.works_as import works_as

MOST_OF_WORKSPACE = 32
"""Websockets of terminals of one workspace."""
LARGEST_MESSAGE = 1024**2
WAKE_SECONDS = 60.0
STUCK_SECONDS = 120.0
"""A shell that takes no input for so long has its line closed; the shell itself goes on."""
QUIET_SECONDS = 150.0
"""A page says something every half minute, a hidden one every minute: one that is silent for longer is gone, and is not
to hold up the shell's output."""
_SOON = frozenset({State.CREATING, State.STARTING})
_ASLEEP = frozenset({State.PAUSED, State.PAUSING})
log = logging.getLogger(__name__)


class Refused(Exception):
    """The websocket is to be closed with this code."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class TerminalConsumer(AsyncWebsocketConsumer):
    """A route gives it `name` or `public_id` of the workspace."""

    in_use = False
    line: Line | None = None
    work: asyncio.Task[None] | None = None
    visit: Visit
    is_over = False

    # -- it opens
    async def connect(self) -> None:
        await self.accept()
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        self.acknowledges = query.get("flow") == ["ack"]
        self.name = name_read(query.get("name", [FIRST_NAME])[0]) or FIRST_NAME
        self.size = size_read(query.get("cols", [None])[0], query.get("rows", [None])[0]) or (80, 24)
        self.opened = asyncio.Event()
        self.heard_at = asyncio.get_running_loop().time()
        try:
            self.actor: Actor = self.scope["actor"]
            self.workspace = await in_thread(self._workspace)
            self._enter()
        except Refused as refused:
            await self.leave(refused.code, refused.reason)
            return
        except SpacesError as error:
            await self.leave(_code_of(error), error.message)
            return
        self.work = asyncio.create_task(self._work())

    def _workspace(self) -> Workspace:
        signed_in(self.actor)
        route = self.scope["url_route"]["kwargs"]
        if "public_id" in route:
            return workspace_usable(self.actor, route["public_id"])
        return workspace_usable(self.actor, workspace_get_by_name(self.actor, route["name"]).public_id)

    def _enter(self) -> None:
        if watch.count(self.workspace.pk) >= MOST_OF_WORKSPACE:
            raise Refused(codes.TOO_MANY, "Too many terminals of this workspace are open.")
        session_key = self.scope.get("session_key", "") if self.actor.via == "browser" else ""
        self.visit = Visit(signed_in(self.actor).pk, self.workspace.pk, session_key, self.actor.token_id)
        watch.add(self)

    async def _work(self) -> None:
        """From the opening of the line to its end, which closes the websocket."""
        try:
            await self._wake()
            self.line = await self._open()
            self.opened.set()
            await in_thread(workspace_audit, self.actor, "terminal.open", self.workspace, name=self.name)
            try:
                code, reason = await self._pump(self.line)
            finally:
                await in_thread(workspace_audit, self.actor, "terminal.close", self.workspace, name=self.name)
                await in_thread(history_wanted, self.workspace)
        except Refused as refused:
            code, reason = refused.code, refused.reason
        except SpacesError as error:
            code, reason = _code_of(error), error.message
        except EngineError as error:
            code, reason = _code_of_engine(error), ""
        except OSError:  # the client went away while we were sending
            code, reason = codes.TROUBLE, ""
        except Exception:
            if not self.is_over:
                log.exception("A terminal of workspace %s failed", self.workspace.public_id)
            code, reason = codes.TROUBLE, ""
        await self.leave(code, reason)

    async def _wake(self) -> None:
        """Afterwards the workspace runs: a paused one is resumed, one that is about to run is waited for."""
        if self.workspace.state in _ASLEEP:
            await in_thread(workspace_resume, self.actor, self.workspace, password=None)
        until = asyncio.get_running_loop().time() + WAKE_SECONDS
        while self.workspace.state in _SOON | _ASLEEP:
            if asyncio.get_running_loop().time() > until:
                raise Refused(codes.COME_AGAIN, "This workspace is not ready yet.")
            await asyncio.sleep(0.2)  # the row is in a database, which cannot call back
            self.workspace = await in_thread(workspace_usable, self.actor, self.workspace.public_id)
        if self.workspace.state != State.RUNNING:
            raise Refused(codes.NOT_RUNNING, "This workspace is not running.")

    async def _open(self) -> Line:
        kind, container, (columns, rows) = self.workspace.kind, self.workspace.engine_name, self.size
        user, folder = works_as(kind), kind.data_path
        try:
            return await KeptLine.open(
                get_engine(), container, user, {"name": self.name, "columns": columns, "rows": rows, "folder": folder}
            )
        except TooManyTerminals:
            raise Refused(codes.TOO_MANY, "This workspace has as many terminals as it may have.") from None
        except NoKeeper:
            notice = _("There is no Python in this image: this terminal is a simple one and ends with this page.")
            return await PlainLine.open(get_engine(), container, user, folder, self.name, notice)

    # -- it prints
    async def _pump(self, line: Line) -> tuple[int, str]:
        """Hand on what is printed until the line ends; the code and the reason of the end."""
        if self.acknowledges:
            greeting = line.greeting
            await self._tell(
                "attached", name=self.name, cols=greeting.columns, rows=greeting.rows, replay=greeting.replay,
                new=greeting.new, lasting=greeting.lasting,
            )  # fmt: skip
        end: tuple[int, str] | None = None
        async for piece in line.pieces():
            if self.is_over:
                break
            if isinstance(piece, bytes):
                await self.send(bytes_data=piece)
                if not self.acknowledges:
                    await line.shown(len(piece))
            else:
                end = await self._hear(piece) or end
        return end or await self._why()

    async def _hear(self, news: News) -> tuple[int, str] | None:
        if news.ended is not None:
            if self.acknowledges:
                await self._tell("ended", code=news.ended)
            return codes.ENDED, "The shell has ended."
        if news.dropped is not None:
            return codes.SLOW, "It took no output for too long."
        self.in_use = news.busy
        self.name = news.name or self.name
        if self.acknowledges:
            renamed = {"from": news.renamed[0], "to": news.renamed[1]} if news.renamed else None
            await self._tell("terminals", names=news.names, name=self.name, renamed=renamed)
        return None

    async def _why(self) -> tuple[int, str]:
        """Why a line ended although its shell did not: mostly since the workspace did."""
        try:
            workspace = await in_thread(workspace_usable, self.actor, self.workspace.public_id)
        except NotFound:
            return codes.UNKNOWN, ""
        except Forbidden as error:
            return _code_of(error), error.message
        if workspace.state == State.RUNNING or workspace.state in _SOON:
            return codes.COME_AGAIN, "The line to the workspace was cut."
        return codes.NOT_RUNNING, "This workspace is not running."

    async def _tell(self, kind: str, **facts: Any) -> None:
        await self.send(text_data=json.dumps({"type": kind, **facts}))

    # -- somebody types
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        self.heard_at = asyncio.get_running_loop().time()
        if self.is_over:
            return
        if len(text_data or bytes_data or b"") > LARGEST_MESSAGE:
            await self.leave(codes.TOO_LARGE)
            return
        message = message_read(text_data, bytes_data, acknowledges=self.acknowledges)
        if isinstance(message, Ping):
            await self._tell("pong")
            return
        await self.opened.wait()
        try:
            async with asyncio.timeout(STUCK_SECONDS):
                await self._do(message)
        except TimeoutError:
            await self.leave(codes.COME_AGAIN, "The shell takes no input.")
        except EngineError:
            return  # the end of its output says why

    async def _do(self, message: object) -> None:
        if self.line is None:
            return
        match message:
            case Typed(data):
                watch.note_use(self.workspace.pk)
                await self.line.type(data)
            case Resized(columns, rows):
                await self.line.resize(columns, rows)
            case Shown(count):
                await self.line.shown(count)
            case Renamed(name, to):
                await self.line.rename(name, to)
            case Closed(name):
                await self.line.end(name)

    # -- it ends
    def is_gone(self) -> bool:
        """Whether this is a page that has not said anything for too long."""
        return self.acknowledges and asyncio.get_running_loop().time() - self.heard_at > QUIET_SECONDS

    async def leave(self, code: int, reason: str = "") -> None:
        """Close the websocket and the line; the shell goes on. Twice is fine."""
        if self.is_over:
            return
        self._let_go()
        try:
            await self.close(code=code, reason=reason[:120])
        except OSError:
            return  # the client was faster

    async def disconnect(self, code: int) -> None:
        self._let_go()
        if self.work is not None and not self.work.done():
            self.work.cancel()
            await asyncio.wait({self.work}, timeout=5)  # its end is an audit event

    def _let_go(self) -> None:
        self.is_over = True
        self.opened.set()
        if hasattr(self, "visit"):
            watch.discard(self)
        if self.line is not None:
            self.line.close()


def _code_of(error: SpacesError) -> int:
    """The code for an error of ours."""
    if error.kind == "unauthenticated" or error.code == "ACCOUNT_LOCKED":
        return codes.SIGNED_OUT
    if error.code == "VIEWER_ONLY":
        return codes.NOT_YOURS
    return {"not_found": codes.UNKNOWN, "unavailable": codes.COME_AGAIN}.get(error.kind, codes.NOT_RUNNING)


def _code_of_engine(error: EngineError) -> int:
    return codes.NOT_RUNNING if isinstance(error, ContainerMissing | EngineConflict) else codes.COME_AGAIN
