"""The start page, and the list of workspaces."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.actors import signed_in
from accounts.guests import GUEST_HOME
from accounts.views.request import PageRequest
from workspaces.models import Kind
from workspaces.selectors import kept_files_of, workspaces_at_hand
from workspaces.views.batches import batches_at_hand
from workspaces.views.filters import SORTS, STATUSES, WorkspaceFilter
from workspaces.views.group_list import groups_shown
from workspaces.views.moved import moved_last
from workspaces.views.shown import shown

PER_PAGE = 24
NARROWING = ("q", "status", "kind", "group")
CHOICES = (*NARROWING, "sort", "favorites")


@require_safe
def home(request: PageRequest) -> HttpResponse:
    """What this is, for who is not signed in; the list for everybody else, and for guests their place."""
    if request.actor.user and request.actor.user.is_guest:
        return redirect(GUEST_HOME)
    return redirect("workspaces") if request.actor.user else render(request, "workspaces/home.html")


@require_safe
@never_cache
def workspaces(request: PageRequest) -> HttpResponse:
    """The actor's workspaces and those shared with them, filtered, in order, in pages."""
    if signed_in(request.actor).is_guest:
        return redirect(GUEST_HOME)
    data = request.GET.copy()
    if "sort" not in data:  # the form always sends it, so this is the list as nobody has changed it yet
        data["favorites"] = "1"
    found = WorkspaceFilter(data, actor=request.actor, queryset=workspaces_at_hand(request.actor))
    page = Paginator(found.qs, PER_PAGE).get_page(request.GET.get("page"))
    chosen = {name: found.chosen(name) for name in CHOICES}
    groups = groups_shown(request.actor, chosen["group"])
    context = {
        "page": page,
        "cards": [shown(workspace) for workspace in page],
        "narrows": found.narrows,
        "chosen": chosen,
        "asked": [(name, chosen[name]) for name in NARROWING if chosen[name]],
        "groups": groups,
        "current": next((group for group in groups if group.is_current), None),
        "statuses": [(value, label) for value, (label, _) in STATUSES.items()],
        "sorts": [(value, label) for value, (label, _) in SORTS.items()],
        "kinds": Kind.objects.all(),
        "kept": kept_files_of(request.actor),
        "moved": moved_last(request),
        **batches_at_hand(request),
    }
    return render(request, "workspaces/list.html", context)
