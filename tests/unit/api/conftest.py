"""Callers of the APIs, and a worker that works while they wait."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import User
from accounts.services import token_issue
from tests.workspaces_fixtures import Work
from workspaces import commands, services
from workspaces.models import Workspace

Call = Callable[..., Any]


def token_of(user: User) -> str:
    return token_issue(Actor(user, "browser"), user, name="test")[1]


def caller(user: User | None) -> Call:
    """`call("post", path, body=None, **headers)` with the raw token of `user` in `authorization`, as documented."""
    credential = {"authorization": token_of(user)} if user else {}
    client = Client(raise_request_exception=False)

    def call(method: str, path: str, body: Any = None, **headers: str) -> Any:
        content = "" if body is None else json.dumps(body)
        return client.generic(method.upper(), path, content, "application/json", headers=credential | headers)

    return call


@pytest.fixture
def as_alice(alice: User) -> Call:
    return caller(alice)


@pytest.fixture
def as_bob(bob: User) -> Call:
    return caller(bob)


@pytest.fixture
def as_charlie(charlie: User) -> Call:
    return caller(charlie)


@pytest.fixture
def as_nobody(db: None) -> Call:
    return caller(None)


@pytest.fixture(autouse=True)
def worker(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for an operation lets it be carried out; who does not wait sees it under way."""

    def work_meanwhile(workspace: Workspace, seconds: float) -> None:
        work()

    monkeypatch.setattr(services, "operation_wait", work_meanwhile)
    monkeypatch.setattr(commands, "operation_wait", work_meanwhile)
