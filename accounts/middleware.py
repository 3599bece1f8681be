"""What every request carries: an id that ties log, audit and answer together, and who asks."""

from __future__ import annotations

import ipaddress
import re
import uuid

from django.conf import settings
from django.contrib.auth.middleware import get_user
from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from accounts.actors import Actor
from accounts.models import User
from accounts.services import owner, session_touch

REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{8,36}")
"""What another server's id may look like to be kept; the audit has room for 36."""


class RequestIdMiddleware(MiddlewareMixin):
    """Sets `request.request_id` and answers it as `X-Request-ID`."""

    def process_request(self, request: HttpRequest) -> None:
        given = request.headers.get("X-Request-ID", "")
        request.request_id = given if REQUEST_ID.fullmatch(given) else str(uuid.uuid4())  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response


class ActorMiddleware(MiddlewareMixin):
    """Sets `request.actor`. Django loads no locked account, so its session counts as signed out."""

    def process_request(self, request: HttpRequest) -> None:
        address = client_address(request)
        request_id = getattr(request, "request_id", "")
        if settings.AUTH_DISABLED:
            request.user = owner()
            request.actor = Actor(request.user, "open", address, request_id)  # type: ignore[attr-defined]
            return
        user = _account(request)
        if user and request.session.session_key:
            session_touch(request.session.session_key, address)
        request.actor = Actor(user, "browser", address, request_id)  # type: ignore[attr-defined]


def _account(request: HttpRequest) -> User | None:
    """The signed-in account itself, not Django's lazy wrapper of it, which would ask the database later."""
    user = get_user(request)
    return user if isinstance(user, User) else None


def client_address(request: HttpRequest) -> str | None:
    """The client's IP address."""
    return address_of(request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", ""))


def address_of(peer: str, forwarded_for: str) -> str | None:
    """The client's IP address. With `TRUST_PROXY` the last entry of `X-Forwarded-For`, which our proxy added."""
    address = _ip(peer)
    if getattr(settings, "TRUST_PROXY", False) and address and ipaddress.ip_address(address).is_private:
        return _ip(forwarded_for.rpartition(",")[2]) or address
    return address


def _ip(text: str) -> str | None:
    """`text` as an address, one of IPv4 in IPv6 clothes as IPv4; None when it is none."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
