"""What is said after workspaces were moved to another group, with the way back."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.views.next_page import next_or
from accounts.views.request import PageRequest
from workspaces.models import WorkspaceGroup
from workspaces.services.groups import Moved
from workspaces.views.filters import NO_GROUP, group_number

SESSION_KEY = "workspaces_moved"


def moved_answer(
    request: PageRequest, moved: Moved, group: WorkspaceGroup | None, *, back: bool = False
) -> HttpResponse:
    """The message alone for a page that shows it, and the list around it fetches itself anew; else on to the list."""
    said = {
        "count": len(moved.names),
        "name": moved.names[0] if len(moved.names) == 1 else "",
        "group": group.name if group else "",
        "is_back": back,
        "before": [f"{public_id}:{number or NO_GROUP}" for public_id, number in moved.before.items()],
    }
    if "HX-Request" in request.headers:
        response = render(request, "workspaces/_moved.html", {"moved": said})
        response["HX-Trigger"] = "workspaces-moved"
        return response
    request.session[SESSION_KEY] = said
    return redirect(next_or(request, reverse("workspaces")))


def moved_last(request: PageRequest) -> dict[str, Any] | None:
    """What was moved on the way to this page; said once."""
    said: dict[str, Any] | None = request.session.pop(SESSION_KEY, None) if SESSION_KEY in request.session else None
    return said


def moved_before(request: PageRequest) -> dict[str, int | None]:
    """What the message's form says of the groups until then; what cannot be read is left out."""
    pairs = [pair.partition(":") for pair in request.POST.getlist("before")]
    return {
        public_id: group_number(group)
        for public_id, _colon, group in pairs
        if group == NO_GROUP or group_number(group) is not None
    }
