"""Letting others use a workspace, and taking that back."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.actors import Actor, full_member
from accounts.models import User
from accounts.rate import rate_limit
from spaces_site.errors import Conflict, Invalid, NotFound
from workspaces import live
from workspaces.auditing import workspace_audit
from workspaces.gateway.authorise import authorise_forget
from workspaces.models import Favorite, GatewaySession, GatewayTicket, Share, Workspace
from workspaces.selectors import workspace_get, workspace_managed

MOST_SHARES = 50
TRIES_PER_HOUR = 60
"""Names of people that one person may try: else this would be a way to find out who has an account."""


def share_add(actor: Actor, workspace: Workspace, who: str, role: str = Share.Role.EDITOR) -> Share:
    """The person with that user name or e-mail address is editor or viewer of the workspace; twice is fine, and another
    role takes the place of the one they had.

    Raises `Invalid` (USER_NOT_FOUND, SHARE_WITH_OWNER, ROLE_INVALID), `Conflict` (SHARE_LIMIT), `NotFound`,
    `Forbidden` (OWNER_ONLY), `TooMany`. Guests are nobody that could be named.
    """
    workspace = workspace_managed(actor, workspace.public_id)
    role_check(role)
    rate_limit("share", str(full_member(actor).pk), limit=TRIES_PER_HOUR, window=timedelta(hours=1))
    who = who.strip().replace("\0", "")
    people = User.objects.filter(is_active=True, is_guest=False)
    user = people.filter(Q(username__iexact=who) | Q(email__iexact=who)).first() if who else None
    if user is None:
        text = _("Nobody here has that user name or e-mail address. They need to sign up first.")
        raise Invalid(text, code="USER_NOT_FOUND", details={"who": text})
    if user.pk == workspace.owner_id:
        text = _("The workspace belongs to that person already.")
        raise Invalid(text, code="SHARE_WITH_OWNER", details={"who": text})
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=workspace.pk)
        if Share.objects.filter(workspace=workspace).exclude(user=user).count() >= MOST_SHARES:
            raise Conflict(_("It is shared with %(most)d people, which is as many as can be.") % {"most": MOST_SHARES},
                           code="SHARE_LIMIT")  # fmt: skip
        share, is_new = Share.objects.get_or_create(workspace=workspace, user=user, defaults={"role": role})
        if is_new:
            workspace_audit(actor, "share.add", workspace, user=user.username, role=role)
            live.shares_changed(workspace, user.pk)
        else:
            _role_change(actor, workspace, share, role)
    return share


def share_role_set(actor: Actor, workspace: Workspace, user_id: int, role: str) -> Share:
    """The person with whom the workspace is shared has that role; what they have open and may not any more, ends.

    Raises `Invalid` (ROLE_INVALID), `NotFound` (also SHARE_NOT_FOUND), `Forbidden` (OWNER_ONLY).
    """
    workspace = workspace_managed(actor, workspace.public_id)
    role_check(role)
    with transaction.atomic():
        share = Share.objects.filter(workspace=workspace, user=user_id).select_related("user").first()
        if share is None:
            raise NotFound(_("It is not shared with that person."), code="SHARE_NOT_FOUND")
        _role_change(actor, workspace, share, role)
    return share


def role_check(role: str) -> None:
    """Raises `Invalid` (ROLE_INVALID) for what is no role."""
    if role not in Share.Role.values:
        text = _("Choose one of: %(roles)s.") % {"roles": ", ".join(Share.Role.values)}
        raise Invalid(text, code="ROLE_INVALID", details={"role": text})


def _role_change(actor: Actor, workspace: Workspace, share: Share, role: str) -> None:
    """Call in a transaction. Every request at the gateway asks anew, so nothing that is open there has to be ended."""
    if not Share.objects.filter(pk=share.pk).exclude(role=role).update(role=role):
        return
    share.role = role
    workspace_audit(actor, "share.role", workspace, user=share.user.username, role=role)
    live.shares_changed(workspace, share.user_id)
    transaction.on_commit(lambda: authorise_forget(workspace.public_id), robust=True)


def share_remove(actor: Actor, workspace: Workspace, user_id: int) -> None:
    """The person may no longer use the workspace, and what they have open of it ends. One may also leave oneself.

    Somebody with whom it is not shared is no error. Raises `NotFound`, `Forbidden` (OWNER_ONLY, GUEST).
    """
    allowed = workspace_get if user_id == full_member(actor).pk else workspace_managed
    workspace = allowed(actor, workspace.public_id)
    with transaction.atomic():
        share = Share.objects.filter(workspace=workspace, user=user_id).select_related("user").first()
        if share is None:
            return
        share.delete()
        for entries in (GatewaySession, GatewayTicket, Favorite):
            entries.objects.filter(workspace=workspace, user=user_id).delete()
        workspace_audit(actor, "share.remove", workspace, user=share.user.username)
        live.shares_changed(workspace, user_id)
        transaction.on_commit(lambda: authorise_forget(workspace.public_id), robust=True)
