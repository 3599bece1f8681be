"""The one aiohttp session that talks to containers, made in the running loop when it is first needed."""

from __future__ import annotations

import asyncio

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

_CONNECT = 5.0
_KEEPALIVE = 4.0
"""Shorter than the five seconds after which Node closes an idle connection, or a POST would meet it closed at times."""
_BUFFER = 64 * 1024
_HEADER = 64 * 1024


class Upstream:
    """Holds the session of one event loop."""

    def __init__(self) -> None:
        self._session: ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def session(self) -> ClientSession:
        """The session of the running loop; it follows no redirects, keeps no cookies and touches no encoding.

        By https it believes whatever certificate it is shown: a container signs its own, and the way to it is a network
        with nothing else in it.
        """
        loop = asyncio.get_running_loop()
        if self._session is None or self._session.closed or self._loop is not loop:
            self._session, self._loop = _new_session(), loop
        return self._session

    async def close(self) -> None:
        """Connections to containers are closed; a later request makes a new session."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def _new_session() -> ClientSession:
    return ClientSession(
        connector=TCPConnector(
            limit=0, limit_per_host=0, keepalive_timeout=_KEEPALIVE, use_dns_cache=False, ssl=False
        ),
        cookie_jar=DummyCookieJar(),
        timeout=ClientTimeout(total=None, sock_connect=_CONNECT),
        auto_decompress=False,
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        read_bufsize=_BUFFER,
        max_line_size=_HEADER,
        max_field_size=_HEADER,
        trust_env=False,
    )
