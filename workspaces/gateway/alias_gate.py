"""The user name and password of a name for a port: who knows both enters there, as a page or as a program."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.rate import client_of
from spaces_site.errors import Unauthenticated
from workspaces.auditing import workspace_audit
from workspaces.gateway.audience import is_editor, is_view
from workspaces.gateway.gate import PasswordWrong
from workspaces.gateway.hosts import Target
from workspaces.gateway.sessions import session_open
from workspaces.gateway.tries import try_refund, try_take
from workspaces.models import Alias, GatewaySession, Workspace
from workspaces.passwords import password_decrypt

NOTED_EVERY = 3600.0
"""Seconds after which the audit says again that the same program comes in: it brings its password with each request."""
_noted: dict[tuple[int, int, str], float] = {}
_MOST_NOTED = 1000


def alias_guarded(target: Target) -> Alias | None:
    """The alias of this target when a password opens it: none is set, or its owner is locked, or it leads elsewhere now
    or to a port of the kind's own, for work or for looking, which no alias opens, gives None."""
    if target.port is None:
        return None
    alias = (
        Alias.objects.select_related("workspace__kind", "workspace__owner")
        .filter(subdomain=target.host_label, workspace__public_id=target.public_id, port=target.port)
        .filter(workspace__owner__is_active=True)
        .exclude(password_encrypted="")
        .first()
    )
    if alias is None or is_editor(alias.workspace, alias.port) or is_view(alias.workspace, alias.port):
        return None
    return alias


def alias_enter(target: Target, username: str, password: str, address: str | None) -> str:
    """A key for the browser's cookie, when both are right. Tries are counted before they are compared.

    Raises `PasswordWrong`, `TooMany`, and `Unauthenticated` when no password opens this host.
    """
    alias = _checked(target, username, password, address)
    workspace_audit(_visitor(address), "gateway.alias_accepted", alias.workspace, host=alias.subdomain)
    by = GatewaySession.GuestBy.ALIAS
    return session_open(alias.workspace, target.host_label, guest_by=by, version=alias.password_version)


def alias_basic(target: Target, encoded: str, address: str | None) -> Workspace:
    """The workspace, for a program with the right name and password in its `Authorization: Basic`.

    Raises `Unauthenticated` and `TooMany`.
    """
    username, password = basic_read(encoded)
    try:
        alias = _checked(target, username, password, address)
    except PasswordWrong as error:
        raise Unauthenticated(error.message) from error
    _note(alias, address)
    return alias.workspace


def basic_read(encoded: str) -> tuple[str, str]:
    """User name and password of a Basic credential (RFC 7617, UTF-8); both empty when it is none."""
    try:
        name, _colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name, password


def _checked(target: Target, username: str, password: str, address: str | None) -> Alias:
    alias = alias_guarded(target)
    if alias is None:
        raise Unauthenticated(_("Sign in to open this workspace."))
    of = f"alias {alias.subdomain}"
    try_take(of, address)
    right = [_same(alias.auth_username, username), _same(password_decrypt(alias.password_encrypted), password)]
    if not all(right):
        workspace_audit(_visitor(address), "gateway.alias_refused", alias.workspace, host=alias.subdomain)
        raise PasswordWrong(_("That is not the user name and password of this address."))
    try_refund(of, address)
    return alias


def _same(kept: str, given: str) -> bool:
    """Takes the same time wherever they differ."""
    given_digest = hashlib.sha256(given.encode("utf-8", "replace")).digest()
    return hmac.compare_digest(hashlib.sha256(kept.encode()).digest(), given_digest)


def _note(alias: Alias, address: str | None) -> None:
    key, now = (alias.pk, alias.password_version, client_of(address)), time.monotonic()
    if now - _noted.get(key, -NOTED_EVERY) < NOTED_EVERY:
        return
    if len(_noted) >= _MOST_NOTED:
        _noted.clear()
    _noted[key] = now
    workspace_audit(_visitor(address), "gateway.alias_accepted", alias.workspace, host=alias.subdomain)


def _visitor(address: str | None) -> Actor:
    return Actor(user=None, via="gateway", address=address)
