"""Something for the seats that were ticked. What needs a word more, or loses something, has a page that asks."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.views.next_page import form_of, next_or
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import Invalid, SpacesError
from workshop.models import Workshop
from workshop.services.together import (
    SEAT_VERBS,
    SeatResult,
    seats_ask,
    seats_message,
    seats_reset,
    seats_resize,
)
from workshop.views.found import workshop_found
from workshop.views.results import results_keep
from workshop.views.shown import wall_shown
from workshop.views.sizes import memory_choices, memory_read
from workshop.views.wall import MOST_ASKED, is_number
from workspaces.states import Verb

ASKED_FIRST = ("reset", "message", "memory")


@form_of("workshop")
@never_cache
def together(request: PageRequest, slug: str) -> HttpResponse:
    """Start, stop or pause them; reset, write to or resize them once that is confirmed."""
    workshop, form = workshop_found(request, slug), Typed(request)
    do = form.get("do")
    numbers = [int(n) for n in request.POST.getlist("seat")[:MOST_ASKED] if is_number(n)]
    back = next_or(request, reverse("workshop", args=(slug,)))
    if do not in (*SEAT_VERBS, *ASKED_FIRST):
        raise Invalid(_("Choose what to do with them."), code="SEATS_VERB")
    if not numbers:
        messages.error(request, _("Choose at least one seat first."))
        return redirect(back)
    if do in ASKED_FIRST and form.get("confirmed") != "1":
        return _ask(request, workshop, form, numbers, back)
    try:
        results = _do(request, workshop, form, numbers)
    except SpacesError as error:
        if do not in ASKED_FIRST or not isinstance(error, Invalid):
            messages.error(request, str(error.message))
            return redirect(back)
        form.refuse(error, 400)
        return _ask(request, workshop, form, numbers, back)
    results_keep(request, workshop, _title(do), results)
    return redirect(back)


def _do(request: PageRequest, workshop: Workshop, form: Typed, numbers: list[int]) -> list[SeatResult]:
    do = form.get("do")
    if do == "reset":
        return seats_reset(request.actor, workshop, numbers, backup=form.get("backup") == "1")
    if do == "message":
        return seats_message(request.actor, workshop, numbers, form.get("text"))
    if do == "memory":
        return seats_resize(request.actor, workshop, numbers, memory_mb=memory_read(form.get("memory_mb")))
    return seats_ask(request.actor, workshop, numbers, Verb(do))


def _title(do: str) -> str:
    return {
        "start": _("Start"), "stop": _("Stop"), "pause": _("Pause"),
        "reset": _("Reset"), "message": _("Message"), "memory": _("Memory"),
    }[do]  # fmt: skip


def _ask(request: PageRequest, workshop: Workshop, form: Typed, numbers: list[int], back: str) -> HttpResponse:
    seats = [one for one in wall_shown(workshop).seats if one.number in set(numbers)]
    if not seats:
        messages.error(request, _("Choose at least one seat first."))
        return redirect(back)
    context = {
        "workshop": workshop,
        "form": form,
        "seats": seats,
        "do": form.get("do"),
        "back": back,
        "sizes": memory_choices(max((one.workspace.memory_mb for one in seats if one.workspace), default=0)),
    }
    return render(request, "workshop/wall_ask.html", context, status=form.status)
