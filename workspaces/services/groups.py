"""The groups of one person's workspaces: each has a name, and a workspace is in one of them or in none."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor, signed_in
from accounts.audit import audit
from accounts.models import User
from spaces_site.errors import Conflict, Invalid, NotFound
from workspaces import live
from workspaces.auditing import workspace_audit
from workspaces.models import Workspace, WorkspaceGroup
from workspaces.models.group import GROUP_NAME_MOST
from workspaces.selectors import workspace_managed

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
    `Conflict` (GROUP_LIMIT)."""
    name = _named(name)
    with transaction.atomic():
        group = group_ensure(signed_in(actor), name)
        assert group is not None
    return group


def group_ensure(owner: User, name: str) -> WorkspaceGroup | None:
    """The owner's group of that cleaned name, in whatever case, which is made when there is none; None for "".

    Call in a transaction. Raises `Conflict` (GROUP_LIMIT).
    """
    if not name:
        return None
    found = WorkspaceGroup.objects.filter(owner=owner, name__iexact=name).first()
    if found is not None:
        return found
    if WorkspaceGroup.objects.filter(owner=owner).count() >= MOST_GROUPS:
        raise Conflict(
            _("You have %(most)d groups, which is as many as can be. Delete one first.") % {"most": MOST_GROUPS},
            code="GROUP_LIMIT",
        )
    try:
        with transaction.atomic():
            return WorkspaceGroup.objects.create(owner=owner, name=name)
    except IntegrityError:  # somebody made it at the same moment
        return WorkspaceGroup.objects.get(owner=owner, name__iexact=name)


def group_rename(actor: Actor, group_id: int, name: str) -> WorkspaceGroup:
    """The actor's group is called `name`. Raises `NotFound`, `Invalid`, `Conflict` (GROUP_TAKEN)."""
    group, name = group_get(actor, group_id), _named(name)
    try:
        with transaction.atomic():
            WorkspaceGroup.objects.filter(pk=group.pk).update(name=name)
            audit(actor, "group.rename", name=name, before=group.name)
    except IntegrityError as error:
        text = _("You have a group of that name already.")
        raise Conflict(text, code="GROUP_TAKEN", details={"group": text}) from error
    group.name = name
    return group


def group_delete(actor: Actor, group_id: int) -> None:
    """The actor's group is gone; its workspaces are in none. Raises `NotFound`."""
    group = group_get(actor, group_id)
    with transaction.atomic():
        audit(actor, "group.delete", name=group.name, workspaces=group.workspaces.count())
        group.delete()


def group_get(actor: Actor, group_id: int) -> WorkspaceGroup:
    """The actor's own group. Raises `NotFound`, also when it is somebody else's."""
    group = WorkspaceGroup.objects.filter(owner=signed_in(actor), pk=group_id).first()
    if group is None:
        raise NotFound(_("There is no such group."), code="GROUP_NOT_FOUND")
    return group


def workspace_group_set(actor: Actor, workspace: Workspace, name: str) -> WorkspaceGroup | None:
    """The workspace is in its owner's group of that name, made when there is none; in no group for "".

    Raises `Invalid` (GROUP_INVALID), `Conflict` (GROUP_LIMIT), `NotFound`, `Forbidden` (OWNER_ONLY).
    """
    workspace = workspace_managed(actor, workspace.public_id)
    name = group_clean(name)
    with transaction.atomic():
        group = group_ensure(workspace.owner, name)
        Workspace.objects.filter(pk=workspace.pk).update(group=group)
        workspace_audit(actor, "workspace.group", workspace, group=name)
        live.workspace_changed(workspace)
    return group


def workspaces_group_set(actor: Actor, public_ids: Iterable[str], name: str) -> int:
    """The same for several; how many. All or none: raises what the first one that cannot be moved raises."""
    with transaction.atomic():
        found = [workspace_managed(actor, public_id) for public_id in public_ids]
        for workspace in found:
            workspace_group_set(actor, workspace, name)
    return len(found)


def _named(name: str) -> str:
    """Raises `Invalid` (GROUP_INVALID) for a name that means none."""
    cleaned = group_clean(name)
    if not cleaned:
        text = _("A group needs a name of its own.")
        raise Invalid(text, code="GROUP_INVALID", details={"group": text})
    return cleaned
