"""With whom a workspace is shared, and what was kept of deleted ones."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.views.next_page import form_of
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import Invalid, NotFound
from workspaces import services
from workspaces.keeping import kept_files_delete
from workspaces.models import Share
from workspaces.selectors import kept_files_of
from workspaces.views.detail import page
from workspaces.views.found import workspace_found

MAY_NOW: dict[str, Promise] = {
    Share.Role.EDITOR: gettext_lazy("%(user)s may work in it now."),
    Share.Role.VIEWER: gettext_lazy("%(user)s may look at it now."),
}


@form_of("workspace")
@never_cache
def share(request: PageRequest, public_id: str) -> HttpResponse:
    """Let somebody work in it, or look at it."""
    found, form = workspace_found(request, public_id), Typed(request)
    with form:
        added = services.share_add(request.actor, found, form.get("who"), form.get("role") or Share.Role.EDITOR)
        messages.success(request, str(MAY_NOW[added.role]) % {"user": added.user.username})
        return redirect("workspace", public_id)
    return page(request, found, form, section="sharing")


@form_of("workspace")
def role(request: PageRequest, public_id: str) -> HttpResponse:
    """Give somebody with whom it is shared the other role."""
    found, user_id, chosen = workspace_found(request, public_id), _user_id(request), request.POST.get("role", "")
    shared = services.share_role_set(request.actor, found, user_id, chosen)
    messages.success(request, str(MAY_NOW[shared.role]) % {"user": shared.user.username})
    return redirect("workspace", public_id)


@require_POST
def unshare(request: PageRequest, public_id: str) -> HttpResponse:
    """Take it back from somebody, or leave it."""
    found, user_id = workspace_found(request, public_id), _user_id(request)
    services.share_remove(request.actor, found, user_id)
    messages.success(request, _("It is no longer shared with them."))
    mine = request.actor.user is not None and user_id == request.actor.user.pk
    return redirect("workspaces") if mine else redirect("workspace", public_id)


def _user_id(request: PageRequest) -> int:
    """The person that a form names. Raises `Invalid`."""
    user_id = request.POST.get("user", "")
    if not (user_id.isascii() and user_id.isdecimal() and len(user_id) < 19):
        raise Invalid(_("Choose one of the list."))
    return int(user_id)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def kept_delete(request: PageRequest, public_id: str) -> HttpResponse:
    """Ask, then delete what was kept of a deleted workspace."""
    kept = next((one for one in kept_files_of(request.actor) if one.public_id == public_id), None)
    if kept is None:
        raise NotFound(_("There are no such files."), code="KEPT_FILES_NOT_FOUND")
    if request.method != "POST":
        return render(request, "workspaces/kept_delete.html", {"kept": kept})
    kept_files_delete(request.actor, public_id)
    messages.success(request, _("The files of “%(name)s” are being deleted.") % {"name": kept.name})
    return redirect("workspaces")
