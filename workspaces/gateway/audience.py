"""Which ports of a workspace are open to others than those who may work in it, and to whom."""

from __future__ import annotations

from accounts.actors import Actor, signed_in
from workspaces.models import PortShare, Workspace
from workspaces.selectors import may_use, workspace_usable


def is_editor(workspace: Workspace, port: int | None) -> bool:
    """Whether `port` is the kind's own, where its app answers, by whichever address; None is that too."""
    return port is None or port == workspace.port


def share_of(workspace: Workspace, port: int | None) -> PortShare | None:
    """How a port is shared; None when it is not.

    The kind's own port never is, whatever was said of it while another was; nor any of an owner whose account is
    locked, who would come back in through it.
    """
    if port is None or is_editor(workspace, port) or not workspace.owner.is_active:
        return None
    return PortShare.objects.filter(workspace=workspace, port=port).first()


def open_to_people(workspace: Workspace, port: int | None) -> bool:
    """Whether everybody with an account may enter that port; a guest's is none."""
    share = share_of(workspace, port)
    return share is not None and share.audience == PortShare.Audience.PEOPLE


def workspace_enterable(actor: Actor, public_id: str, port: int | None) -> Workspace:
    """The workspace, for a way in to `port` of it or, with None, to its app.

    Raises `Unauthenticated` for a visitor, `Forbidden` (VIEWER_ONLY) for who may only look at it, and `NotFound` for
    all others to whom that port is not open, which says nothing of the workspace.
    """
    guest = signed_in(actor).is_guest
    workspace = Workspace.objects.select_related("kind", "owner").filter(public_id=public_id).first()
    if workspace is not None and (may_use(actor, workspace) or (not guest and open_to_people(workspace, port))):
        return workspace
    return workspace_usable(actor, public_id)
