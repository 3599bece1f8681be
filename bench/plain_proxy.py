"""The peer of the gateway: nothing but a reverse proxy, with the same server and the same client library.

`UPSTREAM=http://10.0.0.1:9000 uvicorn bench.plain_proxy:app`. It checks nothing, knows nobody and keeps nothing apart.
"""

from __future__ import annotations

import os
from typing import Any

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

UPSTREAM = os.environ.get("UPSTREAM", "")
HOP_BY_HOP = {b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"date", b"host"}
_session: ClientSession | None = None


def session() -> ClientSession:
    global _session
    if _session is None:
        _session = ClientSession(
            connector=TCPConnector(limit=0, limit_per_host=0),
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=None),
            auto_decompress=False,
        )
    return _session


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Requests without a body go to the upstream, and its answer comes back chunk by chunk."""
    assert scope["type"] == "http"
    headers = [(name.decode(), value.decode()) for name, value in scope["headers"] if name not in HOP_BY_HOP]
    async with session().request(scope["method"], UPSTREAM + scope["path"], headers=headers) as answer:
        kept = [(name.lower(), value) for name, value in answer.raw_headers if name.lower() not in HOP_BY_HOP]
        await send({"type": "http.response.start", "status": answer.status, "headers": kept})
        async for chunk in answer.content.iter_any():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
