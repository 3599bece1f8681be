"""What became of a new workspace, for callers that have waited for it and may find it gone again."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Invalid, NotFound, Unavailable
from workspaces.models import Operation, Workspace
from workspaces.selectors import workspace_get
from workspaces.states import State, Verb

CLONE_FAILED = "CLONE_FAILED"


def creation_outcome(actor: Actor, workspace: Workspace) -> Workspace:
    """The workspace as it is now, which may still be on its way. `workspace` is one that the actor has just made.

    Raises `Invalid` (CLONE_FAILED) when its repository could not be cloned and `Unavailable` when it failed otherwise,
    also where it was deleted again for that.
    """
    try:
        found = workspace_get(actor, workspace.public_id)
    except NotFound:
        operation = Operation.objects.filter(
            workspace_public_id=workspace.public_id, verb=Verb.CREATE, actor=actor.user
        ).first()
        if operation is None or not operation.error:  # deleted by somebody meanwhile
            raise
        raise _failed(operation.error_code, operation.error) from None
    if found.state == State.ERROR or (found.state == State.DELETING and found.error):
        raise _failed(found.error_code, found.error)
    return found


def _failed(code: str, reason: str) -> Invalid | Unavailable:
    reason = reason or _("It could not be made.")
    return Invalid(reason, code=code) if code == CLONE_FAILED else Unavailable(reason, code=code or None)
