"""Browsers for tests: Django's client, signed in as one of the four."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from workspaces.models import Kind, Workspace
from workspaces.states import State

Browser = Callable[..., Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser() -> Browser:
    """`browser(user)`: a client with that person's session; without one, a visitor."""

    def make(user: User | None = None, **options: bool) -> Client:
        client = Client(**options)
        client.get("/")
        if user is not None:
            client.force_login(user)
        return client

    return make


@pytest.fixture
def put(engine: object, code_server: Kind) -> Callable[..., Workspace]:
    """`put(owner, name, state)`: a row as it is, without any work behind it."""

    def make(
        owner: User, name: str, state: str = State.RUNNING, kind: Kind = code_server, **fields: object
    ) -> Workspace:
        values = {"memory_mb": kind.memory_mb, "cpus": kind.cpus, "image": kind.image, "state": state} | fields
        return Workspace.objects.create(owner=owner, name=name, kind=kind, **values)

    return make
