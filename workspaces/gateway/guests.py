"""Whether what a guest came in by is still good: a password of the workspace or of an alias, or the link to a port."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from spaces_site.errors import Unauthenticated
from workspaces.gateway.alias_gate import alias_guarded
from workspaces.gateway.audience import share_of
from workspaces.gateway.hosts import Target
from workspaces.models import GatewaySession, PortShare


def guest_check(session: GatewaySession, target: Target) -> None:
    """The guest of this session, which is of this host, may still enter `target`. Raises `Unauthenticated`."""
    workspace = session.workspace
    if not workspace.owner.is_active:  # or a locked owner would come back in
        raise Unauthenticated(_("This workspace is locked."))
    if session.guest_by == GatewaySession.GuestBy.PASSWORD:
        if not workspace.has_password or session.password_version != workspace.password_version:
            raise Unauthenticated(_("The password of this workspace has changed."))
    elif session.guest_by == GatewaySession.GuestBy.LINK:
        share = share_of(workspace, target.port)
        if not share or share.audience != PortShare.Audience.LINK or session.password_version != share.link_version:
            raise Unauthenticated(_("This link does not work any more."))
    else:
        alias = alias_guarded(target)
        if alias is None or session.password_version != alias.password_version:
            raise Unauthenticated(_("The password of this address has changed."))
