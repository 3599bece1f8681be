"""That the kernel ended a program because its workspace was at its memory limit: noted on the row until the next start.

The usual case is that the workspace goes on: what was ended is one of its programs, and not the app itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from accounts.actors import SYSTEM
from workspaces import live
from workspaces.auditing import workspace_audit
from workspaces.engine.base import ContainerState
from workspaces.models import Workspace

AT_MOST_EVERY = timedelta(seconds=5)
"""What is begun again and again and ended each time is not worth more."""
TOGETHER = timedelta(seconds=15)
"""An app that ends so soon after the kernel ended something in its container has ended of that."""


@transaction.atomic
def out_of_memory_note(public_id: str, at: datetime) -> bool:
    """The row of that workspace says when; true when it says so newly. An audit event is written once for each start.

    An unknown one is no error: it was deleted meanwhile. What was before its last start is of no interest any more.
    """
    workspace = Workspace.objects.filter(public_id=public_id).first()
    if workspace is None:
        return False
    row = Workspace.objects.filter(Q(started_at=None) | Q(started_at__lte=at), pk=workspace.pk)
    is_first = bool(row.filter(out_of_memory_at=None).update(out_of_memory_at=at))
    if not is_first and not row.filter(out_of_memory_at__lte=at - AT_MOST_EVERY).update(out_of_memory_at=at):
        return False
    if is_first:
        workspace_audit(SYSTEM, "workspace.out_of_memory", workspace, memory_mb=workspace.memory_mb)
    live.workspace_changed(workspace)
    return True


def out_of_memory_forget(workspace: Workspace) -> None:
    """What was before its last start is no longer said. One that was only put to sleep and woken did not start."""
    Workspace.objects.filter(pk=workspace.pk, out_of_memory_at__lt=F("started_at")).update(out_of_memory_at=None)


def ended_of_memory(workspace: Workspace, seen: ContainerState) -> bool:
    """Whether a container ended because it was at its limit.

    The engine says so of every end once the kernel ended anything in it, which the app may have survived for hours.
    """
    noted, ended = workspace.out_of_memory_at, seen.finished_at
    return seen.oom_killed and (noted is None or ended is None or ended - noted <= TOGETHER)
