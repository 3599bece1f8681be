"""Addresses of the pages of workshops: leaders' below /workshops/, participants' below /workshop/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from workshop import claim_urls, lead_urls, push_urls
from workshop.views import mine, seat, seat_actions, together, wall

urlpatterns: list[URLPattern | URLResolver] = [
    path("workshop/mine/", mine.seats, name="seat-mine"),
    path("workshop/mine/<int:claim_id>/hand", mine.hand, name="seat-mine-hand"),
    path("workshop/mine/<int:claim_id>/reset", mine.reset, name="seat-mine-reset"),
    path("workshops/<slug:slug>/", wall.wall, name="workshop"),
    path("workshops/<slug:slug>/live", wall.live, name="workshop-live"),
    path("workshops/<slug:slug>/state", wall.state, name="workshop-state"),
    path("workshops/<slug:slug>/message", wall.message, name="workshop-message"),
    path("workshops/<slug:slug>/claims.csv", wall.claims, name="workshop-claims"),
    path("workshops/<slug:slug>/together", together.together, name="workshop-together"),
    path("workshops/<slug:slug>/seats/<int:number>/", seat.seat, name="workshop-seat"),
    path("workshops/<slug:slug>/seats/<int:number>/act/<slug:do>", seat_actions.act, name="workshop-seat-act"),
    path("workshops/<slug:slug>/seats/<int:number>/change/<slug:do>", seat_actions.change, name="workshop-seat-change"),
    path("workshops/<slug:slug>/seats/<int:number>/ask/<slug:do>", seat_actions.ask, name="workshop-seat-ask"),
    *push_urls.urlpatterns,
    *lead_urls.urlpatterns,
    *claim_urls.urlpatterns,
]
