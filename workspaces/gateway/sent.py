"""A request's body on its way to us, piece by piece, in constant memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from workspaces.files.body import BodyGone
from workspaces.gateway.visit import Receive

DRAINS_BYTES, DRAINS_SECONDS = 64 * 1024**2, 20.0
"""So much is read of a body that is not wanted: a browser that still sends would not hear why."""


class Sent:
    """A request's body, to be read once."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._more = receive, True

    async def pieces(self) -> AsyncIterator[bytes]:
        """What is still to come of it. Raises `BodyGone` when the sender leaves before."""
        while self._more:
            message = await self._receive()
            self._more = message.get("more_body", False)
            if message["type"] == "http.disconnect":
                raise BodyGone
            if piece := message.get("body"):
                yield piece

    async def drain(self) -> None:
        """Read on to its end, if that is not too far."""
        count = 0
        with suppress(BodyGone, TimeoutError):
            async with asyncio.timeout(DRAINS_SECONDS):
                async for piece in self.pieces():
                    count += len(piece)
                    if count > DRAINS_BYTES:
                        return
