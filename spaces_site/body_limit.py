"""Keeps bodies that are too large away from the platform.

Django writes a whole body to disk before it looks at who sends it, so that without this anybody could fill the disk.
What goes to workspaces passes by here: the gateway hands it on as it comes.
"""

from __future__ import annotations

import json
from typing import Any

LARGEST_BODY_BYTES = 32 * 1024**2
"""More than any form or API of ours takes; each of those has a smaller limit of its own."""


class BodyLimit:
    """ASGI wrapper: 413 for a request to `application` whose body is larger than `most` bytes, announced or not."""

    def __init__(self, application: Any, most: int = LARGEST_BODY_BYTES) -> None:
        self.application, self.most = application, most

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        left = self.most

        async def receive_counted() -> dict[str, Any]:
            nonlocal left
            message: dict[str, Any] = await receive()
            left -= len(message.get("body", b""))
            return message if left >= 0 else {"type": "http.disconnect"}

        if scope["type"] == "http" and _announced(scope) > self.most:
            await _refuse(send)
            return
        await self.application(scope, receive_counted, send)
        if left < 0:  # the application took it for a client that went away, and said nothing
            await _refuse(send)


def _announced(scope: dict[str, Any]) -> int:
    """Bytes of the body as the request says; 0 when it does not."""
    value = dict(scope["headers"]).get(b"content-length", b"")
    return int(value[:19]) if value.isdigit() else 0


async def _refuse(send: Any) -> None:
    body = json.dumps({"success": False, "error": "The body is too large.", "code": "TOO_LARGE"}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 413, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": body})
