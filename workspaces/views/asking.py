"""The password of a workspace, where a page has to ask for it: of everybody but the owner."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.views.next_page import next_safe
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from workspaces.models import Workspace
from workspaces.services.protection import WorkspacePasswordWrong
from workspaces.states import Verb
from workspaces.views.shown import shown

ASKED = (WorkspacePasswordWrong,)
"""What a form that asks keeps for itself. Too many wrong ones are a page of their own."""


def to_password_page(request: PageRequest, workspace: Workspace, verb: str) -> HttpResponse:
    """On to the page that asks, and from there back to where the button was; by htmx the whole page goes there."""
    here = next_safe(request, request.POST.get("next"))
    target = reverse("workspace-action", args=[workspace.public_id, verb])
    target += f"?{urlencode({'next': here}, safe='/')}" if here else ""
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return redirect(target)


def password_page(request: PageRequest, workspace: Workspace, verb: str, form: Typed) -> HttpResponse:
    """Ask for it, and say that it was wrong when it was."""
    password_refused(form)
    context = {
        "workspace": workspace,
        "shown": shown(workspace),
        "verb": Verb(verb),
        "form": form,
        "next": next_safe(request, request.POST.get("next") or request.GET.get("next")),
    }
    return render(request, "workspaces/password_ask.html", context, status=form.status)


def password_refused(form: Typed, field: str = "password") -> None:
    """What a form that asks was refused for stands at that field."""
    if form.status == 403 and form.message:
        form.errors, form.message = {field: form.message}, ""
