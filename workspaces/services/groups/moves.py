"""Workspaces move from one group to another: each is in one of its owner's groups, or in none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction

from accounts.actors import Actor, full_member
from accounts.models import User
from workspaces import live
from workspaces.auditing import workspace_audit
from workspaces.models import Workspace, WorkspaceGroup
from workspaces.selectors import workspace_managed
from workspaces.services.chosen import chosen
from workspaces.services.groups.names import group_clean, group_ensure, group_get


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved: `before` has the number of the group of each until then, None for none, by its public id."""

    names: list[str]
    before: dict[str, int | None]


def workspace_group_set(actor: Actor, workspace: Workspace, name: str) -> WorkspaceGroup | None:
    """The workspace is in its owner's group of that name, made when there is none; in no group for "".

    Raises `Invalid` (GROUP_INVALID), `Conflict` (GROUP_LIMIT), `NotFound`, `Forbidden` (OWNER_ONLY).
    """
    name = group_clean(name)
    with transaction.atomic():
        workspace = workspace_managed(actor, workspace.public_id)
        group = group_ensure(workspace.owner, name)
        _move(actor, [workspace], group)
    return group


def workspaces_move(actor: Actor, public_ids: Iterable[str], group: WorkspaceGroup | None) -> Moved:
    """Those of the actor's own workspaces are in their group, or in none; all or none of them.

    What is not theirs is not there, and what is in that group already is not moved; neither is an error. Raises
    `Invalid` (BULK_LIMIT), `NotFound` when the group is gone.
    """
    ids = chosen(public_ids)
    with transaction.atomic():
        if group is not None:
            group = group_get(actor, group.pk, lock=True)
        return _move(actor, _own(full_member(actor), ids), group)


def workspaces_move_back(actor: Actor, before: Mapping[str, int | None]) -> Moved:
    """The actor's own workspaces are in the groups, by number, that they are said to have been in.

    A group that is gone meanwhile is none. Raises `Invalid` (BULK_LIMIT).
    """
    ids, owner = chosen(before), full_member(actor)
    names: list[str] = []
    was: dict[str, int | None] = {}
    with transaction.atomic():
        wanted = {number for number in before.values() if number is not None}
        groups = {group.pk: group for group in owner.workspace_groups.select_for_update().filter(pk__in=wanted)}
        found = _own(owner, ids)
        for number in [None, *groups]:
            those = [one for one in found if _there(groups, before[one.public_id]) == number]
            moved = _move(actor, those, None if number is None else groups[number])
            names, was = names + moved.names, was | moved.before
    return Moved(names, was)


def _there(groups: Mapping[int, WorkspaceGroup], number: int | None) -> int | None:
    return number if number in groups else None


def _own(owner: User, public_ids: list[str]) -> list[Workspace]:
    return list(Workspace.objects.filter(owner=owner, public_id__in=public_ids).order_by("pk"))


def _move(actor: Actor, workspaces: Iterable[Workspace], group: WorkspaceGroup | None) -> Moved:
    number = None if group is None else group.pk
    moving = [workspace for workspace in workspaces if workspace.group_id != number]
    Workspace.objects.filter(pk__in=[workspace.pk for workspace in moving]).update(group=group)
    for workspace in moving:
        workspace_audit(actor, "workspace.group", workspace, group=group.name if group else "")
        live.workspace_changed(workspace)
    return Moved([one.name for one in moving], {one.public_id: one.group_id for one in moving})
