"""A stream of server-sent events that says only that there is something new; the page asks for the rest.

So nobody asks every few seconds, and what is said needs no secrecy. An open stream costs a task and no database.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from channels.layers import get_channel_layer
from django.utils.translation import gettext as _

from spaces_site.errors import TooMany
from workspaces.gateway.answers import send_bytes
from workspaces.gateway.grant import Grant
from workspaces.gateway.visit import Receive, Send

LASTS_SECONDS = 600.0
"""Then the browser comes again, and whether it may is asked anew."""
BEATS_EVERY = 25.0
"""Seconds; proxies close what is silent for a minute."""
AGAIN_MS = 4000
PER_PERSON = 6
"""Streams of one person in one workspace at a time, per process: no browser opens more to one host."""
log = logging.getLogger(__name__)
_open: Counter[tuple[int, int | None]] = Counter()


async def news_send(grant: Grant, groups: Mapping[str, str], receive: Receive, send: Send) -> None:
    """Until the browser leaves or `LASTS_SECONDS` are over: an event for each message of these groups whose type is
    the one named. 204, after which a browser does not come again, when there are none. Raises `TooMany`."""
    layer = get_channel_layer()
    if layer is None or not groups:
        await send_bytes(send, 204, b"", "text/plain")
        return
    async with _place_of(grant), _listening(layer, groups) as channel:
        await _begin(send)
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await _stream(layer, channel, set(groups.values()), gone, send)
        finally:
            gone.cancel()
        if not gone.done() or gone.cancelled():
            await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def _place_of(grant: Grant) -> AsyncIterator[None]:
    who = (grant.workspace_id, grant.user_id)
    if _open[who] >= PER_PERSON:
        raise TooMany(_("This workspace is open too often."), retry_after=60)
    _open[who] += 1
    try:
        yield
    finally:
        _open[who] -= 1
        if not _open[who]:
            del _open[who]


@asynccontextmanager
async def _listening(layer: Any, groups: Mapping[str, str]) -> AsyncIterator[str]:
    channel = await layer.new_channel()
    try:
        for group in groups:
            await layer.group_add(group, channel)
        yield channel
    finally:
        for group in groups:
            with suppress(Exception):  # the layer's transport is away: it forgets the group by itself
                await layer.group_discard(group, channel)


async def _begin(send: Send) -> None:
    headers = [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-accel-buffering", b"no"),  # nginx would keep it until a page of it is full
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await _say(send, f"retry: {AGAIN_MS}\n\n")


async def _stream(layer: Any, channel: str, types: set[str], gone: asyncio.Future[None], send: Send) -> None:
    until = time.monotonic() + LASTS_SECONDS * (80 + secrets.randbelow(40)) / 100  # not all again in one moment
    heard = asyncio.ensure_future(layer.receive(channel))
    try:
        while not gone.done() and time.monotonic() < until:
            await asyncio.wait({gone, heard}, timeout=BEATS_EVERY, return_when=asyncio.FIRST_COMPLETED)
            if not heard.done():
                await _say(send, ":\n\n")
                continue
            message = heard.result()
            heard = asyncio.ensure_future(layer.receive(channel))
            if message.get("what", {}).get("type") in types:
                await _say(send, "data: new\n\n")
    except asyncio.CancelledError:
        log.debug("the server ends, and with it a stream")
    finally:
        heard.cancel()
        with suppress(asyncio.CancelledError):
            await heard


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _say(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
