"""The rows that open one port of a workspace to others, and the links to it. Who may change them is asked before."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from spaces_site.errors import Conflict
from workspaces import live
from workspaces.gateway.authorise import authorise_forget
from workspaces.gateway.hosts import host_label
from workspaces.gateway.tickets import site_url, workspace_host
from workspaces.models import Alias, GatewaySession, PortShare, Workspace
from workspaces.sealing import seal, unseal_if_readable

MOST_SHARED = 50


def share_put(workspace: Workspace, port: int, audience: str) -> tuple[PortShare | None, bool]:
    """The port is open to `audience`, "" for nobody else; whoever came by a link that it had before is out.

    Returns the row, and whether anything changed. Call it in a transaction. Raises `Conflict` (PORT_LIMIT).
    """
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    share = PortShare.objects.filter(workspace=workspace, port=port).first()
    if audience == (share.audience if share else ""):
        return share, False
    share = _share_change(workspace, port, share, audience)
    _changed(workspace, port)
    return share, True


def _share_change(workspace: Workspace, port: int, share: PortShare | None, audience: str) -> PortShare | None:
    if not audience:
        PortShare.objects.filter(workspace=workspace, port=port).delete()
        return None
    if share is None:
        if PortShare.objects.filter(workspace=workspace).count() >= MOST_SHARED:
            text = _("%(most)d ports are shared, which is as many as can be.") % {"most": MOST_SHARED}
            raise Conflict(text, code="PORT_LIMIT", details={"limit": MOST_SHARED})
        # Begins anywhere, so that a session of a link that is long gone does not fit the first one of a new row.
        share = PortShare(workspace=workspace, port=port, link_version=secrets.randbelow(2**30))
    share.audience = audience
    _link_change(share)
    return share


def link_renewed(workspace: Workspace, port: int) -> PortShare | None:
    """The row with another link than before, whose visitors are out; None for a port that is not shared by link. Call
    it in a transaction."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    share = PortShare.objects.filter(workspace=workspace, port=port, audience=PortShare.Audience.LINK).first()
    if share is not None:
        _link_change(share)
        _changed(workspace, port)
    return share


def link_of(workspace: Workspace, share: PortShare | None) -> str:
    """The address of the link; "" when there is none, or when it was sealed under another secret key, so that a new one
    has to be made."""
    key = unseal_if_readable(share.link_key_sealed) if share else ""
    return f"{site_url(workspace_host(workspace, share.port))}/_spaces/link?key={key}" if share and key else ""


def _link_change(share: PortShare) -> None:
    """Another link, or none; in hexadecimal, since nothing in it can be taken for one of our tokens."""
    by_link = share.audience == PortShare.Audience.LINK
    share.link_key_sealed = seal(secrets.token_hex(24)) if by_link else ""
    share.link_version += 1
    share.save()


def _changed(workspace: Workspace, port: int) -> None:
    hosts = [host_label(workspace.public_id, port)]
    hosts += Alias.objects.filter(workspace=workspace, port=port).values_list("subdomain", flat=True)
    by_link = GatewaySession.objects.filter(workspace=workspace, user=None, guest_by=GatewaySession.GuestBy.LINK)
    by_link.filter(host__in=hosts).delete()
    live.workspace_changed(workspace)
    transaction.on_commit(lambda: authorise_forget(workspace.public_id), robust=True)
