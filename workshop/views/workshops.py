"""The leader's workshops: all of them, a new one, its fields, its address for the projector, its deletion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actors import full_member
from accounts.views.next_page import form_of
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import Invalid, NotFound
from workshop.memory import memory_warning
from workshop.models import Workshop
from workshop.selectors import Counts, counts_of, leader_check, workshops_for
from workshop.services.workshops import workshop_change, workshop_create, workshop_delete, workshop_retake
from workshop.services.workshops.ending import workspaces_of
from workshop.views.found import workshop_found
from workshop.views.wishes import USUAL, values_of, wishes_of
from workspaces.limits import max_memory_mb
from workspaces.models import Workspace
from workspaces.sealing import unseal_if_readable
from workspaces.selectors import workspace_managed, workspaces_for
from workspaces.states import HAS_NO_FILES
from workspaces.views.create import MEMORY_CHOICES_MB

CHIPS = {"draft": "busy", "open": "running", "closed": "stopped", "ended": "stopped"}
NEXT = {
    "draft": gettext_lazy("Rehearse it, then open it."),
    "open": gettext_lazy("Show the address, and watch the seats fill."),
    "closed": gettext_lazy("Open it again, or end it."),
    "ended": gettext_lazy("Download everybody’s work while it is kept."),
}
"""What a leader does next, by state."""


@dataclass(frozen=True, slots=True)
class Card:
    """`address`: where its seats are claimed; `next`: what to do now."""

    workshop: Workshop
    counts: Counts
    address: str
    chip: str
    next: str | Promise


def claim_address(workshop: Workshop) -> str:
    """The whole address of the page on which its seats are claimed."""
    return settings.BASE_URL + reverse("workshop-claim", args=(workshop.slug,))


@require_safe
@never_cache
def workshops(request: PageRequest) -> HttpResponse:
    """One's own, everybody's for staff; those that are over last."""
    full_member(request.actor)
    leader_check(request.actor)
    found = sorted(workshops_for(request.actor), key=lambda it: it.state == Workshop.State.ENDED)
    counted = counts_of(found)
    cards = [Card(it, counted[it.pk], claim_address(it), CHIPS[it.state], NEXT[it.state]) for it in found]
    return render(request, "workshop/list.html", {"cards": cards})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def new(request: PageRequest) -> HttpResponse:
    """Make one of a prepared workspace, which `source` may name."""
    user, form = full_member(request.actor), Typed(request)
    leader_check(request.actor)
    if request.method == "POST":
        with form:
            made = workshop_create(request.actor, source=_source(request, form), **wishes_of(form))
            messages.success(request, _("Its seats are being made. Look at them here as they come."))
            return redirect("workshop", made.slug)
    else:
        asked = request.GET.get("source", "")
        form.values |= USUAL | {"source": asked}
    return _page(request, form, "workshop/new.html", sources=_sources(request, form), most=max_memory_mb(user))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit(request: PageRequest, slug: str) -> HttpResponse:
    """Its fields, and the state that its seats are made of."""
    workshop, form = workshop_found(request, slug), Typed(request)
    if request.method == "POST":
        with form:
            changed = workshop_change(request.actor, workshop, **wishes_of(form))
            messages.success(request, _("The workshop is changed."))
            return redirect("workshop-edit", changed.slug)
    else:
        form.values |= values_of(workshop)
    most = max_memory_mb(workshop.owner)
    return _page(request, form, "workshop/edit.html", workshop=workshop, most=most, warning=memory_warning(workshop))


@form_of("workshop-edit")
def retake(request: PageRequest, slug: str) -> HttpResponse:
    """Take the prepared state anew."""
    workshop, form = workshop_found(request, slug), Typed(request)
    with form:
        workshop_retake(request.actor, workshop)
        messages.success(
            request, _("The prepared state is being taken anew. Free seats are made of it as soon as it is there.")
        )
    if form.message:
        messages.error(request, form.message)
    return redirect("workshop-edit", slug)


@require_safe
@never_cache
def projector(request: PageRequest, slug: str) -> HttpResponse:
    """The address and the access code, to be read from the last row."""
    workshop = workshop_found(request, slug)
    code = unseal_if_readable(workshop.access_code_sealed)
    address = claim_address(workshop)
    parts = address.partition("://")[2].rstrip("/").split("/")
    context = {"workshop": workshop, "code": code, "address": address, "parts": parts, "qr": _qr_code(address)}
    return render(request, "workshop/projector.html", context)


def _qr_code(address: str) -> SafeString:
    """The address as an image for phones (ISO/IEC 18004), dark on light in every colour scheme, else few cameras read
    it. The library's own drawing, which holds nothing of the address but squares."""
    drawn = segno.make(address, micro=False).svg_inline(
        scale=1, border=4, dark="#000", light="#fff", svgclass="projector-qr", lineclass=None, omitsize=True
    )
    return mark_safe(drawn)  # noqa: S308


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def delete(request: PageRequest, slug: str) -> HttpResponse:
    """Say what will be lost, and delete it when that is confirmed."""
    workshop, form = workshop_found(request, slug), Typed(request)
    if request.method == "POST":
        with form:
            workshop_delete(request.actor, workshop)
            messages.success(request, _("“%(name)s” is deleted, and its seats are being deleted.") % {"name": workshop})
            return redirect("workshops")
    lost = {"workspaces": len(workspaces_of(workshop)), "people": workshop.claims.count()}
    context = {"workshop": workshop, "form": form, "lost": lost}
    return render(request, "workshop/delete.html", context, status=form.status)


def _page(request: PageRequest, form: Typed, template: str, *, most: int, **context: Any) -> HttpResponse:
    shown = {
        "form": form,
        "max_seats": settings.WORKSHOP_MAX_SEATS,
        "languages": Workshop.Language.choices,
        "networks": Workshop.Network.choices,
        "ends": Workshop.AtEnd.choices,
        "memory_choices": sorted({mb for mb in MEMORY_CHOICES_MB if mb <= most} | _typed_memory(form)),
        "claim_base": settings.BASE_URL + reverse("workshop-claim-list"),
    }
    return render(request, template, shown | context, status=form.status)


def _typed_memory(form: Typed) -> set[int]:
    """What is chosen now, though it may be none of the usual ones."""
    text = form.get("memory_mb")
    return {int(text)} if text.isascii() and text.isdigit() and len(text) < 9 else set()


def _sources(request: PageRequest, form: Typed) -> list[Workspace]:
    """The actor's own workspaces that could be copied, and the one that is asked for."""
    own = workspaces_for(request.actor).filter(is_seat=False).exclude(state__in=HAS_NO_FILES).order_by("name")
    found = list(own)
    try:
        asked = workspace_managed(request.actor, form.get("source"))
    except NotFound:
        return found
    return found if asked.pk in {one.pk for one in found} else [asked, *found]


def _source(request: PageRequest, form: Typed) -> Workspace:
    try:
        return workspace_managed(request.actor, form.get("source"))
    except NotFound:
        text = _("Choose the workspace that you have prepared.")
        raise Invalid(text, details={"source": text}) from None
