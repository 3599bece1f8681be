"""What a card or a page asks for: the card again, a verb, a star, deletion, and the way into the workspace."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.next_page import leaves_site, next_or
from accounts.views.request import PageRequest
from spaces_site.errors import Invalid, NotFound
from workspaces import services
from workspaces.gateway.tickets import ticket_issue, workspace_host
from workspaces.selectors import workspace_managed
from workspaces.services.used import workspace_used
from workspaces.states import Verb
from workspaces.views.found import workspace_found
from workspaces.views.shown import shown, shown_operation

VERBS = {
    Verb.START: services.workspace_start,
    Verb.STOP: services.workspace_stop,
    Verb.RESTART: services.workspace_restart,
    Verb.PAUSE: services.workspace_pause,
    Verb.RESUME: services.workspace_resume,
}


@require_safe
@never_cache
def card(request: PageRequest, public_id: str) -> HttpResponse:
    """One card of the list, for a page that shows it."""
    return _card(request, public_id)


@require_safe
@never_cache
def operation(request: PageRequest, public_id: str, operation_id: str) -> HttpResponse:
    """One line of the history."""
    found = workspace_found(request, public_id).operations.filter(pk=operation_id).select_related("actor").first()
    if found is None:
        raise NotFound(_("There is no such operation."))
    return render(request, "workspaces/_operation.html", {"shown": shown_operation(found)})


@require_POST
def action(request: PageRequest, public_id: str, verb: str) -> HttpResponse:
    """Start, stop, restart, pause or resume."""
    VERBS[Verb(verb)](request.actor, workspace_found(request, public_id))
    return _answer(request, public_id)


@require_POST
def favorite(request: PageRequest, public_id: str) -> HttpResponse:
    """Give or take the star. The form says which, so that sending it twice changes nothing."""
    services.workspace_favorite(request.actor, workspace_found(request, public_id), request.POST.get("on") == "1")
    return _answer(request, public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def delete(request: PageRequest, public_id: str) -> HttpResponse:
    """Say what will be lost; delete when that is confirmed."""
    workspace = workspace_found(request, public_id)
    workspace_managed(request.actor, public_id)
    if request.method != "POST":
        return render(request, "workspaces/delete.html", {"workspace": workspace, "shown": shown(workspace)})
    services.workspace_delete(request.actor, workspace, keep_files=request.POST.get("keep_files") == "1")
    messages.success(request, _("“%(name)s” is being deleted.") % {"name": workspace.name})
    return redirect("workspaces")


@leaves_site
@require_safe
@never_cache
def enter(request: PageRequest, public_id: str) -> HttpResponse:
    """On to the workspace's own origin, with a ticket that lets this browser in. The gateway wakes what sleeps.

    One without a page of its own is opened by its terminal.
    """
    workspace, port = workspace_found(request, public_id), _port(request.GET.get("port", ""))
    if port is None and not workspace.kind.has_app:
        return redirect("workspace-terminal", public_id)
    workspace_used(workspace.pk, opened=True)
    return HttpResponseRedirect(
        ticket_issue(
            request.actor,
            workspace,
            host=workspace_host(workspace, port),
            session_key=request.session.session_key or "",
            next_path=request.GET.get("next") or "/",
        )
    )


def _answer(request: PageRequest, public_id: str) -> HttpResponse:
    """The card for a card, the page where the form was for everything else."""
    if request.headers.get("HX-Target") == f"card-{public_id}":
        return _card(request, public_id)
    return redirect(next_or(request, reverse("workspaces")))


def _card(request: PageRequest, public_id: str) -> HttpResponse:
    context = {"shown": shown(workspace_found(request, public_id)), "here": reverse("workspaces")}
    return render(request, "workspaces/_card.html", context)


def _port(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= 65535):
        raise Invalid(_("A port is a number from 1 to 65535."))
    return int(text)
