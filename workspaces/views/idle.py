"""Keeping a workspace that nobody seems to use from being put to rest."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.views.next_page import form_of, next_or
from accounts.views.request import PageRequest
from spaces_site.errors import Invalid
from workspaces.services.idle import workspace_keep_awake, workspace_keep_running
from workspaces.views.found import workspace_found


@form_of("workspace")
def keep_running(request: PageRequest, public_id: str) -> HttpResponse:
    """It counts as used just now."""
    workspace_keep_running(request.actor, workspace_found(request, public_id))
    return _answer(request, public_id)


@form_of("workspace")
def keep_awake(request: PageRequest, public_id: str) -> HttpResponse:
    """For some hours it stays as it is, whether or not somebody uses it; 0 ends that."""
    hours = request.POST.get("hours", "")
    if not (hours.isascii() and hours.isdecimal() and len(hours) <= 4):
        raise Invalid(_("The hours are a whole number."), code="HOURS_INVALID")
    workspace_keep_awake(request.actor, workspace_found(request, public_id), int(hours))
    return _answer(request, public_id)


def _answer(request: PageRequest, public_id: str) -> HttpResponse:
    """The card for a card, the page where the form was for everything else."""
    if request.headers.get("HX-Target") == f"card-{public_id}":
        return redirect("workspace-card", public_id)
    return redirect(next_or(request, reverse("workspace", args=[public_id])))
