"""The groups beside the list of workspaces: how many are in each, and where in the page one is."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, signed_in
from workspaces.models import WorkspaceGroup
from workspaces.selectors import workspaces_at_hand
from workspaces.views.filters import NO_GROUP, SHARED


@dataclass(frozen=True, slots=True)
class GroupShown:
    """`key`: as in the address, "" for all. `takes`: one's own workspaces may be moved there."""

    key: str
    name: str | Promise
    icon: str
    count: int
    is_current: bool
    takes: bool
    group: WorkspaceGroup | None = None


def groups_shown(actor: Actor, current: str) -> list[GroupShown]:
    """All, each of the actor's groups by name, those in none, those that others share; in two queries.

    Empty as long as there is nothing to sort: no workspace and no group.
    """
    groups = groups_of(actor)
    own, shared = _counts(actor)
    if not (own or shared or groups):
        return []

    def one(key: str, name: str | Promise, icon: str, count: int, group: WorkspaceGroup | None = None) -> GroupShown:
        return GroupShown(key, name, icon, count, key == current, group is not None or key == NO_GROUP, group)

    found = [one("", _("All"), "kind-generic", sum(own.values()) + shared)]
    found += [one(str(group.pk), group.name, "folder", own.get(group.pk, 0), group) for group in groups]
    if groups:
        found.append(one(NO_GROUP, _("Uncategorized"), "minus", own.get(None, 0)))
    if shared or current == SHARED:
        found.append(one(SHARED, _("Shared with me"), "user", shared))
    return found


def groups_of(actor: Actor) -> list[WorkspaceGroup]:
    """The actor's groups by name."""
    return list(WorkspaceGroup.objects.filter(owner=signed_in(actor)))


def _counts(actor: Actor) -> tuple[dict[int | None, int], int]:
    """How many of the actor's own are in which group (None: in none), and how many are other people's."""
    rows = workspaces_at_hand(actor).prefetch_related(None).order_by().values("owner", "group").annotate(n=Count("pk"))
    own: dict[int | None, int] = {}
    shared = 0
    for row in rows:
        if row["owner"] == signed_in(actor).pk:
            own[row["group"]] = row["n"]
        else:
            shared += row["n"]
    return own, shared
