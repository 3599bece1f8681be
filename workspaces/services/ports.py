"""The ports of a workspace: which are listened on, and to whom each is open."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Conflict, Invalid
from workspaces import live
from workspaces.auditing import workspace_audit
from workspaces.engine import get_engine
from workspaces.engine.base import EngineError
from workspaces.engine.inside import ListeningPort
from workspaces.engine_state import engine_silent
from workspaces.gateway.authorise import authorise_forget
from workspaces.gateway.hosts import host_label
from workspaces.gateway.tickets import site_url, workspace_host, workspace_url
from workspaces.models import Alias, GatewaySession, PortShare, Workspace
from workspaces.sealing import seal, unseal_if_readable
from workspaces.selectors import may_manage, workspace_get, workspace_managed
from workspaces.states import State

OWNER = "owner"
"""The audience of a port that is not shared: those who may work in the workspace."""
AUDIENCES = (OWNER, *PortShare.Audience.values)
MOST_SHARED = 50


@dataclass(frozen=True, slots=True)
class PortView:
    """A port of a workspace. `listening`: something takes connections there now, which with `loopback_only` nobody
    outside of the workspace reaches. `is_editor`: it is the kind's own.

    `audience` is "owner", "people" or "link"; `url` the address that people open; `link` the whole address of the link,
    "" unless there is one and the actor may manage the workspace; `aliases` the names that lead there.
    """

    port: int
    listening: bool
    loopback_only: bool
    is_editor: bool
    audience: str
    url: str
    link: str
    aliases: list[str]


def ports_of(actor: Actor, workspace: Workspace, *, ask_engine: bool = True) -> list[PortView]:
    """Ports that are listened on, shared or named, by number. To look is no use of the workspace, and wakes nothing.

    The engine is asked only while the workspace runs, and not at all without `ask_engine`. Raises `NotFound`, and
    `Unavailable` when it does not answer.
    """
    workspace = workspace_get(actor, workspace.public_id)
    asked = ask_engine and workspace.state == State.RUNNING
    listening = {found.port: found for found in (_listening(workspace) if asked else [])}
    shares = {share.port: share for share in PortShare.objects.filter(workspace=workspace)}
    names: dict[int, list[str]] = {}
    for alias in Alias.objects.filter(workspace=workspace):
        names.setdefault(alias.port, []).append(alias.subdomain)
    manages = may_manage(actor, workspace)
    return [
        _view(workspace, port, listening.get(port), shares.get(port), names.get(port, []), manages)
        for port in sorted({*listening, *shares, *names})
    ]


def _listening(workspace: Workspace) -> list[ListeningPort]:
    try:
        return get_engine().listening_ports(workspace.engine_name)
    except EngineError as error:
        raise engine_silent() from error


def _view(
    workspace: Workspace,
    port: int,
    found: ListeningPort | None,
    share: PortShare | None,
    names: list[str],
    manages: bool,
) -> PortView:
    is_editor = port == workspace.port
    share = None if is_editor else share  # left over from when another port was the kind's
    return PortView(
        port=port,
        listening=found is not None,
        loopback_only=found is not None and found.loopback_only,
        is_editor=is_editor,
        audience=share.audience if share else OWNER,
        url=workspace_url(workspace, None if is_editor else port),
        link=_link(workspace, share) if share and manages else "",
        aliases=names,
    )


def port_share_set(actor: Actor, workspace: Workspace, port: int, audience: str) -> str:
    """The port is open to `audience` from now on, and whoever came in by a link that it had before is out.

    Returns the address of its link, "" for an audience without one; the same audience again changes nothing. Raises
    `Invalid` (PORT_INVALID, PORT_IS_EDITOR, AUDIENCE_INVALID), `Conflict` (PORT_LIMIT), `NotFound`, `Forbidden`
    (OWNER_ONLY).
    """
    workspace = workspace_managed(actor, workspace.public_id)
    port_check(workspace, port)
    if audience not in AUDIENCES:
        text = _("Choose one of: %(choices)s.") % {"choices": ", ".join(AUDIENCES)}
        raise Invalid(text, code="AUDIENCE_INVALID", details={"audience": text})
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=workspace.pk)
        share = PortShare.objects.filter(workspace=workspace, port=port).first()
        if audience != (share.audience if share else OWNER):
            share = _share_change(workspace, port, share, audience)
            workspace_audit(actor, "port.share", workspace, port=port, audience=audience)
            _changed(workspace, port)
    return _link(workspace, share) if share else ""


def _share_change(workspace: Workspace, port: int, share: PortShare | None, audience: str) -> PortShare | None:
    if audience == OWNER:
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


def port_link_renew(actor: Actor, workspace: Workspace, port: int) -> str:
    """The port has a new link, whose address is returned; the one before leads nowhere, and who came by it is out.

    Raises `Invalid` (PORT_INVALID, PORT_IS_EDITOR; AUDIENCE_INVALID when it is not shared by link), `NotFound`,
    `Forbidden` (OWNER_ONLY).
    """
    workspace = workspace_managed(actor, workspace.public_id)
    port_check(workspace, port)
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=workspace.pk)
        share = PortShare.objects.filter(workspace=workspace, port=port, audience=PortShare.Audience.LINK).first()
        if share is None:
            raise Invalid(
                _("This port has no link. Share it with everybody who has the link first."), code="AUDIENCE_INVALID"
            )
        _link_change(share)
        workspace_audit(actor, "port.link", workspace, port=port)
        _changed(workspace, port)
    return _link(workspace, share)


def _link_change(share: PortShare) -> None:
    """Another link, or none; in hexadecimal, since nothing in it can be taken for one of our tokens."""
    by_link = share.audience == PortShare.Audience.LINK
    share.link_key_sealed = seal(secrets.token_hex(24)) if by_link else ""
    share.link_version += 1
    share.save()


def port_check(workspace: Workspace, port: int) -> None:
    """Raises `Invalid` (PORT_INVALID, PORT_IS_EDITOR) for what is no port, and for the one of the kind's own app, where
    whoever enters is in the whole workspace."""
    if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65535:
        text = _("A port is a number from 1 to 65535.")
        raise Invalid(text, code="PORT_INVALID", details={"port": text})
    if port == workspace.port:
        text = _("%(port)d is the port of %(kind)s itself, which is never shared by port. Share the workspace instead.")
        text %= {"port": port, "kind": workspace.kind.title}
        raise Invalid(text, code="PORT_IS_EDITOR", details={"port": text})


def _link(workspace: Workspace, share: PortShare) -> str:
    """"" also when it was sealed under another secret key: a new one has to be made."""
    key = unseal_if_readable(share.link_key_sealed)
    return f"{site_url(workspace_host(workspace, share.port))}/_spaces/link?key={key}" if key else ""


def _changed(workspace: Workspace, port: int) -> None:
    hosts = [host_label(workspace.public_id, port)]
    hosts += Alias.objects.filter(workspace=workspace, port=port).values_list("subdomain", flat=True)
    by_link = GatewaySession.objects.filter(workspace=workspace, user=None, guest_by=GatewaySession.GuestBy.LINK)
    by_link.filter(host__in=hosts).delete()
    live.workspace_changed(workspace)
    transaction.on_commit(lambda: authorise_forget(workspace.public_id), robust=True)
