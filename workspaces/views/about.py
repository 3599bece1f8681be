"""What people say about a workspace, its notes and its group, and what it takes on the disk."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.views.next_page import form_of
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import TooMany, Unavailable
from workspaces.models import Workspace
from workspaces.selectors import workspace_usable
from workspaces.services.details import notes_version, workspace_notes_set
from workspaces.services.groups import workspace_group_set
from workspaces.stats.disk import DiskUsage, disk_usage_of
from workspaces.views.detail import page
from workspaces.views.found import workspace_found


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def notes(request: PageRequest, public_id: str) -> HttpResponse:
    """The page with its notes as a form; save them. What somebody else saved meanwhile is shown beside, and is only
    replaced by who has seen it."""
    found, form = workspace_found(request, public_id), Typed(request)
    workspace_usable(request.actor, public_id)
    if request.method == "POST":
        with form:
            workspace_notes_set(request.actor, found, form.get("notes"), version=form.get("version"))
            messages.success(request, _("The notes are saved."))
            return redirect(reverse("workspace", args=[public_id]) + "#notes")
        found = workspace_found(request, public_id)  # as they are by now
    return page(
        request,
        found,
        form,
        section="notes",
        is_editing=True,
        is_changed=form.status == 409,
        typed_notes=found.notes if form.status == 200 else form.get("notes"),
        # After a change by somebody else, which the page shows, the form takes the place of that.
        notes_version=form.get("version") if form.status == 400 else notes_version(found),
    )


@form_of("workspace")
def group(request: PageRequest, public_id: str) -> HttpResponse:
    """Put it into another group of its owner's, new or not, or into none."""
    found, form = workspace_found(request, public_id), Typed(request)
    with form:
        name = workspace_group_set(request.actor, found, form.get("group"))
        text = _("It is in the group “%(group)s” now.") % {"group": name} if name else _("It is in no group now.")
        messages.success(request, text)
        return redirect("workspace", public_id)
    return page(request, found, form, section="group")


@require_safe
@never_cache
def disk(request: PageRequest, public_id: str) -> HttpResponse:
    """What it takes on the disk: a part of its page that comes after the rest, since finding out takes a while."""
    found = workspace_found(request, public_id)
    taken = _disk(request, found)
    if "HX-Request" in request.headers:
        return render(request, "workspaces/_disk.html", {"id": public_id, "is_looked": True, "disk": taken})
    return page(request, found, Typed(request), is_looked=True, disk=taken)


def _disk(request: PageRequest, found: Workspace) -> DiskUsage | None:
    """None: it cannot be said now."""
    try:
        return disk_usage_of(request.actor, found)
    except (Unavailable, TooMany):
        return None
