"""Somebody goes to a workspace."""

from __future__ import annotations

from django.utils import timezone

from workspaces.models import Workspace


def workspace_opened(workspace: Workspace) -> None:
    """Note that it was opened just now, which lists sort by and which counts as use. It is not started by this."""
    now = timezone.now()
    Workspace.objects.filter(pk=workspace.pk).update(last_opened_at=now, last_activity_at=now)
