"""What stands in for a participant's browser at a rehearsal: requests to the gateway, and what came back of each."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from workshop.services.seats.first_page import MOST_BYTES
from workspaces.gateway.app import Gateway


@dataclass(slots=True)
class Browser:
    """What one visitor's browser keeps, and what it got last; of a body no more than says how a desktop is."""

    gateway: Gateway
    cookies: dict[str, str] = field(default_factory=dict)
    status: int = 0
    location: str = ""
    body: bytes = b""

    async def get(self, url: str) -> None:
        """Afterwards `status`, `location` and `body` are those of the whole answer."""
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
        if message["type"] == "http.response.body":
            self.body += message.get("body", b"")[: MOST_BYTES - len(self.body)]
        if message["type"] != "http.response.start":
            return
        self.status, self.location, self.body = message["status"], "", b""
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
