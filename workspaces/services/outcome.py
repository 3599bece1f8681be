"""What became of what was asked, for callers that have waited for it and may find their new workspace gone again."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Invalid, NotFound, Unavailable
from workspaces.models import Operation, Workspace
from workspaces.selectors import workspace_get
from workspaces.states import State, Verb

OF_WHAT_WAS_GIVEN = {"CLONE_FAILED", "PATH_INVALID", "PATH_OUTSIDE", "IS_A_FOLDER", "NOT_A_FOLDER", "FILE_EXISTS"}
"""Codes of a new workspace whose files or repository cannot be put into it: another one would fare no better."""


def outcome(actor: Actor, workspace: Workspace, *, is_new: bool = False) -> Workspace:
    """The workspace as it is now, which may still be on its way.

    Raises `Unavailable` when the last thing that was asked of it has failed, and `Invalid` when that was to clone a
    repository (CLONE_FAILED) or to put files in place; `NotFound` when it is gone. `is_new`: the actor has just made
    it, and where it was deleted again since it failed, that is what is raised.
    """
    try:
        found = workspace_get(actor, workspace.public_id)
    except NotFound:
        if not is_new:
            raise
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
    return Invalid(reason, code=code) if code in OF_WHAT_WAS_GIVEN else Unavailable(reason, code=code or None)
