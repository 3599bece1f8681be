"""Credentials of programs. A token is shown once; the database has its hash, which 256 random bits need no key for."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor, full_member, signed_in
from accounts.audit import audit
from accounts.guests import guest_refused
from accounts.keys import key_hash
from accounts.models import ApiToken, User
from spaces_site.errors import Forbidden, Invalid, NotFound

PREFIX = "sp_"
NAME_LENGTH = 80
USED_EVERY = timedelta(minutes=1)


def token_issue(actor: Actor, user: User, *, name: str, expires_in: timedelta | None = None) -> tuple[ApiToken, str]:
    """A new token of `user` and its text, which nobody can read again.

    Raises `Invalid` for a missing or long name, `Forbidden` (GUEST) when it is a guest.
    """
    if user.is_guest:
        raise guest_refused()
    name = " ".join(name.replace("\0", " ").split())  # which PostgreSQL takes in no text
    if not name:
        raise Invalid(_("Give the token a name."), code="NAME_REQUIRED", details={"name": _("Give the token a name.")})
    if len(name) > NAME_LENGTH:
        message = _("The name is longer than %(length)d characters.") % {"length": NAME_LENGTH}
        raise Invalid(message, code="NAME_TOO_LONG", details={"name": message})
    raw = PREFIX + secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            name=name,
            prefix=raw[:8],
            key_hash=key_hash(raw),
            created_at=now,
            expires_at=now + expires_in if expires_in else None,
        )
        audit(actor, "token.issue", token=token.pk, name=name, email=user.email)
    return token, raw


def token_sign_in(actor: Actor, user: User, *, name: str) -> tuple[ApiToken, str]:
    """A new token for who has just proved to be `user`, written down as a sign-in of theirs."""
    actor = replace(actor, user=user, via="token")
    with transaction.atomic():
        audit(actor, "user.sign_in", name=name)
        return token_issue(actor, user, name=name)


def token_revoke(actor: Actor, token_id: int) -> None:
    """Afterwards the actor's token signs nobody in. Twice is fine. Raises `NotFound` for another person's."""
    _revoke(actor, ApiToken.objects.filter(user=signed_in(actor)), token_id)


def token_revoke_any(actor: Actor, token_id: int) -> None:
    """As `token_revoke`, for anybody's token. Raises `Forbidden` without the permission to change tokens."""
    if not signed_in(actor).has_perm("accounts.change_apitoken"):
        raise Forbidden(_("You may not revoke other people's tokens."))
    _revoke(actor, ApiToken.objects.all(), token_id)


def _revoke(actor: Actor, tokens: QuerySet[ApiToken], token_id: int) -> None:
    with transaction.atomic():
        changed = tokens.filter(pk=token_id, revoked_at=None).update(revoked_at=timezone.now())
        token = tokens.filter(pk=token_id).first()
        if token is None:
            raise NotFound(_("There is no such token."), code="TOKEN_NOT_FOUND")
        if changed:
            audit(actor, "token.revoke", token=token.pk, name=token.name)


def token_authenticate(raw: str, address: str | None) -> ApiToken | None:
    """The token whose text is `raw`, unless it is revoked, over, or its owner locked. Notes its use once a minute."""
    # Each request of a program comes by here, so the question is the plainest one, and the rest is asked of the answer.
    try:
        token = ApiToken.objects.select_related("user").get(key_hash=key_hash(raw))
    except ApiToken.DoesNotExist:
        return None
    now = timezone.now()
    if not _is_live(token, now):
        return None
    if token.last_used_at is None or token.last_used_at < now - USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now, last_used_address=address)
    return token


def _is_live(token: ApiToken, now: datetime) -> bool:
    return token.revoked_at is None and (token.expires_at is None or token.expires_at > now) and token.user.is_active


def tokens_for(actor: Actor) -> QuerySet[ApiToken]:
    """The actor's tokens that are not revoked, the newest first."""
    return ApiToken.objects.filter(user=full_member(actor), revoked_at=None)
