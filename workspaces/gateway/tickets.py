"""The way from the platform's origin to a workspace's: an address with a ticket that is good once, for a minute."""

from __future__ import annotations

import secrets
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor, signed_in
from accounts.keys import key_hash
from spaces_site.errors import Invalid, Unauthenticated
from workspaces.auditing import workspace_audit
from workspaces.gateway.hosts import Named, Target, host_label, host_place
from workspaces.gateway.names import name_target
from workspaces.gateway.sessions import session_open
from workspaces.models import GatewaySession, GatewayTicket, Workspace

TICKET_LIFETIME = timedelta(seconds=60)
_MOST_ENTRIES, _WITHIN = 6, timedelta(seconds=20)
_MAX_NEXT = 4000


class CookieNotKept(Invalid):
    """The browser comes back for ticket after ticket, so it does not keep the cookie that they are swapped for."""

    default_code = "COOKIE_NOT_KEPT"


def workspace_host(workspace: Workspace, port: int | None = None) -> str:
    """The host, without the site's port, at which the workspace's app or a port inside it answers."""
    return f"{host_label(workspace.public_id, port)}.{settings.BASE_HOST}"


def workspace_url(workspace: Workspace, port: int | None = None) -> str:
    """The address that people open for the workspace's app, or for a port inside it; ends in a slash."""
    return site_url(workspace_host(workspace, port)) + "/"


def site_url(host: str) -> str:
    """Scheme, `host` and the site's port, as an address begins."""
    base = urlsplit(settings.BASE_URL)
    return f"{base.scheme}://{host}" + (f":{base.port}" if base.port else "")


def safe_next(path: str) -> str:
    """`path` when it leads to the same host for every browser, "/" otherwise."""
    plain = path.isprintable() and path.isascii() and " " not in path and len(path) <= _MAX_NEXT
    local = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if plain and local and not path.startswith("/_spaces/") else "/"


def ticket_issue(actor: Actor, workspace: Workspace, *, host: str, session_key: str = "", next_path: str = "/") -> str:
    """An absolute address that lets the actor's browser into `workspace` at `host` once, within a minute.

    The caller has checked that the actor may enter; each request behind it is checked again. `session_key` is the
    browser's platform session, whose end is the end of what the ticket opens. Raises `Invalid` when `host` is not one
    of this workspace's.
    """
    user = signed_in(actor)
    place: object = host_place(host, settings.BASE_HOST)
    if isinstance(place, Named):
        place = name_target(place.label)
    if not isinstance(place, Target) or place.public_id != workspace.public_id:
        raise Invalid(_("This address does not belong to the workspace."), code="WRONG_HOST")
    key = secrets.token_urlsafe(32)
    GatewayTicket.objects.create(
        key_hash=key_hash(key),
        workspace=workspace,
        user=user,
        session_key="" if settings.AUTH_DISABLED else session_key,  # nobody signs in there, so no session could end
        host=place.host_label,
        expires_at=timezone.now() + TICKET_LIFETIME,
    )
    query = urlencode({"ticket": key, "next": safe_next(next_path)})
    return f"{site_url(f'{place.host_label}.{settings.BASE_HOST}')}/_spaces/enter?{query}"


def ticket_redeem(target: Target, key: str, address: str | None = None) -> str:
    """The ticket is used and a session of its user is open at this host; returns the key for the browser's cookie.

    Raises `Unauthenticated` when it was used before, is too old, is for another host or does not exist, and
    `CookieNotKept` when the same browser keeps coming: it would be sent round for ever.
    """
    found = GatewayTicket.objects.filter(key_hash=key_hash(key), host=target.host_label)
    fresh = found.filter(used_at=None, expires_at__gt=timezone.now(), workspace__public_id=target.public_id)
    if not fresh.update(used_at=timezone.now()):  # one of two that come at once wins
        raise Unauthenticated(_("This link was used already or is too old."))
    ticket = found.select_related("workspace", "user").get()
    _check_not_going_round(ticket)
    actor = Actor(user=ticket.user, via="gateway", address=address)
    workspace_audit(actor, "gateway.entered", ticket.workspace, host=target.host_label)
    return session_open(ticket.workspace, ticket.host, user=ticket.user, session_key=ticket.session_key)


def _check_not_going_round(ticket: GatewayTicket) -> None:
    lately = GatewaySession.objects.filter(
        workspace=ticket.workspace,
        user=ticket.user,
        host=ticket.host,
        session_key=ticket.session_key,
        created_at__gt=timezone.now() - _WITHIN,
    )
    if lately.count() >= _MOST_ENTRIES:
        raise CookieNotKept(_("Your browser does not keep this site's cookie. Allow cookies for this address."))
