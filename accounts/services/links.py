"""Links that sign somebody in once, for the first start and for who has no mail."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from accounts.audit import audit
from accounts.guests import guest_refused
from accounts.keys import key_hash
from accounts.models import SignInLink, User
from accounts.rate import client_of, rate_limit
from accounts.services.codes import TRY_PER_CLIENT, WINDOW
from accounts.services.users import check_unlocked
from spaces_site.errors import Invalid


def link_issue(user: User, *, minutes: int = 60) -> str:
    """An address that signs `user` in once, within `minutes`. Raises `Forbidden` (GUEST): they have others."""
    if user.is_guest:
        raise guest_refused()
    key = secrets.token_urlsafe(32)
    expires_at = timezone.now() + timedelta(minutes=minutes)
    with transaction.atomic():
        SignInLink.objects.create(user=user, key_hash=key_hash(key), expires_at=expires_at)
        audit(SYSTEM, "link.issue", email=user.email)
    return f"{settings.BASE_URL}/sign-in/link/{key}"


def link_use(actor: Actor, key: str) -> User:
    """Whose link it is; it is used. Raises LINK_INVALID, and `Forbidden` for a locked account.

    Never call it for a GET: mail scanners and previews follow links. Raises `TooMany` for a client that keeps guessing:
    nobody guesses a key, but each try is an event in the audit.
    """
    rate_limit("link-try", client_of(actor.address), limit=TRY_PER_CLIENT, window=WINDOW)
    links = SignInLink.objects.filter(key_hash=key_hash(key), used_at=None, expires_at__gt=timezone.now())
    link = links.select_related("user").first()
    if link is not None:
        check_unlocked(actor, link.user)
        with transaction.atomic():
            if links.update(used_at=timezone.now()):  # of two at once, one
                audit(replace(actor, user=link.user), "link.use")
                return link.user
    audit(actor, "user.sign_in_refused", reason="link")
    raise Invalid(_("This link was used before or is too old. Ask for a new one."), code="LINK_INVALID")
