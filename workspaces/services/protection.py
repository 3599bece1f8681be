"""The password of a workspace, where it is asked of people who are signed in: all but the owner."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Forbidden
from workspaces.auditing import workspace_audit
from workspaces.gateway.tries import try_refund, try_take
from workspaces.models import Workspace
from workspaces.passwords import password_matches


class WorkspacePasswordWrong(Forbidden):
    """The workspace has a password, and none or another one was given."""

    default_code = "WORKSPACE_PASSWORD"


def password_is_asked(actor: Actor, workspace: Workspace) -> bool:
    """Whether the actor has to give the workspace's password for what it protects."""
    is_owner = actor.user is not None and workspace.owner_id == actor.user.pk
    return workspace.has_password and not is_owner


def password_ask(actor: Actor, workspace: Workspace, given: str | None) -> None:
    """The actor may go on: they own it, it has no password, or `given` is the one ("" for none).

    None: it is not asked for, since the actor got here by another right: the platform itself, the administration, a
    visit that the gateway has let in. Raises `WorkspacePasswordWrong` and, for who keeps on guessing, `TooMany`; the
    tries at the gate count with these. Not to be called within a transaction.
    """
    if given is None or not password_is_asked(actor, workspace):
        return
    if not given:
        raise WorkspacePasswordWrong(_("This workspace has a password, which is asked for here."))
    try_take(workspace.public_id, actor.address)
    if not password_matches(workspace, given):
        workspace_audit(actor, "workspace.password_refused", workspace)
        raise WorkspacePasswordWrong(_("That is not the password of this workspace."))
    try_refund(workspace.public_id, actor.address)
