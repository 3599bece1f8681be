"""Addresses of the pages on which participants get a seat, below /workshop/."""

from __future__ import annotations

from django.urls import path

from workshop.views import claim, enter

urlpatterns = [
    path("workshop/", claim.workshops, name="workshop-claim-list"),
    path("workshop/seat/<str:key>/", enter.enter, name="seat-enter"),
    path("workshop/<slug:slug>/", claim.claim, name="workshop-claim"),
    path("workshop/<slug:slug>/code", claim.code, name="workshop-claim-code"),
    path("workshop/<slug:slug>/left", claim.left, name="workshop-claim-left"),
    path("workshop/<slug:slug>/waiting", claim.waiting, name="workshop-claim-waiting"),
    path("workshop/<slug:slug>/leave", claim.leave, name="workshop-claim-leave"),
    path("workshop/<slug:slug>/not-me", claim.not_me, name="workshop-claim-not-me"),
]
