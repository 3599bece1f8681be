"""The four people of every test: Alice owns, Bob shares, Charlie is a stranger, Root is staff; and a guest."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client

from accounts.actors import Actor
from accounts.models import User
from accounts.roles import WORKSHOP_LEADER

ActorOf = Callable[[User | None], Actor]


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@example.org", "alice")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob@example.org", "bob")


@pytest.fixture
def charlie(db: None) -> User:
    return User.objects.create_user("charlie@example.org", "charlie")


@pytest.fixture
def guest(db: None) -> User:
    """Somebody without an account of their own, who was given a seat."""
    limits = {"max_workspaces": 0, "max_running": 0}
    return User.objects.create_user("guest-0a1b2c@guests.invalid", "Gina #0a1b2c", is_guest=True, **limits)


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@example.org", "root")


def as_(user: User) -> Client:
    """A browser in which `user` is signed in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin(root: User) -> Client:
    """Root's browser, for the administration."""
    return as_(root)


@pytest.fixture
def leader(bob: User) -> Client:
    """Bob's browser, as a workshop leader."""
    bob.is_staff = True
    bob.save()
    bob.groups.add(Group.objects.get(name=WORKSHOP_LEADER))
    return as_(bob)


def _actor_of(user: User | None) -> Actor:
    return Actor(user, "browser", "192.0.2.7", "request-1")


@pytest.fixture
def actor_of() -> ActorOf:
    """An actor for somebody, or for a visitor."""
    return _actor_of


@pytest.fixture
def visitor() -> Actor:
    return _actor_of(None)


@pytest.fixture
def last_code() -> Callable[[], str]:
    """The six digits of the newest mail."""

    def read() -> str:
        return re.findall(r"\b\d{6}\b", str(mail.outbox[-1].body))[0]

    return read
