"""GET /api/health, which is public and cheap; and the answer to addresses that nobody serves."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from spaces_site.api.base import DialectView
from spaces_site.api.platform import examples, wire
from spaces_site.errors import NotFound
from workspaces.health import health

_STARTED = time.monotonic()


class HealthView(DialectView):
    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        operation_id="health",
        auth=[],
        responses={200: wire.HealthOut, 503: wire.HealthOut},
        examples=examples.HEALTH,
    )
    def get(self, request: Request) -> Response:
        """How the database, the engine and the worker are; 503 when one of them is down."""
        seen = health()
        body: dict[str, Any] = wire.health_out(seen, timezone.now(), settings.VERSION, time.monotonic() - _STARTED)
        return Response(body, status=200 if seen.is_ok else 503)


class HealthMiddleware(MiddlewareMixin):
    """Answers before the session and the account are looked up, which a database that is down would make a 500."""

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        if request.path != "/api/health":
            return None
        return HealthView.as_view()(request).render()


class UnknownView(DialectView):
    """Below /api/ everything answers in JSON, also where there is nothing."""

    authentication_classes = ()
    permission_classes = ()
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound("There is nothing at this address; /api/docs/ lists what there is.")
