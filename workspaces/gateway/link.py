"""The link to a port: whoever has it gets a session of this host, until the owner makes a new one or shares it less."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.rate import client_of, rate_limit, rate_refund
from spaces_site.errors import NotFound, SpacesError
from workspaces.auditing import workspace_audit
from workspaces.gateway.audience import share_of
from workspaces.gateway.authorise import authorise
from workspaces.gateway.hosts import Target
from workspaces.gateway.sessions import session_open
from workspaces.models import GatewaySession, PortShare, Workspace
from workspaces.sealing import unseal_if_readable

TRIES, WINDOW = 60, timedelta(minutes=5)
"""Wrong links of one client, wherever they lead: a class behind one address may all have come with an old one."""


def link_enter(target: Target, cookie_keys: tuple[str, ...], given: str, address: str | None) -> str:
    """A key for the browser's cookie when `given` is the key of the link to this port, "" when it is in already.

    Raises `NotFound` for another key, just as for a port without a link and for a workspace that does not exist; and
    `TooMany`, where none of these is told from the others either.
    """
    client = client_of(address)
    rate_limit("link", client, limit=TRIES, window=WINDOW)
    workspace, share = _shared_by_link(target)
    visitor = Actor(user=None, via="gateway", address=address)
    if workspace is None or share is None or not link_matches(share, given):
        if workspace is not None and share is not None:
            workspace_audit(visitor, "gateway.link_refused", workspace, host=target.host_label)
        raise NotFound(_("There is nothing at this address."))
    rate_refund("link", client)
    try:
        authorise(target, cookie_keys, "", address)
    except SpacesError:
        workspace_audit(visitor, "gateway.link_accepted", workspace, host=target.host_label)
        by = GatewaySession.GuestBy.LINK
        return session_open(workspace, target.host_label, guest_by=by, version=share.link_version)
    return ""


def link_matches(share: PortShare, given: str) -> bool:
    """Whether `given` is the key of the share's link. Takes the same time wherever they differ."""
    kept = unseal_if_readable(share.link_key_sealed)  # where it cannot be read, its owner makes a new link
    given_digest = hashlib.sha256(given.encode("utf-8", "replace")).digest()
    return bool(kept) and hmac.compare_digest(hashlib.sha256(kept.encode()).digest(), given_digest)


def _shared_by_link(target: Target) -> tuple[Workspace | None, PortShare | None]:
    found = Workspace.objects.select_related("kind", "owner").filter(public_id=target.public_id).first()
    share = share_of(found, target.port) if found else None
    return found, share if share and share.audience == PortShare.Audience.LINK else None
