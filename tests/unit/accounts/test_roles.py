"""The groups that the site brings along."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import LEADER_MAY, WORKSHOP_LEADER, ensure_roles, is_leader, runs_the_site
from accounts.services import owner
from tests.accounts_fixtures import ActorOf


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


def test_a_leader_looks_after_workspaces_and_has_no_business_with_accounts(bob: User) -> None:
    bob.groups.add(Group.objects.get(name=WORKSHOP_LEADER))
    assert bob.has_perms(["workspaces.change_workspace", "accounts.view_auditevent", "workshop.change_workshop"])
    assert not any(bob.has_perm(f"accounts.{verb}_user") for verb in ("view", "add", "change", "delete"))


WHO = {
    "person": ({}, False, False),
    "leader": ({"is_staff": True, "leads": True}, False, True),
    "staff": ({"is_staff": True}, True, False),
    "superuser": ({"is_staff": True, "is_superuser": True}, True, False),
    "superuser in the group": ({"is_staff": True, "is_superuser": True, "leads": True}, True, False),
    "in the group alone": ({"leads": True}, False, False),
    "superuser without staff": ({"is_superuser": True}, False, False),
    "guest": ({"is_guest": True}, False, False),
    "guest in the group": ({"is_guest": True, "leads": True}, False, False),
}


@pytest.mark.parametrize("who", WHO)
def test_who_runs_the_site_and_who_leads(who: str, bob: User, actor_of: ActorOf) -> None:
    fields, runs, leads = WHO[who]
    User.objects.filter(pk=bob.pk).update(**{name: value for name, value in fields.items() if name != "leads"})
    if "leads" in fields:
        bob.groups.add(Group.objects.get(name=WORKSHOP_LEADER))
    found = User.objects.get(pk=bob.pk)
    assert (found.runs_the_site, is_leader(found)) == (runs, leads)
    assert actor_of(found).is_staff is runs
    assert User.objects.filter(runs_the_site(), pk=bob.pk).exists() is runs


@pytest.mark.parametrize("right", ["is_staff", "is_superuser"])
def test_the_database_has_no_guest_who_is_staff(right: str, bob: User) -> None:
    with pytest.raises(IntegrityError, match="user_guest_is_no_staff"):
        User.objects.filter(pk=bob.pk).update(is_guest=True, **{right: True})


def test_who_is_locked_is_neither(leader: Client, bob: User, root: User, actor_of: ActorOf) -> None:
    bob.is_active = root.is_active = False
    assert not is_leader(bob) and not actor_of(root).is_staff


def test_nobody_is_asked_for_who_cannot_be_one_and_staff_once(
    alice: User, root: User, leader: Client, bob: User, actor_of: ActorOf
) -> None:
    for user, questions in ((alice, 0), (root, 0), (bob, 1)):
        found = User.objects.get(pk=user.pk)
        with CaptureQueriesContext(connection) as asked:
            for _again in range(3):
                assert actor_of(found).is_staff is found.runs_the_site
                is_leader(found)
        assert len(asked) == questions


def test_without_anybody_in_the_group_staff_is_staff(root: User) -> None:
    assert list(User.objects.filter(runs_the_site())) == [root]


def test_a_machine_of_one_person_is_not_a_leaders(leader: Client, bob: User, root: User) -> None:
    assert bob.pk < root.pk and owner() == root
