"""Addresses of the pages of workshops: leaders' below /workshops/, participants' below /workshop/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
