"""The workshop or seat that a page's address names."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.actors import full_member
from accounts.views.request import PageRequest
from workshop.models import Seat, Workshop
from workshop.selectors import seat_get, workshop_get


def workshop_found(request: PageRequest, slug: str) -> Workshop:
    """Raises `NotFound`; but `Unauthenticated` first, since for a visitor it may well be there once they signed in."""
    full_member(request.actor)
    return workshop_get(request.actor, slug)


def seat_found(request: PageRequest, slug: str, number: int) -> Seat:
    """Likewise, as the selectors give it."""
    full_member(request.actor)
    return seat_get(request.actor, slug, number)


def form_of_seat(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """As `form_of`, for forms on the page of a seat."""

    @wraps(view)
    def answer(request: Any, slug: str, number: int, do: str) -> HttpResponse:
        return view(request, slug, number, do) if request.method == "POST" else redirect("workshop-seat", slug, number)

    return answer
