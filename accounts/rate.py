"""How often somebody may try something. One UPDATE decides, so any number of threads and processes agree."""

from __future__ import annotations

import ipaddress
import math
from datetime import datetime, timedelta

from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.models import RateWindow
from spaces_site.errors import TooMany

LONGEST = timedelta(days=1)
"""No window is longer; older rows say nothing any more."""


def rate_limit(bucket: str, who: str, *, limit: int, window: timedelta) -> None:
    """Count one try of `who` in `bucket`. Raises `TooMany` when `limit` were counted since the first of this `window`.

    `who` (an address, a mailbox) is stored as a keyed hash. Call it outside of a transaction, which may roll back.
    """
    now = timezone.now()
    key = _key(bucket, who)
    if _count(key, limit, now, window):
        return
    RateWindow.objects.bulk_create([RateWindow(bucket=key, started_at=now)], ignore_conflicts=True)
    if _count(key, limit, now, window):
        return
    started_at = RateWindow.objects.values_list("started_at", flat=True).get(bucket=key)
    raise _too_many(started_at + window - now)


def _too_many(wait: timedelta) -> TooMany:
    message = _("Too many attempts. Please wait a while and try again.")
    return TooMany(message, retry_after=math.ceil(wait.total_seconds()))


def rate_check(bucket: str, who: str, *, limit: int, window: timedelta) -> None:
    """Raises `TooMany` when `who` has no try left. Nothing is counted: for where only wrong ones are, so that any
    number of right ones may come at once."""
    now = timezone.now()
    spent = RateWindow.objects.filter(bucket=_key(bucket, who), count__gte=limit, started_at__gt=now - window).first()
    if spent is not None:
        raise _too_many(spent.started_at + window - now)


def rate_refund(bucket: str, who: str) -> None:
    """Give back the try that `rate_limit` has counted, when it was right: only wrong ones are to be few."""
    RateWindow.objects.filter(bucket=_key(bucket, who), count__gt=0).update(count=F("count") - 1)


def _key(bucket: str, who: str) -> str:
    return f"{bucket}:{salted_hmac('accounts.rate', who, algorithm='sha256').hexdigest()[:40]}"


def _count(key: str, limit: int, now: datetime, window: timedelta) -> bool:
    """Whether there was room. Both columns see the row's old values, so a window that is over begins anew once."""
    over = Q(started_at__lte=now - window)
    return bool(
        RateWindow.objects.filter(over | Q(count__lt=limit), bucket=key).update(
            count=Case(When(over, then=Value(1)), default=F("count") + 1),
            started_at=Case(When(over, then=Value(now)), default=F("started_at")),
        )
    )


def client_of(address: str | None) -> str:
    """Who a client is for a limit: its IPv4 address, or its IPv6 /64, of which one machine has all to choose from."""
    if not address:
        return "unknown"
    ip = ipaddress.ip_address(address)
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)


def rate_prune() -> int:
    """Forget windows that are over; how many."""
    return RateWindow.objects.filter(started_at__lt=timezone.now() - LONGEST).delete()[0]
