"""The one way to write an audit event."""

from __future__ import annotations

from typing import Any

from accounts.actors import Actor
from accounts.models import AuditEvent
from accounts.redaction import redacted_all


def audit(
    actor: Actor,
    action: str,
    *,
    workspace: str = "",
    workspace_name: str = "",
    owner_id: int | None = None,
    **meta: Any,
) -> AuditEvent:
    """Write what `actor` did, in the caller's transaction. `workspace` is a public id.

    `meta` holds no secret; what looks like one nevertheless is taken out of its texts. Of what is done to a workspace,
    write through `workspaces.auditing`, which knows its name and its owner.
    """
    return AuditEvent.objects.create(
        action=action,
        actor=actor.user,
        actor_name=actor.name,
        workspace=workspace,
        workspace_name=workspace_name,
        owner_id=owner_id,
        address=actor.address,
        request_id=actor.request_id,
        meta=redacted_all(meta),
    )
