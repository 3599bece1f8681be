"""The leader's page of a workshop: all its seats, live."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.views.next_page import form_of
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import Invalid
from workshop.csv import claims_csv
from workshop.models import Workshop
from workshop.sampling import watched
from workshop.services.messages import message_all
from workshop.services.workshops import workshop_close, workshop_open
from workshop.views.found import workshop_found
from workshop.views.push import push_section
from workshop.views.rehearsal import rehearsal_section
from workshop.views.results import results_last
from workshop.views.shown import SHOWS, SORTS, WallShown, chosen, wall_shown
from workshop.views.workshops import claim_address

VIEWS = ("wall", "table")
VIEW_COOKIE = "spaces_seats"
VIEW_SECONDS = 365 * 24 * 3600
MOST_ASKED = 300
"""Seats that a page may ask for at once."""


@require_safe
@never_cache
def wall(request: PageRequest, slug: str) -> HttpResponse:
    """Everything at once. `show`, `sort` and `q` choose seats and their order, which stays until it is asked anew."""
    response = page(request, workshop_found(request, slug), Typed(request))
    if (view := request.GET.get("view", "")) in VIEWS:
        response.set_cookie(
            VIEW_COOKIE, view, max_age=VIEW_SECONDS, secure=request.is_secure(), httponly=True, samesite="Lax"
        )
    return response


@require_safe
@never_cache
def live(request: PageRequest, slug: str) -> HttpResponse:
    """What an open page asks again and again: the figures of all, and the whole of the seats named by `n`."""
    workshop = workshop_found(request, slug)
    watched(workshop)
    return live_answer(request, workshop, {int(n) for n in request.GET.getlist("n")[:MOST_ASKED] if is_number(n)})


def is_number(text: str) -> bool:
    """Whether it may be the number of a seat."""
    return text.isascii() and text.isdigit() and len(text) <= 6


def live_answer(request: PageRequest, workshop: Workshop, numbers: set[int]) -> HttpResponse:
    """Parts of the page, each for its own place."""
    shown = wall_shown(workshop)
    context = {
        **_common(request, workshop, shown),
        "whole": [one for one in shown.seats if one.number in numbers],
        "figures": [one for one in shown.seats if one.number not in numbers],
        "oob": True,
    }
    return render(request, "workshop/_live.html", context)


@form_of("workshop")
def state(request: PageRequest, slug: str) -> HttpResponse:
    """Open it, or close it."""
    workshop, form = workshop_found(request, slug), Typed(request)
    do = form.get("do")
    with form:
        if do not in ("open", "close"):
            raise Invalid(_("Choose what to do."), code="WORKSHOP_VERB")
        (workshop_open if do == "open" else workshop_close)(request.actor, workshop)
        return redirect("workshop", slug)
    return page(request, workshop, form)


@form_of("workshop")
def message(request: PageRequest, slug: str) -> HttpResponse:
    """Say something to all, or no longer."""
    workshop, form = workshop_found(request, slug), Typed(request)
    with form:
        said = message_all(request.actor, workshop, form.get("text") if form.get("do") != "remove" else "")
        messages.success(request, _("All participants see the message.") if said.message else _("It is taken away."))
        return redirect("workshop", slug)
    return page(request, workshop, form, section="message")


@require_safe
@never_cache
def claims(request: PageRequest, slug: str) -> HttpResponse:
    """Who has which seat, as a file."""
    workshop = workshop_found(request, slug)
    name = f"{workshop.slug}-{timezone.now():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(claims_csv(workshop), content_type="text/csv; charset=utf-8", headers=headers)


def page(request: PageRequest, workshop: Workshop, form: Typed, section: str = "") -> HttpResponse:
    """The page, with what was typed into the form of one `section`."""
    watched(workshop)
    shown = wall_shown(workshop)
    picked = {name: request.GET.get(name, "").replace("\0", "")[:100] for name in ("show", "sort", "q")}
    found = chosen(shown.seats, show=picked["show"], sort=picked["sort"], text=picked["q"])
    context = {
        **_common(request, workshop, shown),
        "form": form,
        "section": section,
        "seats": found,
        "picked": picked,
        "narrows": bool(picked["q"] or picked["show"]),
        "view": _view(request),
        "shows": [(value, label) for value, (label, _fits) in SHOWS.items()],
        "sorts": [(value, label) for value, (label, _key) in SORTS.items()],
        "results": results_last(request, workshop),
        **push_section(workshop),
        **rehearsal_section(workshop),
    }
    return render(request, "workshop/wall.html", context, status=form.status)


def _common(request: PageRequest, workshop: Workshop, shown: WallShown) -> dict[str, Any]:
    return {
        "workshop": workshop,
        "wall": shown,
        "here": reverse("workshop", args=(workshop.slug,)),
        "claim_address": claim_address(workshop),
        "now": timezone.now(),
    }


def _view(request: PageRequest) -> str:
    """As asked for now, else as before."""
    asked = (request.GET.get("view", ""), request.COOKIES.get(VIEW_COOKIE, ""))
    return next((view for view in asked if view in VIEWS), VIEWS[0])
