"""Browsers that may use one host of one workspace. The cookie holds a random key, the database its hash."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from accounts.keys import key_hash
from accounts.models import BrowserSession, User
from workspaces.gateway.credentials import cookie_names
from workspaces.gateway.hosts import Target
from workspaces.models import GatewaySession, GatewayTicket, Workspace

LIFETIME = timedelta(hours=12)
_SLIDES_EVERY = timedelta(hours=1)


def session_open(
    workspace: Workspace,
    host_label: str,
    *,
    user: User | None = None,
    session_key: str = "",
    guest_by: str = GatewaySession.GuestBy.PASSWORD,
    version: int | None = None,
) -> str:
    """A key that opens this host from now on: for `user`, or for a guest by what they just gave, in that `version`
    of it; None for the workspace's password as it is."""
    key = secrets.token_urlsafe(32)
    now = timezone.now()
    session = GatewaySession(
        key_hash=key_hash(key),
        workspace=workspace,
        user=user,
        session_key=session_key,
        host=host_label,
        guest_by=guest_by,
        password_version=0 if user else workspace.password_version if version is None else version,
        created_at=now,
    )
    session.expires_at = min(now + LIFETIME, _latest_end(session, _platform_end(session_key)))
    session.save()
    return key


def session_find(target: Target, cookie_keys: tuple[str, ...]) -> GatewaySession | None:
    """The session of one of these keys at this host, unless it or the platform session behind it has ended.

    Whether its user or its password still opens the workspace is `authorise`'s business.
    """
    if not cookie_keys:
        return None
    now = timezone.now()
    signed_in = BrowserSession.objects.filter(session_key=OuterRef("session_key"), user_id=OuterRef("user_id"))
    platform = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now)
    return (
        GatewaySession.objects.filter(
            Q(session_key="") | (Exists(signed_in) & Exists(platform)),
            key_hash__in=[key_hash(key) for key in cookie_keys],
            host=target.host_label,
            workspace__public_id=target.public_id,
            expires_at__gt=now,
        )
        .select_related("workspace__kind", "workspace__owner", "user")
        .annotate(platform_end=Subquery(platform.values("expire_date")[:1]))
        .first()
    )


def session_keep(session: GatewaySession) -> None:
    """A session in use lasts 12 hours from now, but never longer than the platform session it came from."""
    now = timezone.now()
    if session.expires_at - now > LIFETIME - _SLIDES_EVERY:
        return
    end = min(now + LIFETIME, _latest_end(session, getattr(session, "platform_end", None)))
    if end > session.expires_at:
        GatewaySession.objects.filter(pk=session.pk).update(expires_at=end)


def session_end(target: Target, cookie_keys: tuple[str, ...]) -> None:
    """The sessions of these keys at this host are gone; none is not an error."""
    hashes = [key_hash(key) for key in cookie_keys]
    GatewaySession.objects.filter(key_hash__in=hashes, host=target.host_label).delete()


def sessions_prune() -> int:
    """Sessions and tickets that ended are gone; returns how many rows that were."""
    now = timezone.now()
    return sum(model.objects.filter(expires_at__lt=now).delete()[0] for model in (GatewaySession, GatewayTicket))


def _platform_end(session_key: str) -> datetime | None:
    return Session.objects.filter(session_key=session_key).values_list("expire_date", flat=True).first()


def _latest_end(session: GatewaySession, platform_end: datetime | None) -> datetime:
    """A user without a platform session (the ticket was asked for by a token) has to come back with a new ticket."""
    if platform_end is not None:
        return platform_end
    longest = LIFETIME if session.user_id else timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return session.created_at + longest


def session_cookie(key: str) -> tuple[bytes, bytes]:
    """The Set-Cookie header that gives a browser `key` for this host alone; "" takes it away."""
    end = "" if key else "; Max-Age=0"
    secure = "; Secure" if settings.SECURE else ""
    return b"set-cookie", f"{cookie_names().gate}={key}; Path=/; HttpOnly; SameSite=Lax{secure}{end}".encode()
