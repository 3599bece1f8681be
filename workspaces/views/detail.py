"""The page of one workspace, with its name and its password."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts.views.next_page import form_of
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import Forbidden
from workspaces.gateway.tickets import workspace_url
from workspaces.models import Share, Workspace, WorkspaceGroup
from workspaces.passwords import password_decrypt
from workspaces.selectors import may_manage, operations_for, shares_of, workspace_managed
from workspaces.services import workspace_password_set, workspace_rename
from workspaces.services.details import notes_version, password_check
from workspaces.services.looking import looking_of
from workspaces.services.protection import password_is_asked
from workspaces.views.asking import password_refused
from workspaces.views.found import workspace_found
from workspaces.views.shown import shown, shown_operation
from workspaces.views.starters import starter_of
from workspaces.views.terminal import with_terminal

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what looks alike on a projector: l and 1, o and 0, i. `secret.js` has the same."""


@require_safe
@never_cache
def workspace(request: PageRequest, public_id: str) -> HttpResponse:
    """What it is, how it is, what was done to it."""
    return page(request, workspace_found(request, public_id), Typed(request))


@form_of("workspace")
def rename(request: PageRequest, public_id: str) -> HttpResponse:
    """Give it another name."""
    found, form = workspace_found(request, public_id), Typed(request)
    with form:
        workspace_rename(request.actor, found, form.get("name"))
        return redirect("workspace", public_id)
    return page(request, found, form, section="rename")


@form_of("workspace")
@never_cache
@sensitive_post_parameters("password", "current")
def password(request: PageRequest, public_id: str) -> HttpResponse:
    """Set, make up, show or remove the password. What is shown is on this answer alone, so that does not redirect."""
    found, form = workspace_found(request, public_id), Typed(request)
    do, current = form.get("do"), form.values.pop("current", "")
    workspace_managed(request.actor, public_id)
    if do == "show":
        if password_is_asked(request.actor, found):  # whoever has to know it is not shown it
            raise Forbidden(_("Only the owner of this workspace can do that."), code="OWNER_ONLY")
        return page(request, found, form, section="password", secret=password_decrypt(found.password_encrypted))
    with form:
        chosen = {"generate": password_suggest(), "remove": ""}.get(do, form.get("password"))
        if do != "remove":
            password_check(chosen)  # an empty field is a slip, and no wish to remove the password
        workspace_password_set(request.actor, found, chosen, current=current)
        if do == "generate":
            renewed = workspace_found(request, public_id)
            return page(request, renewed, form, section="password", secret=chosen, fresh=True)
        messages.success(request, _("The password is set.") if chosen else _("The password is removed."))
        return redirect("workspace", public_id)
    password_refused(form, "current")
    return page(request, found, form, section="password")


def password_suggest() -> str:
    """Three groups of four (59 bits), easy to read out."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))


@with_terminal
def page(request: PageRequest, found: Workspace, form: Typed, section: str = "", **extra: Any) -> HttpResponse:
    """The page of a workspace, with what was typed into the form of one `section`."""
    managed = may_manage(request.actor, found)
    context = {
        "form": form,
        "section": section,
        "shown": shown(found),
        "workspace": found,
        "operations": [shown_operation(operation) for operation in operations_for(request.actor, found)],
        "address": workspace_url(found) if found.kind.has_app else "",
        "starter": starter_of(found),
        "is_mine": request.actor.user == found.owner,
        "may_manage": managed,
        "asks": password_is_asked(request.actor, found),
        "shares": shares_of(found),
        "looking": looking_of(request.actor, found),
        "roles": Share.Role.choices,
        "groups": WorkspaceGroup.objects.filter(owner=found.owner) if managed else [],
        "notes_version": notes_version(found),
    }
    return render(request, "workspaces/workspace.html", context | extra, status=form.status)
