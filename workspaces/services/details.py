"""Changes to a workspace that need no container: its name, its star, its password."""

from __future__ import annotations

import hashlib

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.actors import Actor, signed_in
from spaces_site.errors import Conflict, Invalid
from workspaces import live
from workspaces.auditing import workspace_audit
from workspaces.gateway.authorise import authorise_forget
from workspaces.limits import owner_lock
from workspaces.models import Favorite, GatewaySession, Workspace
from workspaces.passwords import password_encrypt
from workspaces.selectors import workspace_get, workspace_managed, workspace_usable
from workspaces.services.names import name_check_free, name_clean, name_collides
from workspaces.services.protection import password_ask

PASSWORD_LENGTHS = range(8, 51)
NOTES_BYTES = 10 * 1024


def password_check(password: str) -> None:
    """Raises `Invalid` (PASSWORD_INVALID) unless it has 8 to 50 characters."""
    if len(password) not in PASSWORD_LENGTHS:
        text = _("The password takes 8 to 50 characters.")
        raise Invalid(text, code="PASSWORD_INVALID", details={"password": text})


def workspace_rename(actor: Actor, workspace: Workspace, name: str) -> Workspace:
    """The workspace is called `name`; its address stays. Raises `Invalid`, `Conflict` (NAME_TAKEN), `NotFound`, and
    `Forbidden` (OWNER_ONLY)."""
    workspace = workspace_managed(actor, workspace.public_id)
    name = name_clean(name)
    with name_collides(), transaction.atomic():
        name_check_free(owner_lock(workspace.owner_id), name, besides=workspace)
        Workspace.objects.filter(pk=workspace.pk).update(name=name)
        workspace_audit(actor, "workspace.rename", workspace, name=name, before=workspace.name)
        live.workspace_changed(workspace)
    workspace.name = name
    return workspace


def notes_version(workspace: Workspace) -> str:
    """Changes with the notes: what somebody who edits them has seen."""
    return hashlib.sha256(workspace.notes.encode()).hexdigest()[:16]


def workspace_notes_set(actor: Actor, workspace: Workspace, notes: str, *, version: str | None = None) -> None:
    """The workspace has these notes, which all see who see it.

    `version`: of the notes that these take the place of; None for whatever they are by now. Raises `Invalid`
    (NOTES_INVALID) for more than 10 KiB of UTF-8, `Conflict` (NOTES_CHANGED), `NotFound`, `Forbidden` (VIEWER_ONLY).
    """
    workspace = workspace_usable(actor, workspace.public_id)
    notes = notes.replace("\r\n", "\n")
    if "\0" in notes or not _fits(notes):
        text = _("Notes take at most %(most)d KB of text.") % {"most": NOTES_BYTES // 1024}
        raise Invalid(text, code="NOTES_INVALID", details={"notes": text})
    with transaction.atomic():
        current = Workspace.objects.filter(pk=workspace.pk)
        if version is not None:
            current = current.filter(notes=workspace.notes)  # or somebody saved since we looked
        if version not in (None, notes_version(workspace)) or not current.update(notes=notes):
            raise Conflict(_("Somebody else has changed the notes in the meantime."), code="NOTES_CHANGED")
        workspace_audit(actor, "workspace.notes", workspace, characters=len(notes))
        live.workspace_changed(workspace)


def _fits(notes: str) -> bool:
    try:
        return len(notes.encode()) <= NOTES_BYTES
    except UnicodeEncodeError:  # JSON can hold halves of characters
        return False


def workspace_favorite(actor: Actor, workspace: Workspace, on: bool | None = None) -> bool:
    """Give or take the actor's star, or turn it over when `on` is None; whether it has one now. Raises `NotFound`."""
    workspace = workspace_get(actor, workspace.public_id)
    star = Favorite.objects.filter(user=signed_in(actor), workspace=workspace)
    wanted = not star.exists() if on is None else on
    if not wanted:
        star.delete()
        return False
    try:
        with transaction.atomic():
            Favorite.objects.get_or_create(user=signed_in(actor), workspace=workspace)
    except IntegrityError:  # two clicks at once: the other one did it
        pass
    return True


def workspace_password_set(
    actor: Actor, workspace: Workspace, password: str, *, current: str | None = ""
) -> None:
    """Visitors need `password` from now on ('' for none), and whoever came in by an older one is out.

    `current`: the password until now, as `password_ask` has it. Raises `Invalid` (PASSWORD_INVALID), `NotFound`,
    `Forbidden` (OWNER_ONLY, WORKSPACE_PASSWORD).
    """
    workspace = workspace_managed(actor, workspace.public_id)
    password_ask(actor, workspace, current)
    if password:
        password_check(password)
    with transaction.atomic():
        Workspace.objects.filter(pk=workspace.pk).update(
            password_encrypted=password_encrypt(password) if password else "",
            password_version=F("password_version") + 1,
        )
        GatewaySession.objects.filter(
            workspace=workspace, user=None, guest_by=GatewaySession.GuestBy.PASSWORD
        ).delete()
        workspace_audit(actor, "workspace.password", workspace, set=bool(password))
        live.workspace_changed(workspace)
        transaction.on_commit(lambda: authorise_forget(workspace.public_id), robust=True)
