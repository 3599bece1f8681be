"""One request as the gateway sees it, read in one pass: what is for us is taken out, the rest is for the container."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.conf import settings

from accounts.middleware import address_of
from workspaces.gateway.credentials import (
    Names,
    basic_in,
    cookie_names,
    cookie_split,
    header_is_private,
    query_without_tokens,
    token_in,
)
from workspaces.gateway.hosts import Target

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HOP_BY_HOP = frozenset(
    {"connection", "proxy-connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
    | {"proxy-authenticate", "proxy-authorization", "http2-settings"}
)
"""RFC 9110, 7.6.1 and 11.7: for the next hop alone."""
WEBSOCKET_OWN = frozenset(f"sec-websocket-{name}" for name in ("key", "version", "extensions", "protocol", "accept"))
_OURS = frozenset({"content-length", "expect"})
_USUAL_IN_CONNECTION = {"", "close", "keep-alive", "upgrade"}
MAX_HEADERS = 200
MAX_PATH = 16 * 1024


class BadRequest(Exception):
    """The request cannot be passed on as it is; the text says why, for a person."""


@dataclass(slots=True)
class Visit:
    """A request to `target`. `headers` are what the container may see; `host` is the Host header as it was sent.

    `path` and `query` stay as they were sent, percent signs and all. `address` is the client's IP address. `basic`: the
    user name and password of a program, still encoded, where the target asks for them.
    """

    target: Target
    host: str
    method: str
    path: str
    query: str
    address: str | None
    headers: list[tuple[str, str]] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)
    cookie_keys: tuple[str, ...] = ()
    token: str = ""
    basic: str = ""
    names: Names = field(default_factory=cookie_names)

    def get(self, name: str) -> str:
        """A request header by its lower-case name, "" when it is missing; of several the last."""
        return self.seen.get(name, "")

    @property
    def has_body(self) -> bool:
        return "transfer-encoding" in self.seen or self.seen.get("content-length", "0") != "0"

    @property
    def is_navigation(self) -> bool:
        """Whether a person is looking: a page load, not a script's request nor the browser's guess at the next page."""
        guessed = "prefetch" in self.get("sec-purpose") + self.get("purpose")
        return self.method == "GET" and self.wants_page and not guessed

    @property
    def wants_page(self) -> bool:
        """Whether the answer is for a person's eyes: a page load, or a form that was sent."""
        return "text/html" in self.get("accept") and self.get("sec-fetch-mode") in ("", "navigate")

    @property
    def next_path(self) -> str:
        """Path and query, for coming back later. Never what a browser would take for the name of another host."""
        path = "/" if self.path.startswith(("//", "/\\")) else self.path
        return f"{path}?{self.query}" if self.query else path

    @property
    def open_url(self) -> str:
        """The platform's page that checks who it is and sends the browser back here with a ticket."""
        return self.open_url_for(self.next_path)

    def open_url_for(self, path: str) -> str:
        """As `open_url`, to come back to another path of this host."""
        then = f"next={quote(path, safe='/')}"
        if self.target.by_name:  # which does not say whose workspace it leads to
            return f"{settings.BASE_URL}/workspaces/named/{self.target.host_label}/open?{then}"
        port = f"port={self.target.port}&" if self.target.port else ""
        return f"{settings.BASE_URL}/workspaces/{self.target.public_id}/open?{port}{then}"


def visit_read(scope: Scope, target: Target) -> Visit:
    """The request in `scope`. Raises `BadRequest` when it is out of form or of size."""
    client, path, pairs = scope.get("client"), _path(scope), scope["headers"]
    if len(pairs) > MAX_HEADERS or len(path) > MAX_PATH:
        raise BadRequest("The request is too long.")
    visit = Visit(
        target=target,
        host="",
        method=scope.get("method", "GET"),
        path=path,
        query=query_without_tokens(scope["query_string"].decode("latin-1")),
        address=None,
    )
    _read_headers(visit, pairs)
    visit.address = address_of(client[0] if client else "", visit.get("x-forwarded-for"))
    _add_forwarded(visit)
    return visit


def _path(scope: Scope) -> str:
    raw = scope.get("raw_path")
    path: str = raw.decode("latin-1") if raw else quote(scope["path"])
    if not path.startswith("/"):
        raise BadRequest("The request has no path.")
    return path


def _text(value: bytes) -> str:
    """Header bytes as text that encodes to the same bytes again where they are UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _read_headers(visit: Visit, pairs: list[tuple[bytes, bytes]]) -> None:
    cookies, seen, out = [], visit.seen, visit.headers
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1"), _text(raw_value)
        seen[name] = value
        if name == "host":
            if visit.host:
                raise BadRequest("The request names two hosts.")
            visit.host = value
        elif name == "cookie":
            cookies.append(value)
        elif name == "authorization" and (token := token_in(value)):
            visit.token = token
        elif name == "authorization" and visit.target.asks and (given := basic_in(value)) is not None:
            visit.basic = given
        elif name not in HOP_BY_HOP and name not in _OURS and not header_is_private(name, value):
            out.append((name, value))
    if cookies:
        kept, visit.cookie_keys = cookie_split("; ".join(cookies), visit.names)
        if kept:
            out.append(("cookie", kept))
    if "connection" in seen:
        _drop_named_in_connection(visit)


def _drop_named_in_connection(visit: Visit) -> None:
    """Headers that Connection names go no further. Host and what else we set ourselves cannot be named away."""
    listed = {part.strip().lower() for part in visit.get("connection").split(",")} - _USUAL_IN_CONNECTION
    if listed:
        visit.headers[:] = [(name, value) for name, value in visit.headers if name not in listed]


def _add_forwarded(visit: Visit) -> None:
    visit.headers += [
        ("host", visit.host),
        ("x-forwarded-host", visit.host),
        ("x-forwarded-proto", "https" if settings.SECURE else "http"),
    ]
    if visit.address:
        visit.headers.append(("x-forwarded-for", visit.address))
