"""The page of one seat."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from workshop.keys import seat_address
from workshop.models import Claim, Seat
from workshop.sampling import watched
from workshop.selectors import is_open, seats_free
from workshop.services.resetting import is_restorable
from workshop.views.found import seat_found
from workshop.views.shown import seat_shown
from workshop.views.sizes import memory_choices

MESSAGES_SHOWN = 5
PAST_SHOWN = 10


@require_safe
@never_cache
def seat(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """Everything about one seat."""
    found = seat_found(request, slug, number)
    watched(found.workshop)
    return page(request, found, Typed(request))


def page(request: PageRequest, found: Seat, form: Typed, section: str = "") -> HttpResponse:
    """The page of a seat, with what was typed into the form of one `section`."""
    facts = about(found)
    claim: Claim | None = facts["one"].claim
    backups = found.backups.select_related("claim", "snapshot").filter(expires_at__gt=timezone.now())
    context = {
        **facts,
        "form": form,
        "section": section,
        "backups": [(backup, is_restorable(backup, found, claim)) for backup in backups],
        "said": list(claim.messages.all()[:MESSAGES_SHOWN]) if claim else [],
        "address": seat_address(claim.key_sealed) if claim else "",
        "free": list(seats_free(found.workshop).order_by("number").values_list("number", flat=True)) if claim else [],
        "sizes": memory_choices(found.workspace.memory_mb if found.workspace else 0),
        "past": list(
            found.claims.exclude(state=Claim.State.ACTIVE).select_related("workspace").order_by("-released_at")[:PAST_SHOWN]
        ),
    }
    return render(request, "workshop/seat.html", context, status=form.status)


def about(found: Seat) -> dict[str, Any]:
    """What every page about it shows."""
    one = seat_shown(found, timezone.now(), is_open=is_open(found.workshop))
    return {"workshop": found.workshop, "one": one, "workspace": found.workspace, "claim": one.claim}


