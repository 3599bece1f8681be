"""Audit events about one workspace."""

from __future__ import annotations

from typing import Any

from accounts.actors import Actor
from accounts.audit import audit
from accounts.models import AuditEvent
from workspaces.models import Workspace


def workspace_audit(actor: Actor, action: str, workspace: Workspace, **meta: Any) -> AuditEvent:
    """Write what `actor` did to or in `workspace`, in the caller's transaction. `meta` holds no secret."""
    return audit(
        actor,
        action,
        workspace=workspace.public_id,
        workspace_name=workspace.name,
        owner_id=workspace.owner_id,
        **meta,
    )
