"""The development inbox: mail that was not sent anywhere, for whoever sits at this machine."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")
"""One of these stands in a request that some proxy passed on."""


def inbox_is_open(request: HttpRequest) -> bool:
    """Whether this request may read the inbox: development mail, and a client on this very machine.

    Whoever reads it can sign in as anybody, so a request that some proxy forwarded is not from this machine.
    """
    forwarded = any(name in request.headers for name in FORWARDED)
    return bool(settings.DEV_INBOX) and _is_loopback(request) and not forwarded


@require_GET
@never_cache
def inbox(request: HttpRequest) -> HttpResponse:
    """The mail of this installation, newest first."""
    if not inbox_is_open(request):
        raise Http404
    from accounts.mail import inbox_messages

    return render(request, "accounts/inbox.html", {"mails": inbox_messages()})


def _is_loopback(request: HttpRequest) -> bool:
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
