"""Keeps a settled row true to its container, from the engine's events and from the sweep."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.actors import SYSTEM
from workspaces import live
from workspaces.auditing import workspace_audit
from workspaces.engine.base import ContainerState, Engine
from workspaces.gateway.authorise import authorise_forget
from workspaces.leases import free_now
from workspaces.models import Snapshot, Workspace
from workspaces.out_of_memory import ended_of_memory, out_of_memory_forget
from workspaces.reasons import CONTAINER_GONE, ENDED, ENDED_OUTSIDE, MEMORY
from workspaces.states import OPEN_OPERATIONS, State

SETTLED_ON_ENGINE = {State.RUNNING, State.PAUSED, State.STOPPED}
KILLED_BY_ENGINE = {137, 143, 255}
"""Exit codes of a container that was ended from outside: by the engine's own end, or by hand."""


def differs(workspace: Workspace, seen: ContainerState | None) -> bool:
    """Whether a settled row says something else than its container. What failed stays failed until somebody acts."""
    if workspace.state not in SETTLED_ON_ENGINE:
        return False
    real = _state_of(seen)
    if workspace.state != real:
        return True
    return real == State.RUNNING and seen is not None and (workspace.address or "") != seen.address


def observe(public_id: str, engine: Engine) -> bool:
    """Look at one container now and correct its row; true when something was corrected.

    One that a worker holds is that worker's business (it may stand still for a moment while it is copied), one with an
    operation under way that operation's, and an unknown one the sweep's.
    """
    workspace = Workspace.objects.filter(free_now(), public_id=public_id).first()
    if workspace is None or workspace.state not in SETTLED_ON_ENGINE:
        return False
    seen = engine.inspect(workspace.engine_name)
    if seen is not None and seen.status == "paused" and _holds_its_breath(workspace):
        return False
    return differs(workspace, seen) and _correct(workspace, seen)


def _holds_its_breath(workspace: Workspace) -> bool:
    """Whether the worker that paused it for a snapshot was killed: who takes that up again has it go on."""
    return workspace.state == State.RUNNING and workspace.snapshots.filter(state=Snapshot.State.TAKING).exists()


@transaction.atomic
def _correct(workspace: Workspace, seen: ContainerState | None) -> bool:
    real = _state_of(seen)
    fields: dict[str, Any] = {"state": real, "address": (seen.address or None) if seen else None}
    if real != workspace.state:
        fields["state_changed_at"] = timezone.now()
        if real == State.STOPPED:
            code, reason = _why(workspace, seen)
            fields |= {"stopped_at": timezone.now(), "error_code": code, "error": reason}
        elif seen is not None and seen.started_at is not None:
            fields["started_at"] = seen.started_at
    unchanged = Workspace.objects.filter(
        pk=workspace.pk, state=workspace.state, state_changed_at=workspace.state_changed_at
    ).exclude(operations__state__in=OPEN_OPERATIONS)
    if not Workspace.objects.filter(pk__in=unchanged.values("pk")).update(**fields):
        return False  # somebody acted in between
    if real != workspace.state:
        workspace_audit(
            SYSTEM,
            "workspace.observed",
            workspace,
            before=workspace.state,
            now=real,
            code=fields.get("error_code", ""),
        )
    out_of_memory_forget(workspace)
    live.workspace_changed(workspace)
    transaction.on_commit(lambda: authorise_forget(workspace.public_id), robust=True)
    return True


def _state_of(seen: ContainerState | None) -> State:
    if seen is None or seen.status in ("created", "stopped"):
        return State.STOPPED
    return State.PAUSED if seen.status == "paused" else State.RUNNING


def _why(workspace: Workspace, seen: ContainerState | None) -> tuple[str, str]:
    """Code and reason of a stop that nobody asked for."""
    if seen is None:
        return "CONTAINER_GONE", CONTAINER_GONE
    if ended_of_memory(workspace, seen):
        return "OUT_OF_MEMORY", MEMORY % {"limit": workspace.memory_mb}
    if seen.exit_code in KILLED_BY_ENGINE:
        return "ENDED_OUTSIDE", ENDED_OUTSIDE
    return "APP_ENDED", ENDED % {"code": seen.exit_code}
