"""Pushing a repository of a workspace, with a token that the workspace never sees."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.views.request import PageRequest
from accounts.views.typed import KEPT, Typed
from spaces_site.errors import NotFound
from workspaces.git import git_push
from workspaces.selectors import workspace_usable
from workspaces.views.found import workspace_found
from workspaces.views.shown import shown


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("token")
def push(request: PageRequest, public_id: str) -> HttpResponse:
    """Say what to push; then show what git said. The token is not shown again."""
    found, form = workspace_found(request, public_id), Typed(request, keeps=(*KEPT, NotFound))
    workspace_usable(request.actor, public_id)
    result = None
    if request.method == "POST":
        with form:
            result = git_push(
                request.actor,
                found,
                repo_path=form.get("destination") or "/",
                remote=form.get("remote") or "origin",
                branch=form.get("branch"),
                token=form.get("token"),
            )
    else:
        form.values |= {"destination": request.GET.get("path", "repo")[:300], "remote": "origin"}
    context = {
        "workspace": found,
        "shown": shown(found),
        "is_mine": request.actor.user == found.owner,
        "form": form,
        "result": result,
    }
    return render(request, "workspaces/push.html", context, status=form.status)
