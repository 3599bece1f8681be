"""Who calls an API: every form of credential, on every root.

Explicit ones first (header, `?key=`, body field), since whoever sends one means it: when it does not hold, the answer
is 401 even if a session would have done. Then the two cookies, which a browser adds unasked: the session's with
Django's CSRF check, and `auth_token` of old clients with a check of the origin (`origin.py`). The session wins over
`auth_token`, which a workspace on a sibling name could plant.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.actors import Actor, signed_in
from accounts.audit import audit
from accounts.guests import FOR_GUESTS, guest_refused
from accounts.models import ApiToken, User
from accounts.rate import client_of, rate_limit
from accounts.services import token_authenticate
from spaces_site.api.origin import refuse_cross_origin
from spaces_site.errors import Unauthenticated

if TYPE_CHECKING:  # that module loads this one, by its name in the settings
    from rest_framework.views import APIView

COOKIE = "auth_token"
SCHEMES = ("bearer", "token")
BODY_TYPES = ("application/json", "application/x-www-form-urlencoded")
MOST_BODY_BYTES = 1024 * 1024
FAILURES_PER_MINUTE = 60
"""Tokens that do not hold, from one client."""


class ActorAuthentication(BaseAuthentication):
    """Sets `request.actor`; `request.auth` is the `ApiToken` that was presented, if one was."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, ApiToken | None] | None:
        visitor: Actor = request._request.actor  # type: ignore[attr-defined]
        request.actor = visitor  # type: ignore[attr-defined]
        if settings.AUTH_DISABLED:
            refuse_cross_origin(request._request)
            return (visitor.user, None) if visitor.user else None
        raw = presented_token(request)
        if raw is None and visitor.user is not None:
            SessionAuthentication().enforce_csrf(request)
            return visitor.user, None
        if raw is None and (raw := request.COOKIES.get(COOKIE)):
            refuse_cross_origin(request._request)
        if not raw:
            return None
        token = token_of(visitor, raw)
        request.actor = Actor(  # type: ignore[attr-defined]
            user=token.user, via="token", address=visitor.address, request_id=visitor.request_id, token_id=token.pk
        )
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="spaces"'


class SignedIn(BasePermission):
    """Whoever is signed in and not locked; anybody else is told so by our own errors.

    The API is for programs, and guests have no tokens: their browsers get what says `for_guests`, and nothing else.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        is_guest = signed_in(request.actor).is_guest  # type: ignore[attr-defined]
        if is_guest and not getattr(view, "for_guests", False) and not request.path.startswith(FOR_GUESTS):
            raise guest_refused()
        return True


def presented_token(request: Request) -> str | None:
    """The token in `Authorization` (bare, `Bearer`, `Token`), `?key=`, or the body's `authorization`; None for none.

    A body is read only where it is a form or JSON of at most 1 MiB, and only when nothing else was sent: an upload is
    left alone, which may be as large as it is from somebody who may not send it.
    """
    if header := request.headers.get("Authorization", "").strip():
        return without_scheme(header)
    if key := request.query_params.get("key"):
        return key
    if _is_looked_into(request):
        body: Any = request.data
        value = body.get("authorization") if isinstance(body, Mapping) else None
        return without_scheme(str(value)) if value else None
    return None


def _is_looked_into(request: Request) -> bool:
    """Whether the body is one in which a credential is looked for."""
    content_type = (request.content_type or "").split(";")[0].strip().lower()
    length = request.META.get("CONTENT_LENGTH") or "0"
    return content_type in BODY_TYPES and length.isdecimal() and int(length) <= MOST_BODY_BYTES


def without_scheme(text: str) -> str:
    """A token as `Authorization` has it, bare."""
    scheme, blank, rest = text.strip().partition(" ")
    return rest.strip() if blank and scheme.lower() in SCHEMES else text.strip()


def token_of(visitor: Actor, raw: str) -> ApiToken:
    """The token whose text is `raw`. Raises `Unauthenticated`, and `TooMany` for one who keeps on guessing."""
    token = token_authenticate(raw, visitor.address)
    if token is None:
        client = client_of(visitor.address)
        rate_limit("token-failure", client, limit=FAILURES_PER_MINUTE, window=timedelta(minutes=1))
        audit(visitor, "token.refused")
        message = _("The authorization token is invalid or has expired. Sign in again.")
        raise Unauthenticated(message, code="TOKEN_INVALID")
    return token


def actor_of(request: Request) -> Actor:
    """Who asks: the first argument of every service."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def user_of(request: Request) -> User:
    """The account of who asks. Raises `Unauthenticated`."""
    return signed_in(actor_of(request))
