"""Addresses of pushes and rehearsals, below those of their workshop."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from workshop.views import push, rehearsal

urlpatterns: list[URLPattern | URLResolver] = [
    path("workshops/<slug:slug>/push", push.pushes, name="workshop-pushes"),
    path("workshops/<slug:slug>/push/<uuid:push_id>/", push.push, name="workshop-push"),
    path("workshops/<slug:slug>/push/<uuid:push_id>/line", push.line, name="workshop-push-line"),
    path("workshops/<slug:slug>/push/<uuid:push_id>/undo", push.undo, name="workshop-push-undo"),
    path("workshops/<slug:slug>/push/<uuid:push_id>/again", push.again, name="workshop-push-again"),
    path("workshops/<slug:slug>/rehearsal", rehearsal.rehearsals, name="workshop-rehearsals"),
    path("workshops/<slug:slug>/rehearsal/<int:rehearsal_id>/", rehearsal.rehearsal, name="workshop-rehearsal"),
    path(
        "workshops/<slug:slug>/rehearsal/<int:rehearsal_id>/cancel", rehearsal.cancel, name="workshop-rehearsal-cancel"
    ),
]
