"""Groups of workspaces: add, rename, delete, and move workspaces into them."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actors import signed_in
from accounts.views.next_page import form_of, next_safe
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import Forbidden, Invalid
from workspaces.models import Workspace, WorkspaceGroup
from workspaces.services.chosen import MOST_AT_ONCE, can_be_id
from workspaces.services.groups import (
    group_add,
    group_delete,
    group_get,
    group_rename,
    workspaces_move,
    workspaces_move_back,
)
from workspaces.views.filters import NO_GROUP, group_number
from workspaces.views.found import workspace_found
from workspaces.views.group_list import groups_of
from workspaces.views.moved import moved_answer, moved_before


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def new(request: PageRequest) -> HttpResponse:
    """A group, which may be empty."""
    signed_in(request.actor)
    form = Typed(request)
    if request.method == "POST":
        with form:
            return _to_group(group_add(request.actor, form.get("group")))
    return render(request, "workspaces/group_new.html", {"form": form}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def rename(request: PageRequest, group_id: int) -> HttpResponse:
    """Another name for it."""
    group, form = group_get(request.actor, group_id), Typed(request)
    if request.method == "POST":
        with form:
            return _to_group(group_rename(request.actor, group_id, form.get("group")))
    return render(request, "workspaces/group_rename.html", {"form": form, "group": group}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def delete(request: PageRequest, group_id: int) -> HttpResponse:
    """Ask, then delete it; its workspaces stay."""
    group = group_get(request.actor, group_id)
    if request.method != "POST":
        context = {"group": group, "count": group.workspaces.count()}
        return render(request, "workspaces/group_delete.html", context)
    group_delete(request.actor, group_id)
    messages.success(request, _("The group “%(name)s” is gone. Its workspaces are still there.") % {"name": group.name})
    return redirect("workspaces")


@require_safe
@never_cache
def choose(request: PageRequest, public_id: str) -> HttpResponse:
    """To which group a workspace is to be moved."""
    workspace = workspace_found(request, public_id)
    if workspace.owner != request.actor.user:
        raise Forbidden(_("Only its owner sorts a workspace into groups."), code="OWNER_ONLY")
    return move_page(request, [workspace], Typed(request))


@form_of("workspaces")
@never_cache
def move(request: PageRequest) -> HttpResponse:
    """Move workspaces to a group that there is, to a new one when one is named, or to none."""
    signed_in(request.actor)
    ids, form = request.POST.getlist("id"), Typed(request)
    with form:
        group = _target(request, form)
        return moved_answer(request, workspaces_move(request.actor, ids, group), group)
    if "HX-Request" in request.headers:
        raise Invalid(form.message or " ".join(form.errors.values()))
    some = [one for one in ids if can_be_id(one)][:MOST_AT_ONCE]
    return move_page(request, list(Workspace.objects.filter(owner=request.actor.user, public_id__in=some)), form)


@require_POST
def undo(request: PageRequest) -> HttpResponse:
    """Back to where they were."""
    signed_in(request.actor)
    return moved_answer(request, workspaces_move_back(request.actor, moved_before(request)), None, back=True)


def move_page(request: PageRequest, workspaces: Sequence[Workspace], form: Typed) -> HttpResponse:
    """The form that asks to which group."""
    groups_now = {workspace.group_id for workspace in workspaces}
    context = {
        "form": form,
        "workspaces": workspaces,
        "only": workspaces[0] if len(workspaces) == 1 else None,
        "groups": groups_of(request.actor),
        "now": next(iter(groups_now)) or NO_GROUP if len(groups_now) == 1 else "",
        "next": next_safe(request, request.POST.get("next") or request.GET.get("next")),
    }
    return render(request, "workspaces/group_move.html", context, status=form.status)


def _target(request: PageRequest, form: Typed) -> WorkspaceGroup | None:
    """Raises `Invalid` for nothing that can be read, `NotFound` for a group that is not theirs."""
    if form.get("group").strip():
        return group_add(request.actor, form.get("group"))
    to = form.get("to")
    number = group_number(to)
    if number is None and to != NO_GROUP:
        raise Invalid(_("Choose a group, or name a new one."))
    return None if number is None else group_get(request.actor, number)


def _to_group(group: WorkspaceGroup) -> HttpResponse:
    return redirect(f"{reverse('workspaces')}?group={group.pk}")
