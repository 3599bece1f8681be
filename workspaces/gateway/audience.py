"""Which ports of a workspace are open to others than those who may work in it, and to whom."""

from __future__ import annotations

from accounts.actors import Actor, signed_in
from accounts.models import User
from workspaces.models import PortShare, Share, Workspace
from workspaces.selectors import may_use, workspace_usable


def is_editor(workspace: Workspace, port: int | None) -> bool:
    """Whether `port` is the kind's own, where its app answers, by whichever address; None is that too."""
    return port is None or port == workspace.port


def view_port_of(workspace: Workspace) -> int:
    """Where its desktop shows itself to who may only look; 0 for nowhere. Never where the app itself answers."""
    return 0 if workspace.kind.view_port == workspace.port else workspace.kind.view_port


def is_view(workspace: Workspace, port: int | None) -> bool:
    """Whether `port` is the one for looking."""
    return bool(port) and port == view_port_of(workspace)


def may_look(user: User, workspace: Workspace) -> bool:
    """Whether an account that is not locked may look on: whoever may work in the workspace or see its page. A seat's
    leader owns it."""
    if user.runs_the_site or workspace.owner_id == user.pk:
        return True
    return Share.objects.filter(user=user, workspace=workspace).exists()


def share_of(workspace: Workspace, port: int | None) -> PortShare | None:
    """How a port is shared; None when it is not.

    The kind's own port never is, whatever was said of it while another was; the one for looking by link alone; nor any
    of an owner whose account is locked, who would come back in through it.
    """
    if port is None or is_editor(workspace, port) or not workspace.owner.is_active:
        return None
    share = PortShare.objects.filter(workspace=workspace, port=port).first()
    by_link = share is not None and share.audience == PortShare.Audience.LINK
    return share if by_link or not is_view(workspace, port) else None


def open_to_people(workspace: Workspace, port: int | None) -> bool:
    """Whether everybody with an account may enter that port; a guest's is none."""
    share = share_of(workspace, port)
    return share is not None and share.audience == PortShare.Audience.PEOPLE


def workspace_enterable(actor: Actor, public_id: str, port: int | None) -> Workspace:
    """The workspace, for a way in to `port` of it or, with None, to its app.

    Raises `Unauthenticated` for a visitor, `Forbidden` (VIEWER_ONLY) for who may only look at it, and `NotFound` for
    all others to whom that port is not open, which says nothing of the workspace.
    """
    user = signed_in(actor)
    workspace = Workspace.objects.select_related("kind", "owner").filter(public_id=public_id).first()
    if workspace is not None:
        if may_use(actor, workspace) or (is_view(workspace, port) and may_look(user, workspace)):
            return workspace
        if not user.is_guest and open_to_people(workspace, port):
            return workspace
    return workspace_usable(actor, public_id)
