"""Passes a websocket on to a container: whole messages, both ways, at the pace of the slower side, idle for ever."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import (
    ClientError,
    ClientSession,
    ClientWebSocketResponse,
    ClientWSTimeout,
    WSMsgType,
    WSServerHandshakeError,
)
from yarl import URL

from accounts.statuses import status_of
from spaces_site.errors import Forbidden, NotFound, SpacesError, TooMany, Unauthenticated
from workspaces.gateway.activity import websocket_beats, websocket_note
from workspaces.gateway.authorise import changes_of, visit_authorise
from workspaces.gateway.grant import Grant
from workspaces.gateway.origins import websocket_allowed
from workspaces.gateway.visit import WEBSOCKET_OWN, Receive, Scope, Send, Visit

ASKS_EVERY = 5.0
"""Seconds after which an open websocket must still be allowed; at once where this process knows of a change."""
LARGEST_MESSAGE_BYTES = 256 * 1024**2
"""Of a websocket, in either direction: an editor sends whole files in one. Without a limit one program could take all
memory that the site has."""
WITHDRAWN = 4403
BAD_GATEWAY = 1014
_HANDSHAKE = 30.0
_NO_STATUS, _LOST, _GOING_AWAY = 1005, 1006, 1001
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Close:
    """How a websocket ended, and which side said so."""

    code: int
    reason: str = ""
    by_client: bool = False


async def proxy_websocket(session: ClientSession, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
    """The websocket is open until one side closes it or leave to enter is withdrawn; or it was refused unopened."""
    await receive()  # websocket.connect
    try:
        grant = await visit_authorise(visit)
        if not websocket_allowed(visit):
            log.warning("Refused a websocket to %s from %.100r", visit.target.host_label, visit.get("origin"))
            raise Forbidden("This websocket was opened from another site.", code="ORIGIN_REFUSED")
    except SpacesError as error:
        await refuse(scope, send, status_of(error), error.message)
        return
    if not grant.is_running:
        await refuse(scope, send, 503, "This workspace is not running.")
        return
    try:
        async with asyncio.timeout(_HANDSHAKE):
            upstream = await _connect(session, visit, scope, grant)
    except WSServerHandshakeError as error:
        await refuse(scope, send, error.status if error.status >= 400 else 502, "The program refused the websocket.")
        return
    except (ClientError, TimeoutError, OSError):
        await refuse(scope, send, 502, f"Nothing is listening on port {grant.port} in this workspace.")
        return
    await _Pipe(visit, grant, upstream, receive, send).run()


async def refuse(scope: Scope, send: Send, status: int, message: str) -> None:
    """The websocket is refused before it opens, with a status where the server can send one, or else 403."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": WITHDRAWN})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": message.encode()})


async def _connect(session: ClientSession, visit: Visit, scope: Scope, grant: Grant) -> ClientWebSocketResponse:
    host = grant.address or ""
    url = URL.build(
        scheme=grant.scheme, host=host, port=grant.port, path=visit.path, query_string=visit.query, encoded=True
    )
    return await session.ws_connect(
        url,
        headers=[(name, value) for name, value in visit.headers if name not in WEBSOCKET_OWN],
        protocols=scope.get("subprotocols") or (),
        autoclose=False,
        max_msg_size=LARGEST_MESSAGE_BYTES,
        compress=0,
        timeout=ClientWSTimeout(ws_close=2.0),
    )


class _Pipe:
    """An open websocket on both sides."""

    def __init__(
        self, visit: Visit, grant: Grant, upstream: ClientWebSocketResponse, receive: Receive, send: Send
    ) -> None:
        self.visit, self.grant, self.upstream, self.receive, self.send = visit, grant, upstream, receive, send
        self.beats = websocket_beats(visit, grant)

    async def run(self) -> None:
        """Pump until one side or the watch over the leave to enter ends it, then close both sides with its code."""
        tasks: list[asyncio.Task[Close]] = []
        try:
            await self.send({"type": "websocket.accept", "subprotocol": self.upstream.protocol})
            tasks = [asyncio.create_task(part) for part in self._parts()]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await self._close(next(task for task in tasks if task in done).result())
        except OSError:  # the client went away while we were sending
            await self._close(Close(_LOST, by_client=True))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.upstream.close()

    def _parts(self) -> list[Coroutine[Any, Any, Close]]:
        return [self._from_client(), self._from_container(), self._watch_leave()]

    async def _close(self, how: Close) -> None:
        if how.by_client:
            code = {_NO_STATUS: 1000, _LOST: _GOING_AWAY}.get(how.code, how.code)
            await self.upstream.close(code=code, message=how.reason.encode())
            return
        await self.send({"type": "websocket.close", "code": how.code, "reason": how.reason})
        await self.upstream.close(code=1000 if how.code == BAD_GATEWAY else how.code)

    async def _from_client(self) -> Close:
        upstream, receive = self.upstream, self.receive
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return Close(message.get("code") or _NO_STATUS, message.get("reason") or "", by_client=True)
            websocket_note(self.grant, self.beats, len(message.get("text") or message.get("bytes") or ""))
            try:
                if (text := message.get("text")) is not None:
                    await upstream.send_str(text)
                else:
                    await upstream.send_bytes(message["bytes"])
            except (ClientError, OSError):
                return Close(BAD_GATEWAY, "The program went away.")

    async def _from_container(self) -> Close:
        upstream, send = self.upstream, self.send
        while True:
            message = await upstream.receive()
            if message.type is WSMsgType.TEXT:
                await send({"type": "websocket.send", "text": message.data})
            elif message.type is WSMsgType.BINARY:
                await send({"type": "websocket.send", "bytes": message.data})
            elif message.type is WSMsgType.CLOSE:
                return _closed_by(message.data, message.extra)
            elif message.type not in (WSMsgType.PING, WSMsgType.PONG):
                return Close(BAD_GATEWAY, "The program went away.")

    async def _watch_leave(self) -> Close:
        with changes_of(self.visit.target.public_id) as changed:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(ASKS_EVERY):
                        await changed.wait()
                changed.clear()
                if not await self._may_stay():
                    return Close(WITHDRAWN, "Access was withdrawn.")

    async def _may_stay(self) -> bool:
        visit = self.visit
        try:
            await visit_authorise(visit)
        except (Unauthenticated, NotFound):
            return False
        except TooMany:  # by somebody else at the same address
            return True
        except Exception:  # the database is away: nobody is thrown out for that
            log.exception("Could not ask whether a websocket to %s may stay", visit.target.host_label)
        return True


def _closed_by(code: int | None, reason: str | None) -> Close:
    """A container's close frame; one without a code becomes a normal end, since 1005 cannot be sent."""
    return Close(code if code and code != _NO_STATUS else 1000, reason or "")
