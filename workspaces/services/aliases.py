"""Names for ports: `http://<name>.` and the site's host, of which each is given once on the whole site."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Conflict, Invalid, NotFound
from workspaces import live
from workspaces.auditing import workspace_audit
from workspaces.gateway.authorise import authorise_forget
from workspaces.gateway.credentials import TOKEN_PREFIX
from workspaces.gateway.hosts import is_name, name_is_reserved
from workspaces.gateway.names import name_forget
from workspaces.gateway.tickets import site_url
from workspaces.models import Alias, GatewaySession, GatewayTicket, Workspace
from workspaces.passwords import password_encrypt
from workspaces.selectors import workspace_get, workspace_managed
from workspaces.services.ports import port_check

MOST_ALIASES = 20
PASSWORD_LENGTHS = range(6, 129)
_USERNAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What an alias shall be; a password only when it is another one."""

    port: int
    username: str
    password: str


def aliases_of(actor: Actor, workspace: Workspace) -> list[Alias]:
    """The names of the ports of a workspace that the actor may see, by name. Raises `NotFound`."""
    return list(Alias.objects.filter(workspace=workspace_get(actor, workspace.public_id)))


def alias_url(alias: Alias) -> str:
    """The address that people open; ends in a slash."""
    return site_url(f"{alias.subdomain}.{settings.BASE_HOST}") + "/"


def alias_add(
    actor: Actor, workspace: Workspace, *, subdomain: str, port: int, auth_username: str = "", auth_password: str = ""
) -> Alias:
    """The name leads to the port, and with a user name and a password whoever knows both may enter there.

    Raises `Invalid` (ALIAS_INVALID, ALIAS_RESERVED, PORT_INVALID, PORT_IS_EDITOR, PORT_IS_VIEW, ALIAS_AUTH_INVALID),
    `Conflict` (ALIAS_TAKEN, also by this workspace itself; ALIAS_LIMIT), `NotFound`, `Forbidden` (OWNER_ONLY).
    """
    workspace = workspace_managed(actor, workspace.public_id)
    _check_name(subdomain)
    port_check(workspace, port)
    if auth_username or auth_password:
        _check_auth(auth_username, auth_password)
    alias = Alias(
        subdomain=subdomain,
        workspace=workspace,
        port=port,
        auth_username=auth_username,
        password_encrypted=password_encrypt(auth_password),
        # Begins anywhere, so that a session of an alias that is long gone does not fit the first password of a new one.
        password_version=secrets.randbelow(2**30),
    )
    try:
        with transaction.atomic():
            Workspace.objects.select_for_update().get(pk=workspace.pk)
            _check_room(workspace)
            alias.save(force_insert=True)
            workspace_audit(actor, "alias.add", workspace, name=subdomain, port=port, protected=alias.has_password)
            _changed(alias)
    except IntegrityError as error:
        if not Alias.objects.filter(subdomain=subdomain).exists():
            raise
        text = _("The name “%(name)s” is taken.") % {"name": subdomain}
        raise Conflict(text, code="ALIAS_TAKEN", details={"subdomain": text}) from error
    return alias


def alias_update(
    actor: Actor,
    workspace: Workspace,
    subdomain: str,
    *,
    port: int | None = None,
    protected: bool | None = None,
    auth_username: str | None = None,
    auth_password: str | None = None,
) -> Alias:
    """The name leads to another port, or has other protection; what is None, and a password that is "", stays.

    Without `protected` what is given of a user name and a password is set. Whoever came in at this name by what is no
    longer true is out. Raises as `alias_add`, and `NotFound` (ALIAS_NOT_FOUND).
    """
    workspace = workspace_managed(actor, workspace.public_id)
    if port is not None:
        port_check(workspace, port)
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=workspace.pk)
        alias = _alias_of(workspace, subdomain)
        wanted = _Wanted(port or alias.port, *_wanted_auth(alias, protected, auth_username, auth_password))
        moved, guarded_before = wanted.port != alias.port, alias.has_password
        other_auth = bool(wanted.password) or wanted.username != alias.auth_username
        if moved or other_auth:
            _apply(alias, wanted, other_auth)
            _end_sessions(alias, moved=moved, other_auth=other_auth and guarded_before)
            now = {"name": subdomain, "port": alias.port, "protected": alias.has_password}
            workspace_audit(actor, "alias.update", workspace, **now)
            _changed(alias)
    return alias


def _wanted_auth(
    alias: Alias, protected: bool | None, username: str | None, password: str | None
) -> tuple[str, str]:
    """User name, "" for no protection; and password, "" for the one that it has."""
    if protected is False:
        return "", ""
    if not protected and not username and not password:
        return alias.auth_username, ""
    name = username or alias.auth_username
    _check_auth(name, password or "", has_password=alias.has_password)
    return name, password or ""


def _apply(alias: Alias, wanted: _Wanted, other_auth: bool) -> None:
    alias.port, alias.auth_username = wanted.port, wanted.username
    if not wanted.username or wanted.password:
        alias.password_encrypted = password_encrypt(wanted.password)
    if other_auth:
        alias.password_version += 1
    alias.updated_at = timezone.now()
    alias.save()


def _end_sessions(alias: Alias, *, moved: bool, other_auth: bool) -> None:
    """Of guests at this name: all when it leads elsewhere, those of its password when that is another."""
    guests = GatewaySession.objects.filter(host=alias.subdomain, user=None)
    if moved:
        guests.delete()
    elif other_auth:
        guests.filter(guest_by=GatewaySession.GuestBy.ALIAS).delete()


def alias_remove(actor: Actor, workspace: Workspace, subdomain: str) -> None:
    """The name leads nowhere and is free, and what was open by it ends.

    Raises `NotFound` (ALIAS_NOT_FOUND), `Forbidden` (OWNER_ONLY).
    """
    workspace = workspace_managed(actor, workspace.public_id)
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=workspace.pk)
        alias = _alias_of(workspace, subdomain)
        for entries in (GatewaySession, GatewayTicket):
            entries.objects.filter(host=alias.subdomain).delete()
        workspace_audit(actor, "alias.remove", workspace, name=subdomain, port=alias.port)
        _changed(alias)
        alias.delete()


def _alias_of(workspace: Workspace, subdomain: str) -> Alias:
    alias = Alias.objects.filter(workspace=workspace, subdomain=subdomain.replace("\0", "")).first()
    if alias is None:
        raise NotFound(_("This workspace has no such name."), code="ALIAS_NOT_FOUND")
    alias.workspace = workspace
    return alias


def _check_name(subdomain: str) -> None:
    if is_name(subdomain):
        return
    text = _("A name has 3 to 32 lower-case letters, digits and hyphens, begins with a letter and does not end in “-”.")
    code = "ALIAS_INVALID"
    if name_is_reserved(subdomain):
        text, code = _("This name is kept for the site itself. Choose another one."), "ALIAS_RESERVED"
    raise Invalid(text, code=code, details={"subdomain": text})


def _check_auth(username: str, password: str, *, has_password: bool = False) -> None:
    details = {}
    if not _USERNAME.fullmatch(username) or username.startswith(TOKEN_PREFIX):
        details["auth_username"] = _("The user name has 1 to 64 letters, digits, “_”, “.” and “-”.")
    if (password or not has_password) and not _fits(password):
        details["auth_password"] = _("The password has 6 to 128 characters, and does not begin with “sp_”.")
    if details:
        text = _("A name that is protected takes a user name and a password.")
        raise Invalid(text, code="ALIAS_AUTH_INVALID", details=details)


def _fits(password: str) -> bool:
    """What begins like one of our tokens would be taken for one, where a program sends it."""
    return len(password) in PASSWORD_LENGTHS and password.isprintable() and not password.startswith(TOKEN_PREFIX)


def _check_room(workspace: Workspace) -> None:
    if Alias.objects.filter(workspace=workspace).count() >= MOST_ALIASES:
        text = _("The workspace has %(most)d names, which is as many as can be.") % {"most": MOST_ALIASES}
        raise Conflict(text, code="ALIAS_LIMIT", details={"limit": MOST_ALIASES})


def _changed(alias: Alias) -> None:
    workspace, name = alias.workspace, alias.subdomain
    live.workspace_changed(workspace)
    transaction.on_commit(lambda: _forget(name, workspace.public_id), robust=True)


def _forget(name: str, public_id: str) -> None:
    name_forget(name)
    authorise_forget(public_id)
