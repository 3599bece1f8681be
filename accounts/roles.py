"""Groups that the site brings along."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

WORKSHOP_LEADER = "Workshop leader"
LEADER_MAY = (
    "accounts.view_user",
    "accounts.view_auditevent",
    "workspaces.view_kind",
    "workspaces.view_workspace",
    "workspaces.add_workspace",
    "workspaces.change_workspace",
    "workspaces.delete_workspace",
    "workspaces.view_operation",
    "workspaces.view_template",
    "workspaces.add_template",
    "workspaces.change_template",
    "workspaces.delete_template",
)


def ensure_roles(**_signal: Any) -> None:
    """Afterwards the group exists with exactly these permissions, as far as their tables are there. Twice is fine.

    Runs after each migration; whoever wants another mix makes another group.
    """
    wanted = Q(pk=None)
    for permission in LEADER_MAY:
        app, _, codename = permission.partition(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    group, _ = Group.objects.get_or_create(name=WORKSHOP_LEADER)
    group.permissions.set(Permission.objects.filter(wanted))
