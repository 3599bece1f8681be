"""What a card or a page asks for: the card again, a verb, a star, deletion."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.next_page import next_or
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import NotFound
from workspaces import services
from workspaces.selectors import workspace_managed, workspace_usable
from workspaces.services.protection import password_is_asked
from workspaces.states import Verb
from workspaces.views.asking import ASKED, password_page, password_refused, to_password_page
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


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
def action(request: PageRequest, public_id: str, verb: str) -> HttpResponse:
    """Start, stop, restart, pause or resume. Looking at the address asks for the password, where there is one."""
    found, form = workspace_found(request, public_id), Typed(request, keeps=ASKED)
    if request.method == "POST":
        with form:
            VERBS[Verb(verb)](request.actor, found, password=form.get("password"))
            return _answer(request, public_id)
        if "password" not in form.values:
            return to_password_page(request, found, verb)
    elif not password_is_asked(request.actor, workspace_usable(request.actor, public_id)):
        return redirect("workspace", public_id)
    return password_page(request, found, verb, form)


@require_POST
def favorite(request: PageRequest, public_id: str) -> HttpResponse:
    """Give or take the star. The form says which, so that sending it twice changes nothing."""
    services.workspace_favorite(request.actor, workspace_found(request, public_id), request.POST.get("on") == "1")
    return _answer(request, public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
def delete(request: PageRequest, public_id: str) -> HttpResponse:
    """Say what will be lost; delete when that is confirmed, and the password is given where it is asked for."""
    workspace, form = workspace_found(request, public_id), Typed(request, keeps=ASKED)
    workspace_managed(request.actor, public_id)
    if request.method == "POST":
        with form:
            services.workspace_delete(
                request.actor, workspace, keep_files=form.get("keep_files") == "1", password=form.get("password")
            )
            messages.success(request, _("“%(name)s” is being deleted.") % {"name": workspace.name})
            return redirect("workspaces")
        password_refused(form)
    context = {
        "workspace": workspace,
        "shown": shown(workspace),
        "form": form,
        "asks": password_is_asked(request.actor, workspace),
    }
    return render(request, "workspaces/delete.html", context, status=form.status)


def _answer(request: PageRequest, public_id: str) -> HttpResponse:
    """The card for a card, the page where the form was for everything else."""
    if request.headers.get("HX-Target") == f"card-{public_id}":
        return _card(request, public_id)
    return redirect(next_or(request, reverse("workspaces")))


def _card(request: PageRequest, public_id: str) -> HttpResponse:
    context = {"shown": shown(workspace_found(request, public_id)), "here": reverse("workspaces")}
    return render(request, "workspaces/_card.html", context)
