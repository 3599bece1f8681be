"""Browsers that are signed in. A `BrowserSession` describes Django's session; the latter alone lets somebody in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.contrib.auth import SESSION_KEY, login, logout
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor, full_member
from accounts.audit import audit
from accounts.models import BrowserSession, User
from spaces_site.errors import NotFound

BACKEND = "django.contrib.auth.backends.ModelBackend"
SEEN_EVERY = timedelta(minutes=1)


def session_open(request: HttpRequest, user: User) -> BrowserSession:
    """Afterwards this browser is signed in as `user`, under a session key nobody knew; `request.actor` says so."""
    before: Actor = request.actor  # type: ignore[attr-defined]
    if SESSION_KEY in request.session:
        _forget([request.session.session_key or ""])
        request.session.flush()  # login() would keep the key of one who signs in again
    login(request, user, backend=BACKEND)
    actor = replace(before, user=user, via="browser")
    request.actor = actor  # type: ignore[attr-defined]
    with transaction.atomic():
        session = BrowserSession.objects.create(
            user=user,
            session_key=request.session.session_key or "",
            user_agent=request.headers.get("User-Agent", "")[:300].replace("\0", ""),
            address=actor.address,
        )
        audit(actor, "user.sign_in")
    return session


def session_close(request: HttpRequest) -> None:
    """Afterwards this browser is signed out. Nobody signed in is fine."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if SESSION_KEY in request.session and actor.user is not None:
        audit(actor, "user.sign_out")
    _forget([request.session.session_key or ""])
    logout(request)
    request.actor = replace(actor, user=None)  # type: ignore[attr-defined]


def session_touch(key: str, address: str | None) -> None:
    """Note that the browser was seen, at most once a minute. Reads first: SQLite locks for an UPDATE of no rows too."""
    now = timezone.now()
    row = BrowserSession.objects.filter(session_key=key).only("last_seen_at").first()
    if row and row.last_seen_at < now - SEEN_EVERY:
        BrowserSession.objects.filter(pk=row.pk).update(last_seen_at=now, address=address)


def session_revoke(actor: Actor, session_id: int) -> None:
    """Afterwards that browser of the actor is signed out. Raises `NotFound` for another's, or one that is over."""
    session = sessions_for(actor).filter(pk=session_id).first()
    if session is None:
        raise NotFound(_("There is no such sign-in."), code="SESSION_NOT_FOUND")
    with transaction.atomic():
        _forget([session.session_key])
        audit(actor, "session.revoke", user_agent=session.user_agent)


def sessions_revoke_others(actor: Actor, current_key: str | None) -> int:
    """Afterwards only the browser with `current_key` is signed in; how many were signed out."""
    keys = list(sessions_for(actor).exclude(session_key=current_key or "").values_list("session_key", flat=True))
    if keys:
        with transaction.atomic():
            _forget(keys)
            audit(actor, "session.revoke_others", count=len(keys))
    return len(keys)


def sessions_for(actor: Actor) -> QuerySet[BrowserSession]:
    """The actor's browsers that are signed in, the last seen first."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return BrowserSession.objects.filter(user=full_member(actor), session_key__in=alive)


def sessions_end(user: User) -> None:
    """Afterwards no browser is signed in as `user`."""
    _forget(list(BrowserSession.objects.filter(user=user).values_list("session_key", flat=True)))


def _forget(keys: list[str]) -> None:
    Session.objects.filter(session_key__in=keys).delete()
    BrowserSession.objects.filter(session_key__in=keys).delete()
