"""The request as the middleware leaves it."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.actors import Actor


class PageRequest(HttpRequest):
    """Only for annotations: a request with what `accounts.middleware` set."""

    actor: Actor
    request_id: str
