"""The groups of one person's workspaces, each of which has a name. What is in them is `moves.py`'s."""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor, full_member
from accounts.audit import audit
from accounts.models import User
from spaces_site.errors import Conflict, Invalid, NotFound
from workspaces import live
from workspaces.limits import owner_lock
from workspaces.models import Workspace, WorkspaceGroup
from workspaces.models.group import GROUP_NAME_MOST

UNCATEGORIZED = "Uncategorized"
"""What programs call the workspaces that are in no group. No group can have this name."""
MOST_GROUPS = 200
_NAME = re.compile(r"[a-zA-Z0-9 \-_]+")


def group_clean(name: str) -> str:
    """`name` with single blanks and none around it; "" for what means none. Raises `Invalid` (GROUP_INVALID)."""
    name = " ".join(name.split())
    if not name or name.lower() == UNCATEGORIZED.lower():
        return ""
    if len(name) > GROUP_NAME_MOST or not _NAME.fullmatch(name):
        text = _("A group takes up to %(most)d letters (a–z), digits, blanks, “-” and “_”.") % {"most": GROUP_NAME_MOST}
        raise Invalid(text, code="GROUP_INVALID", details={"group": text})
    return name


def group_add(actor: Actor, name: str) -> WorkspaceGroup:
    """The actor has a group of that name, which may be empty; twice is fine. Raises `Invalid` (GROUP_INVALID),
    `Conflict` (GROUP_LIMIT), `Forbidden` (GUEST)."""
    owner, name = full_member(actor), _named(name)
    with transaction.atomic():
        found = _of_name(owner, name)
        if found is not None:
            return found
        group = _made(owner, name)
        audit(actor, "group.add", group=group.name)
        live.groups_changed(owner.pk)
    return group


def group_ensure(owner: User, name: str) -> WorkspaceGroup | None:
    """The owner's group of that cleaned name, in whatever case, which is made when there is none; None for "".

    Call in a transaction: to its end nobody deletes the group. Raises `Conflict` (GROUP_LIMIT).
    """
    if not name:
        return None
    return _of_name(owner, name) or _made(owner, name)


def group_rename(actor: Actor, group_id: int, name: str) -> WorkspaceGroup:
    """The actor's group is called `name`. Raises `NotFound`, `Invalid`, `Conflict` (GROUP_TAKEN)."""
    name = _named(name)
    try:
        with transaction.atomic():
            group = group_get(actor, group_id, lock=True)
            if group.name != name:
                WorkspaceGroup.objects.filter(pk=group.pk).update(name=name)
                audit(actor, "group.rename", group=name, before=group.name)
                live.groups_changed(group.owner_id)
    except IntegrityError as error:
        text = _("You have a group of that name already.")
        raise Conflict(text, code="GROUP_TAKEN", details={"group": text}) from error
    group.name = name
    return group


def group_delete(actor: Actor, group_id: int) -> WorkspaceGroup:
    """The actor's group is gone; its workspaces are in none. The group as it was. Raises `NotFound`."""
    with transaction.atomic():
        group = group_get(actor, group_id, lock=True)
        count = Workspace.objects.filter(group=group).update(group=None)
        audit(actor, "group.delete", group=group.name, workspaces=count)
        WorkspaceGroup.objects.filter(pk=group.pk).delete()
        live.groups_changed(group.owner_id)
    return group


def group_get(actor: Actor, group_id: int, *, lock: bool = False) -> WorkspaceGroup:
    """The actor's own group; with `lock` nobody else changes or deletes it to the end of the transaction.

    Raises `NotFound`, also when it is somebody else's.
    """
    groups = WorkspaceGroup.objects.select_for_update() if lock else WorkspaceGroup.objects.all()
    group = groups.filter(owner=full_member(actor), pk=group_id).first()
    if group is None:
        raise NotFound(_("There is no such group."), code="GROUP_NOT_FOUND")
    return group


def _of_name(owner: User, name: str) -> WorkspaceGroup | None:
    """Locked, or it might be deleted before a workspace that is put into it is saved."""
    return WorkspaceGroup.objects.select_for_update().filter(owner=owner, name__iexact=name).first()


def _made(owner: User, name: str) -> WorkspaceGroup:
    owner_lock(owner.pk)  # or two at once would be one more than may be
    if WorkspaceGroup.objects.filter(owner=owner).count() >= MOST_GROUPS:
        raise Conflict(
            _("You have %(most)d groups, which is as many as can be. Delete one first.") % {"most": MOST_GROUPS},
            code="GROUP_LIMIT",
        )
    # Somebody may have made it while this waited for the lock.
    return _of_name(owner, name) or WorkspaceGroup.objects.create(owner=owner, name=name)


def _named(name: str) -> str:
    """Raises `Invalid` (GROUP_INVALID) for a name that means none."""
    cleaned = group_clean(name)
    if not cleaned:
        text = _("A group needs a name of its own.")
        raise Invalid(text, code="GROUP_INVALID", details={"group": text})
    return cleaned
