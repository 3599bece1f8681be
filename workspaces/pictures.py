"""The small picture of what a running desktop shows, asked of its container only while somebody looks.

Asking wakes nothing and is no use of the workspace. What a container answers is not believed: it has two seconds and
300 kB, it sends nobody elsewhere, and only what begins as a JPEG or a PNG is handed on. However many look, a container
is asked once in `KEPT` seconds, and one that gives nothing once in `KEPT_NOTHING`; per process of the site.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, StreamReader, TCPConnector
from yarl import URL

from workspaces.app_scheme import app_scheme
from workspaces.models import Workspace
from workspaces.states import State

SMALL, WIDE = 320, 640
"""Widths in pixels: in lists, and where one stands alone. A path with a query of its own says its width itself."""
ASK_SECONDS = 2.0
MOST_BYTES = 300_000
KEPT, KEPT_NOTHING = 3.0, 8.0
MOST_KEPT = 100
MOST_ASKED = 16
"""Containers that are asked at the same time."""
MOST_WAITING = 64
"""Who waits for an answer has a thread of the server; whoever comes beyond these gets nothing this time."""
_PATH = re.compile(r"/[\x21-\x7e]*")
_BEGINNINGS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


@dataclass(frozen=True, slots=True)
class Picture:
    """`media_type` follows from the first bytes of `content`, `etag` (with its quotes) from all of them."""

    content: bytes
    media_type: str
    etag: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a picture is asked for. One that was started anew is another one: it may be somebody else's by then."""

    workspace_id: int
    container_id: str
    started_at: datetime | None
    url: URL


def has_picture(workspace: Workspace) -> bool:
    """Whether its kind has a picture to show while it runs; asks the database nothing when the kind is at hand."""
    return workspace.port > 0 and _PATH.fullmatch(workspace.kind.picture_path) is not None


def is_pictured(workspace: Workspace) -> bool:
    """Whether there may be a picture of it now: what is paused or stopped has none, whatever it showed before."""
    return workspace.state == State.RUNNING and bool(workspace.address) and has_picture(workspace)


async def picture_of(workspace: Workspace, *, width: int = SMALL) -> Picture | None:
    """What its desktop shows, at most `KEPT` seconds old. None when it does not run, has no picture, gives none in
    time, or too many are asked for at the moment. Takes the row with its kind, and asks the database nothing."""
    if not is_pictured(workspace):
        return None
    return await _asker.picture(
        Source(workspace.pk, workspace.container_id, workspace.started_at, _url(workspace, width))
    )


def picture_from(content: bytes) -> Picture | None:
    """`content` as a picture; None when it does not begin as one."""
    for beginning, media_type in _BEGINNINGS.items():
        if content.startswith(beginning):
            return Picture(content, media_type, f'"{blake2b(content, digest_size=12).hexdigest()}"')
    return None


def _url(workspace: Workspace, width: int) -> URL:
    """Host and port are those of the row, whatever the kind's path looks like."""
    path, _mark, query = workspace.kind.picture_path.partition("?")
    return URL.build(
        scheme=app_scheme(workspace, workspace.port),
        host=workspace.address or "",
        port=workspace.port,
        path=path,
        query_string=query or f"width={width}",
        encoded=True,
    )


class Asker:
    """Asks each source once at a time, and remembers the answers for a moment. For one event loop at a time."""

    def __init__(self) -> None:
        self.kept: dict[Source, tuple[float, Picture | None]] = {}
        self.asked: dict[Source, asyncio.Task[Picture | None]] = {}
        self.waiting = 0
        self.loop: asyncio.AbstractEventLoop | None = None

    async def picture(self, source: Source) -> Picture | None:
        """The newest one, or None."""
        loop = asyncio.get_running_loop()
        if self.loop is not loop:
            self.loop, self.asked = loop, {}
        until, picture = self.kept.get(source, (0.0, None))
        if time.monotonic() < until:
            return picture
        task = self.asked.get(source)
        if self.waiting >= MOST_WAITING or (task is None and len(self.asked) >= MOST_ASKED):
            return None
        if task is None:
            task = self.asked[source] = loop.create_task(self._ask(source))
        self.waiting += 1
        try:
            return await asyncio.shield(task)  # others wait for it too
        finally:
            self.waiting -= 1

    async def _ask(self, source: Source) -> Picture | None:
        try:
            content = await _content(source.url)
            picture = picture_from(content)
            self._keep(source, picture)
            return picture
        finally:
            self.asked.pop(source, None)

    def _keep(self, source: Source, picture: Picture | None) -> None:
        now = time.monotonic()
        for old in [old for old, (until, _picture) in self.kept.items() if until <= now]:
            del self.kept[old]
        if len(self.kept) >= MOST_KEPT:
            del self.kept[next(iter(self.kept))]
        self.kept[source] = (now + (KEPT if picture else KEPT_NOTHING), picture)


async def _content(url: URL) -> bytes:
    """What is answered; b"" when that is nothing, too long, too late, or not an answer at all.

    A connection of its own: what is asked every few seconds would find none that is still open. The certificate is the
    container's own, and the way to it is its own network, so there is nobody to vouch for it.
    """
    session = ClientSession(
        connector=TCPConnector(limit=1, force_close=True, use_dns_cache=False),
        cookie_jar=DummyCookieJar(),
        timeout=ClientTimeout(total=ASK_SECONDS),
        auto_decompress=False,
        trust_env=False,
    )
    headers = {"Accept": ", ".join(_BEGINNINGS.values()), "Accept-Encoding": "identity"}
    try:
        async with session, session.get(url, headers=headers, allow_redirects=False, ssl=False) as answer:
            if answer.status != 200 or (answer.content_length or 0) > MOST_BYTES:
                return b""
            return await _read(answer.content)
    except (ClientError, OSError, ValueError):  # TimeoutError is an OSError
        return b""


async def _read(stream: StreamReader) -> bytes:
    content = bytearray()
    async for chunk in stream.iter_any():
        content += chunk
        if len(content) > MOST_BYTES:
            return b""
    return bytes(content)


_asker = Asker()
