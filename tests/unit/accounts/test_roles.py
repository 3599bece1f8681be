"""The groups that the site brings along."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission

from accounts.models import User
from accounts.roles import LEADER_MAY, WORKSHOP_LEADER, ensure_roles


def test_migrating_makes_the_group_with_every_permission_that_it_names(db: None) -> None:
    group = Group.objects.get(name=WORKSHOP_LEADER)
    has = {f"{p.content_type.app_label}.{p.codename}" for p in group.permissions.select_related("content_type")}
    assert has == set(LEADER_MAY)


def test_again_is_the_same_and_takes_back_what_was_added_by_hand(db: None) -> None:
    group = Group.objects.get(name=WORKSHOP_LEADER)
    group.permissions.add(Permission.objects.get(codename="delete_user"))
    ensure_roles()
    ensure_roles()
    assert Group.objects.filter(name=WORKSHOP_LEADER).count() == 1
    assert group.permissions.count() == len(LEADER_MAY)


def test_a_leader_sees_people_and_changes_none(bob: User) -> None:
    bob.groups.add(Group.objects.get(name=WORKSHOP_LEADER))
    assert bob.has_perms(["accounts.view_user", "workspaces.change_workspace", "accounts.view_auditevent"])
    assert not any(bob.has_perm(f"accounts.{verb}_user") for verb in ("add", "change", "delete"))
