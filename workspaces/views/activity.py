"""What a workspace uses and what goes on in it, as a page and as figures for its charts."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.views.request import PageRequest
from workspaces.models import Workspace
from workspaces.states import State, Verb
from workspaces.stats import disk_of, processes_of, stats_of
from workspaces.views.found import workspace_found
from workspaces.views.shown import shown

MEASURED = frozenset({State.RUNNING, State.PAUSED})
"""States in which there is something to draw."""


@require_safe
@never_cache
def activity(request: PageRequest, public_id: str) -> HttpResponse:
    """The charts, and with `?all=1` programs and disk, which take longer to find out and so come after the rest."""
    found = workspace_found(request, public_id)
    asked = bool(request.GET.get("all"))
    context = {
        "workspace": found,
        "shown": shown(found),
        "asked": asked,
        "programs": processes_of(found) if asked else [],
        "room": disk_of(found) if asked else None,
        "measured": found.state in MEASURED,
        "start_verb": Verb.START,
        "is_mine": request.actor.user == found.owner,
    }
    return render(request, "workspaces/activity.html", context)


@require_safe
@never_cache
def usage(request: PageRequest, public_id: str) -> HttpResponse:
    """The figures of now. `cpu_share` is of all the cores it has, 1 for all; `at` in milliseconds since 1970."""
    found = workspace_found(request, public_id)
    stats = stats_of(request.actor, found)
    return JsonResponse(
        {
            "state": found.state,
            "measured": found.state in MEASURED,
            "at": int(timezone.now().timestamp() * 1000),
            "cpu_share": _share(found, stats.cpu_percent),
            "stats": asdict(stats),
        }
    )


def _share(workspace: Workspace, cpu_percent: float) -> float:
    return round(cpu_percent / 100 / workspace.cpus, 4)
