"""The password of a workspace: whoever knows it gets a session of this host, until it is changed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Forbidden, Unauthenticated
from workspaces.auditing import workspace_audit
from workspaces.gateway.hosts import Target
from workspaces.gateway.sessions import session_open
from workspaces.gateway.tries import try_refund, try_take
from workspaces.models import Workspace
from workspaces.passwords import password_matches


class PasswordWrong(Forbidden):
    """The password given is not the workspace's."""

    default_code = "PASSWORD_WRONG"


def gate_name(target: Target) -> str | None:
    """The name of the workspace when a password opens it; None when there is none, or no such workspace."""
    found = _guarded(target)
    return found.name if found else None


def gate_enter(target: Target, given: str, address: str | None) -> str:
    """A key for the browser's cookie, when `given` is the password. Tries are counted before they are compared.

    Raises `PasswordWrong`, `TooMany`, and `Unauthenticated` when no password opens this workspace.
    """
    workspace = _guarded(target)
    if workspace is None:
        raise Unauthenticated(_("Sign in to open this workspace."))
    try_take(workspace.public_id, address)
    visitor = Actor(user=None, via="gateway", address=address)
    if not password_matches(workspace, given):
        workspace_audit(visitor, "gateway.password_refused", workspace)
        raise PasswordWrong(_("That is not the password of this workspace."))
    try_refund(workspace.public_id, address)
    workspace_audit(visitor, "gateway.password_accepted", workspace)
    return session_open(workspace, target.host_label)


def _guarded(target: Target) -> Workspace | None:
    found = Workspace.objects.filter(public_id=target.public_id, owner__is_active=True)
    return found.exclude(password_encrypted="").first()
