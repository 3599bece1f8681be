"""Something for many workspaces at once: those that were ticked, or all that the list shows."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.actors import signed_in
from accounts.views.next_page import form_of, next_or
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import Invalid
from workspaces.models import Workspace
from workspaces.selectors import workspaces_at_hand, workspaces_visible
from workspaces.services.bulk import BULK_VERBS, bulk_request
from workspaces.services.chosen import MOST_AT_ONCE, chosen
from workspaces.states import State, Verb
from workspaces.views.filters import WorkspaceFilter
from workspaces.views.groups import move_page

NOTHING = ("BULK_EMPTY", "BULK_LIMIT")
"""Slips of who chooses, which the list says itself."""


@form_of("workspaces")
@never_cache
def bulk(request: PageRequest) -> HttpResponse:
    """Start, stop, delete or move. Deleting asks first, and so does moving: where to."""
    signed_in(request.actor)
    do = request.POST.get("do", "")
    if do not in (*BULK_VERBS, "move"):
        raise Invalid(_("Choose what to do with them."), code="BULK_VERB")
    try:
        ids = _chosen(request)
        if do == "move":
            return _ask_where(request, ids)
        if do == Verb.DELETE and request.POST.get("confirmed") != "1":
            return _ask_first(request, ids)
        bulk_request(request.actor, Verb(do), ids, keep_files=request.POST.get("keep_files") == "1")
    except Invalid as error:
        if error.code not in NOTHING:
            raise
        messages.error(request, error.message)
    return redirect(next_or(request, reverse("workspaces")))


def _chosen(request: PageRequest) -> list[str]:
    """Public ids, of what was ticked or of all that fit the same filters as the list's. Raises `Invalid`."""
    if request.POST.get("all") != "1":
        return chosen(request.POST.getlist("id"))
    found = WorkspaceFilter(request.POST, actor=request.actor, queryset=workspaces_at_hand(request.actor))
    if not found.is_valid:
        raise Invalid(_("The list was filtered by something that there is not."))
    return chosen(found.qs.prefetch_related(None).values_list("public_id", flat=True)[: MOST_AT_ONCE + 1])


def _ask_where(request: PageRequest, ids: list[str]) -> HttpResponse:
    own = Workspace.objects.filter(owner=signed_in(request.actor), public_id__in=ids).order_by("name")
    return move_page(request, _some(list(own)), Typed(request))


def _ask_first(request: PageRequest, ids: list[str]) -> HttpResponse:
    """What will be lost, by name and number. Other people's is deleted one by one, if at all: never by the way."""
    found = _some(list(workspaces_visible(request.actor).filter(public_id__in=ids).order_by("name")))
    going = [workspace for workspace in found if workspace.owner == request.actor.user]
    context = {
        "going": going,
        "staying": [workspace for workspace in found if workspace not in going],
        "running": sum(workspace.state in (State.RUNNING, State.PAUSED) for workspace in going),
        "next": next_or(request, reverse("workspaces")),
    }
    return render(request, "workspaces/bulk_delete.html", context)


def _some(found: list[Workspace]) -> list[Workspace]:
    if not found:
        raise Invalid(_("Choose at least one workspace first."), code="BULK_EMPTY")
    return found
