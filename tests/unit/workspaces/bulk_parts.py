"""What tests of bulk actions share."""

from __future__ import annotations

from collections.abc import Callable

from workspaces.models import Workspace

Seats = Callable[..., list[Workspace]]


def ids(workspaces: list[Workspace]) -> list[str]:
    return [workspace.public_id for workspace in workspaces]


def states(workspaces: list[Workspace]) -> list[str]:
    found = Workspace.objects.filter(pk__in=[one.pk for one in workspaces]).order_by("pk")
    return list(found.values_list("state", flat=True))
