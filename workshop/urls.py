"""Addresses of the pages of workshops: leaders' below /workshops/, participants' below /workshop/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from workshop.views import mine

urlpatterns: list[URLPattern | URLResolver] = [
    path("workshop/mine/", mine.seats, name="seat-mine"),
    path("workshop/mine/<int:claim_id>/hand", mine.hand, name="seat-mine-hand"),
    path("workshop/mine/<int:claim_id>/reset", mine.reset, name="seat-mine-reset"),
]
