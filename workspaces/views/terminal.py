"""The page of a workspace's terminals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, cast

from csp.constants import NONCE, SELF
from csp.decorators import csp_update
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.views.request import PageRequest
from workspaces.selectors import may_use
from workspaces.services.used import workspace_used
from workspaces.states import State, Verb
from workspaces.terminal.wire import FIRST_NAME, name_read
from workspaces.views.found import workspace_found
from workspaces.views.shown import shown

P = ParamSpec("P")


def with_terminal(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """For pages with a terminal: its own style sheets carry the page's nonce. Scripts stay as strict as ever."""
    return cast(Callable[P, HttpResponse], csp_update({"style-src": [SELF, NONCE]})(cast(Any, view)))


@with_terminal
@require_safe
@never_cache
def terminal(request: PageRequest, public_id: str) -> HttpResponse:
    """The terminal called `?name=`; of one that does not run what to do about it; for a viewer why there is none."""
    found = workspace_found(request, public_id)
    runs = found.state == State.RUNNING
    if runs and may_use(request.actor, found):
        workspace_used(found.pk, opened=True)
    context = {
        "workspace": found,
        "shown": shown(found),
        "runs": runs,
        "wake_verb": Verb.RESUME if found.state == State.PAUSED else Verb.START,
        "name": name_read(request.GET.get("name", "")) or FIRST_NAME,
        "is_mine": request.actor.user == found.owner,
    }
    return render(request, "workspaces/terminal.html", context)
