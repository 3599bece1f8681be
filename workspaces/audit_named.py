"""What happened to a workspace that is known by its name alone, whether or not it is still there."""

from __future__ import annotations

from accounts.actors import Actor
from accounts.models import AuditEvent
from accounts.selectors import events_for
from spaces_site.errors import NotFound
from workspaces.models import Workspace
from workspaces.selectors import workspace_get_by_name
from workspaces.shell_history import history_refresh


def events_named(actor: Actor, name: str, limit: int) -> list[AuditEvent]:
    """The last `limit` events that the actor may read, oldest first; with a `name` those of workspaces called so.

    Of one that has that name now also what happened when it had another, and what was typed in its shells until now. A
    name that nobody uses has none.
    """
    workspace = _alive(actor, name) if name else None
    if workspace is not None:
        history_refresh(workspace)
    events = {event.pk: event for event in events_for(actor, name=name, limit=limit)}
    if workspace is not None:
        events |= {event.pk: event for event in events_for(actor, workspace=workspace.public_id, limit=limit)}
    return sorted(events.values(), key=lambda event: (event.at, event.pk))[-limit:]


def _alive(actor: Actor, name: str) -> Workspace | None:
    try:
        return workspace_get_by_name(actor, name)
    except NotFound:
        return None
