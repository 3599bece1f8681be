"""Rehearsals: begin one, see how far it is, and what it says about the evening."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import Invalid
from workshop.models import Workshop
from workshop.services.rehearsing import rehearsal_cancel, rehearsal_get, rehearsal_start, rehearsals_of
from workshop.views.found import workshop_found
from workshop.views.rehearsal_shown import rehearsal_shown


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def rehearsals(request: PageRequest, slug: str) -> HttpResponse:
    """Begin one; and those that there were."""
    workshop, form = workshop_found(request, slug), Typed(request)
    if request.method == "POST":
        with form:
            seats, command = _number(form.get("seats")), form.get("command")
            return redirect("workshop-rehearsal", slug, rehearsal_start(
                request.actor, workshop, seats=seats, command=command
            ).pk)  # fmt: skip
    else:
        last = rehearsals_of(workshop).first()
        usual = str(min(settings.WORKSHOP_MAX_SEATS, max(1, workshop.seats_wanted)))
        form.values |= {"seats": usual, "command": last.command if last else ""}
    context = {
        "workshop": workshop,
        "form": form,
        "most": settings.WORKSHOP_MAX_SEATS,
        "rehearsals": [rehearsal_shown(one) for one in rehearsals_of(workshop)],
    }
    return render(request, "workshop/rehearsals.html", context, status=form.status)


@require_safe
@never_cache
def rehearsal(request: PageRequest, slug: str, rehearsal_id: int) -> HttpResponse:
    """One of them."""
    workshop = workshop_found(request, slug)
    one = rehearsal_shown(rehearsal_get(request.actor, slug, rehearsal_id))
    return render(request, "workshop/rehearsal.html", {"workshop": workshop, "one": one, "here": request.path})


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: PageRequest, slug: str, rehearsal_id: int) -> HttpResponse:
    """Stop it, and remove what was made for it."""
    if request.method == "POST":
        workshop_found(request, slug)
        rehearsal_cancel(request.actor, rehearsal_get(request.actor, slug, rehearsal_id))
    return redirect("workshop-rehearsal", slug, rehearsal_id)


def rehearsal_section(workshop: Workshop) -> dict[str, Any]:
    """Context of `_rehearsal.html`, beside `workshop`."""
    last = rehearsals_of(workshop).first()
    return {"rehearsal_last": rehearsal_shown(last) if last else None}


def _number(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdecimal() and len(text.strip()) <= 6):
        message = _("Say how many seats, in digits.")
        raise Invalid(message, code="REHEARSAL_SEATS", details={"seats": message})
    return int(text)
