"""Somebody goes to a workspace, or works in it."""

from __future__ import annotations

from django.utils import timezone

from workspaces.models import Workspace


def workspace_used(workspace_id: int, *, opened: bool) -> None:
    """Note that it was used just now and, with `opened`, that a person opened it, which lists sort by.

    It is not started by this.
    """
    now = timezone.now()
    times = {"last_activity_at": now} | ({"last_opened_at": now} if opened else {})
    Workspace.objects.filter(pk=workspace_id).update(**times)
