"""The ways into a workspace: on to its own origin, with a ticket that lets this browser in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.actors import signed_in
from accounts.views.next_page import leaves_site
from accounts.views.request import PageRequest
from spaces_site.errors import Invalid, NotFound
from workspaces.gateway.audience import is_editor, is_view, workspace_enterable
from workspaces.gateway.names import name_target
from workspaces.gateway.tickets import ticket_issue, workspace_host
from workspaces.models import Workspace
from workspaces.services.used import workspace_used


@leaves_site
@require_safe
@never_cache
def enter(request: PageRequest, public_id: str) -> HttpResponse:
    """To the app, or to a port, which may be open to more people. The gateway wakes what sleeps, but for who looks on.

    One without a page of its own is opened by its terminal.
    """
    signed_in(request.actor)
    port = port_read(request.GET.get("port", ""))
    workspace = workspace_enterable(request.actor, public_id, port)
    if port is None and not workspace.kind.has_app:
        return redirect("workspace-terminal", public_id)
    _note_use(workspace, port)
    return _on(request, workspace, workspace_host(workspace, port))


@leaves_site
@require_safe
@never_cache
def enter_named(request: PageRequest, subdomain: str) -> HttpResponse:
    """To the port that has this name. Whose it is shows nowhere to who may not enter there."""
    signed_in(request.actor)
    target = name_target(subdomain)
    if target is None:
        raise NotFound(_("There is no such workspace."), code="WORKSPACE_NOT_FOUND")
    workspace = workspace_enterable(request.actor, target.public_id, target.port)
    _note_use(workspace, target.port)
    return _on(request, workspace, f"{target.host_label}.{settings.BASE_HOST}")


def _note_use(workspace: Workspace, port: int | None) -> None:
    """Looking on is none."""
    if not is_view(workspace, port):
        workspace_used(workspace.pk, opened=is_editor(workspace, port))


def port_read(text: str) -> int | None:
    """A port as it stands in an address or a form, None for an empty one. Raises `Invalid` (PORT_INVALID)."""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= 65535):
        message = _("A port is a number from 1 to 65535.")
        raise Invalid(message, code="PORT_INVALID", details={"port": message})
    return int(text)


def _on(request: PageRequest, workspace: Workspace, host: str) -> HttpResponse:
    return HttpResponseRedirect(
        ticket_issue(
            request.actor,
            workspace,
            host=host,
            session_key=request.session.session_key or "",
            next_path=request.GET.get("next") or "/",
        )
    )
