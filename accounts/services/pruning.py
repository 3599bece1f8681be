"""Forgets what has served its time."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import BrowserSession, EmailCode, SignInLink
from accounts.rate import rate_prune

KEEP = timedelta(days=1)


def accounts_prune() -> None:
    """Afterwards codes, links, rate windows and sessions that are over are gone. For a periodic task."""
    now = timezone.now()
    EmailCode.objects.filter(expires_at__lt=now - KEEP).delete()
    SignInLink.objects.filter(expires_at__lt=now - KEEP).delete()
    Session.objects.filter(expire_date__lt=now).delete()
    BrowserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    rate_prune()
