"""The ports of a workspace: which are listened on, and to whom each is open."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Invalid
from workspaces.auditing import workspace_audit
from workspaces.engine import get_engine
from workspaces.engine.base import EngineError
from workspaces.engine.inside import ListeningPort
from workspaces.engine_state import engine_silent
from workspaces.gateway.audience import is_view
from workspaces.gateway.tickets import workspace_url
from workspaces.models import Alias, PortShare, Workspace
from workspaces.selectors import may_manage, workspace_get, workspace_managed
from workspaces.services.port_links import link_of, link_renewed, share_put
from workspaces.states import State

OWNER = "owner"
"""The audience of a port that is not shared: those who may work in the workspace."""
AUDIENCES = (OWNER, *PortShare.Audience.values)


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
    """Ports that are listened on, shared or named, by number, but for the one for looking on. To look is no use of the
    workspace, and wakes nothing.

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
        if not is_view(workspace, port)
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
        link=link_of(workspace, share) if manages else "",
        aliases=names,
    )


def port_share_set(actor: Actor, workspace: Workspace, port: int, audience: str) -> str:
    """The port is open to `audience` from now on, and whoever came in by a link that it had before is out.

    Returns the address of its link, "" for an audience without one; the same audience again changes nothing. Raises
    `Invalid` (PORT_INVALID, PORT_IS_EDITOR, PORT_IS_VIEW, AUDIENCE_INVALID), `Conflict` (PORT_LIMIT), `NotFound`,
    `Forbidden` (OWNER_ONLY).
    """
    workspace = workspace_managed(actor, workspace.public_id)
    port_check(workspace, port)
    if audience not in AUDIENCES:
        text = _("Choose one of: %(choices)s.") % {"choices": ", ".join(AUDIENCES)}
        raise Invalid(text, code="AUDIENCE_INVALID", details={"audience": text})
    with transaction.atomic():
        share, is_changed = share_put(workspace, port, "" if audience == OWNER else audience)
        if is_changed:
            workspace_audit(actor, "port.share", workspace, port=port, audience=audience)
    return link_of(workspace, share)


def port_link_renew(actor: Actor, workspace: Workspace, port: int) -> str:
    """The port has a new link, whose address is returned; the one before leads nowhere, and who came by it is out.

    Raises `Invalid` (PORT_INVALID, PORT_IS_EDITOR, PORT_IS_VIEW; AUDIENCE_INVALID when it is not shared by link),
    `NotFound`, `Forbidden` (OWNER_ONLY).
    """
    workspace = workspace_managed(actor, workspace.public_id)
    port_check(workspace, port)
    with transaction.atomic():
        share = link_renewed(workspace, port)
        if share is None:
            raise Invalid(
                _("This port has no link. Share it with everybody who has the link first."), code="AUDIENCE_INVALID"
            )
        workspace_audit(actor, "port.link", workspace, port=port)
    return link_of(workspace, share)


def port_check(workspace: Workspace, port: int) -> None:
    """Raises `Invalid` (PORT_INVALID, PORT_IS_EDITOR, PORT_IS_VIEW) for what is no port, for the one of the kind's own
    app, where whoever enters is in the whole workspace, and for the one for looking, which has a link of its own."""
    if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65535:
        text = _("A port is a number from 1 to 65535.")
        raise Invalid(text, code="PORT_INVALID", details={"port": text})
    named = {"port": port, "kind": workspace.kind.title}
    if port == workspace.port:
        text = _("%(port)d is the port of %(kind)s itself, which is never shared by port. Share the workspace instead.")
        raise Invalid(text % named, code="PORT_IS_EDITOR", details={"port": text % named})
    if is_view(workspace, port):
        text = _(
            "%(port)d is where %(kind)s is looked at. The page of the workspace has a link of its own for that, under "
            "“Let somebody look”."
        )
        raise Invalid(text % named, code="PORT_IS_VIEW", details={"port": text % named})
