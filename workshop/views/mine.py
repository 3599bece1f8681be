"""A participant's own page: their seats, and what they can do there without the editor."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actors import signed_in
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import NotFound
from workshop.mine import claim_mine, hand_set, mine
from workshop.services.hands import NOTE_MOST
from workshop.services.resetting import seat_reset


@require_safe
@never_cache
def seats(request: PageRequest) -> HttpResponse:
    """Every seat that is theirs, waited for, or was theirs until lately; for who is nobody yet, how to come in."""
    if request.actor.user is None:
        return render(request, "workshop/mine_nobody.html")
    found = mine(request.actor)
    context = {"mine": found, "note_most": NOTE_MOST, "now": timezone.now()}
    return render(request, "workshop/mine.html", context)


@require_POST
def hand(request: PageRequest, claim_id: int) -> HttpResponse:
    """Raise it, with a question or without, or lower it (`up` is not 1)."""
    signed_in(request.actor)
    form, is_up = Typed(request), request.POST.get("up") == "1"
    with form:
        hand_set(request.actor, claim_mine(request.actor, claim_id), is_up=is_up, note=form.get("note"))
        messages.success(request, _("Your hand is up.") if is_up else _("Your hand is down."))
    if form.status != 200:
        messages.error(request, form.message or " ".join(form.errors.values()))
    return redirect("seat-mine")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def reset(request: PageRequest, claim_id: int) -> HttpResponse:
    """Ask once more, then make the workspace as it was at the beginning; a copy is kept with the leader."""
    claim, form = claim_mine(request.actor, claim_id), Typed(request)
    if claim.seat is None:
        raise NotFound(_("This seat is not yours any more."), code="CLAIM_NOT_FOUND")
    if request.method == "POST":
        with form:
            seat_reset(request.actor, claim.seat, backup=True)
            messages.success(request, _("Your workspace is being reset."))
            return redirect("seat-mine")
    return render(request, "workshop/mine_reset.html", {"claim": claim, "form": form}, status=form.status)
