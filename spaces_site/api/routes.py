"""Addresses of dialects whose clients write a slash at the end or leave it out, as they please."""

from __future__ import annotations

from django.urls import URLPattern, path

from spaces_site.api.base import DialectView


def either(route: str, view: type[DialectView], name: str) -> list[URLPattern]:
    """`route` without and with a slash at its end; the document lists the first."""
    return [path(route, view.as_view(), name=name), path(f"{route}/", view.as_view(schema=None))]
