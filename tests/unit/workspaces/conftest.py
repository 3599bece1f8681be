"""Browsers of people who may use the administration."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from accounts.roles import WORKSHOP_LEADER
from tests.unit.workspaces.administering import as_


@pytest.fixture
def admin(root: User) -> Client:
    return as_(root)


@pytest.fixture
def leader(bob: User) -> Client:
    bob.is_staff = True
    bob.save()
    bob.groups.add(Group.objects.get(name=WORKSHOP_LEADER))
    return as_(bob)
