"""Letting somebody look at a desktop: a link to the port where it shows itself and takes no keys and no pointer.

Who may see the page of the workspace may look without a link; who may work in it helps by the ordinary way in, to the
same screen. Looking is no use of the workspace and wakes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Conflict
from workspaces.auditing import workspace_audit
from workspaces.gateway.audience import share_of, view_port_of
from workspaces.models import PortShare, Workspace
from workspaces.selectors import may_manage, workspace_get, workspace_managed
from workspaces.services.port_links import link_of, link_renewed, share_put

LINK = PortShare.Audience.LINK


@dataclass(frozen=True, slots=True)
class Looking:
    """How a workspace is looked at: `port`, as text; `link`: the whole address, "" when there is none, when it cannot
    be read any more (then `has_link` all the same), or when the actor may not manage the workspace."""

    port: str
    has_link: bool
    link: str


def looking_of(actor: Actor, workspace: Workspace) -> Looking | None:
    """None for a kind that is not looked at. Raises `NotFound`."""
    port = view_port_of(workspace)
    if not port:
        return None
    workspace = workspace_get(actor, workspace.public_id)
    share = share_of(workspace, port)
    return Looking(str(port), share is not None, link_of(workspace, share) if may_manage(actor, workspace) else "")


def looking_link_make(actor: Actor, workspace: Workspace) -> str:
    """Whoever has the link, whose address is returned, may look. Twice is the same link.

    Raises `Conflict` (VIEW_NONE for a kind that is not looked at; PORT_LIMIT), `NotFound`, `Forbidden` (OWNER_ONLY).
    """
    workspace, port = _of(actor, workspace)
    with transaction.atomic():
        share, is_new = share_put(workspace, port, LINK)
        if is_new:
            workspace_audit(actor, "looking.make", workspace, port=port)
    return link_of(workspace, share)


def looking_link_renew(actor: Actor, workspace: Workspace) -> str:
    """There is another link, whose address is returned; who came by the one before is out. Raises as
    `looking_link_make`."""
    workspace, port = _of(actor, workspace)
    with transaction.atomic():
        share = link_renewed(workspace, port)
        if share is None:
            return looking_link_make(actor, workspace)
        workspace_audit(actor, "looking.renew", workspace, port=port)
    return link_of(workspace, share)


def looking_link_end(actor: Actor, workspace: Workspace) -> None:
    """There is no link, and who came by one is out. Twice is fine. Raises as `looking_link_make`."""
    workspace, port = _of(actor, workspace)
    with transaction.atomic():
        _none, is_changed = share_put(workspace, port, "")
        if is_changed:
            workspace_audit(actor, "looking.end", workspace, port=port)


def _of(actor: Actor, workspace: Workspace) -> tuple[Workspace, int]:
    workspace = workspace_managed(actor, workspace.public_id)
    port = view_port_of(workspace)
    if not port:
        raise Conflict(_("There is nothing to look at in a workspace of this kind."), code="VIEW_NONE")
    return workspace, port
