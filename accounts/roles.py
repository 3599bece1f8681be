"""Groups that the site brings along, and who is what by them.

Staff runs the site and sees all. A workshop leader may open the administration, and is a person like others everywhere:
they see what is theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

if TYPE_CHECKING:
    from accounts.models import User

WORKSHOP_LEADER = "Workshop leader"
LEADER_MAY = (
    "accounts.view_auditevent",
    "workspaces.view_kind",
    "workspaces.view_workspace",
    "workspaces.add_workspace",
    "workspaces.change_workspace",
    "workspaces.delete_workspace",
    "workspaces.view_operation",
    "workshop.view_workshop",
    "workshop.add_workshop",
    "workshop.change_workshop",
    "workshop.delete_workshop",
    "workshop.view_seat",
    "workshop.view_claim",
    "workshop.change_claim",
    "workshop.view_push",
    "workshop.view_rehearsal",
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


def is_leader(user: User) -> bool:
    """Whether they lead workshops and do not run the site. Asks the database for staff alone, once per instance."""
    might = user.is_active and user.is_staff and not user.is_guest and not user.is_superuser
    return might and user.is_in_leader_group


def runs_the_site() -> Q:
    """Condition on accounts: as `User.runs_the_site`, for many of them in one question."""
    leaders = Group.objects.filter(name=WORKSHOP_LEADER, user__isnull=False).values("user")
    return Q(is_staff=True, is_guest=False) & (Q(is_superuser=True) | ~Q(pk__in=leaders))
