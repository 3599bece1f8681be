"""Request bodies that go straight to a workspace, at the pace at which it takes them, instead of being written to disk.

Django reads a whole body before it asks who sends it. For the addresses here it is told that there is none: its view
checks what is to be checked, and then reads the body itself.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

SCOPE_KEY = "spaces.body"
ADDRESS = re.compile(r"/workspaces/[-a-zA-Z0-9_]+/files/upload")


class BodyGone(Exception):
    """The sender left before its body was whole."""


class Body:
    """A body as it comes, to be read once by `async for`; raises `BodyGone`. `size`: as announced, or None."""

    def __init__(self, receive: Any, headers: list[tuple[bytes, bytes]]) -> None:
        announced = dict(headers).get(b"content-length", b"")
        self.size = int(announced[:19]) if announced.isdigit() else None
        self._receive = receive
        self._begun = False
        self._over = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise BodyGone
            more = message.get("more_body", False)
            if data := message.get("body", b""):
                yield data
        self._over.set()

    async def receive(self) -> dict[str, Any]:
        """What Django is told: an empty body, and after the real one whatever follows it."""
        if not self._begun:
            self._begun = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._over.wait()
        message: dict[str, Any] = await self._receive()
        return message


class BodyStream:
    """ASGI wrapper: `application` gets a PUT to `ADDRESS` with its body in the scope; `others` all else."""

    def __init__(self, application: Any, others: Any) -> None:
        self.application, self.others = application, others

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "PUT" or not ADDRESS.fullmatch(scope["path"]):
            await self.others(scope, receive, send)
            return
        body = Body(receive, scope["headers"])
        await self.application({**scope, SCOPE_KEY: body}, body.receive, send)
