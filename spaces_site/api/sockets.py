"""Who calls over a websocket: as `auth.py`, but for a body, which an upgrade has none of.

A browser's page must be one of ours, whatever credential it brings: scheme, host and port. Programs send no origin.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs

from channels.auth import AuthMiddlewareStack
from django.conf import settings
from django.http.request import split_domain_port, validate_host

from accounts.actors import Actor
from accounts.middleware import address_of
from accounts.models import User
from accounts.services import owner
from spaces_site.api.auth import COOKIE, token_of, without_scheme
from spaces_site.errors import SpacesError
from workspaces.gateway.visit import App, Receive, Scope, Send
from workspaces.gateway.websocket import refuse
from workspaces.terminal.threads import in_thread


def with_actor(inner: App) -> App:
    """`inner` with the scope's `actor` set, somebody or nobody, and `session_key` beside it. Other origins get 403."""

    async def known(scope: Scope, receive: Receive, send: Send) -> None:
        actor, session_key = await in_thread(_actor, scope)
        await inner({**scope, "actor": actor, "session_key": session_key}, receive, send)

    stack: App = AuthMiddlewareStack(known)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if origin_allowed(scope):
            await stack(scope, receive, send)
        else:
            await receive()  # websocket.connect
            await refuse(scope, send, 403, "This websocket was opened from another site.")

    return app


def origin_allowed(scope: Scope) -> bool:
    """Whether it comes from a page of ours, or from a program."""
    origin, host = _header(scope, b"origin"), _header(scope, b"host")
    if not origin:
        return True
    domain, _port = split_domain_port(host)
    scheme = "https" if settings.SECURE else "http"
    ours = {f"{scheme}://{host.lower()}"} if domain and validate_host(domain, settings.ALLOWED_HOSTS) else set()
    return origin.lower() in {*ours, *settings.CSRF_TRUSTED_ORIGINS}


def _actor(scope: Scope) -> tuple[Actor, str]:
    """Who asks, and the key of the session where that is the credential. One who brings a bad token is nobody."""
    peer = (scope.get("client") or ("", 0))[0]
    visitor = Actor(None, "browser", address_of(peer, _header(scope, b"x-forwarded-for")))
    if settings.AUTH_DISABLED:
        return replace(visitor, user=owner(), via="open"), ""
    explicit = without_scheme(_header(scope, b"authorization")) or _query(scope, "key")
    user = scope.get("user")
    if not explicit and isinstance(account := getattr(user, "_wrapped", user), User):
        return replace(visitor, user=account), scope["session"].session_key or ""
    raw = explicit or scope.get("cookies", {}).get(COOKIE, "")
    if not raw:
        return visitor, ""
    try:
        token = token_of(visitor, raw)
    except SpacesError:
        return visitor, ""
    return replace(visitor, user=token.user, via="token", token_id=token.pk), ""


def _header(scope: Scope, name: bytes) -> str:
    """The last one of that name; a proxy of ours adds its own behind what a client sent."""
    values = [value for key, value in scope["headers"] if key == name]
    return values[-1].decode("latin-1").strip() if values else ""


def _query(scope: Scope, name: str) -> str:
    return parse_qs(scope["query_string"].decode("latin-1")).get(name, [""])[0]
