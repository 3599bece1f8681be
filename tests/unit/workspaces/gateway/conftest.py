"""A running workspace of Alice's, browsers that came in, and requests to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import BrowserSession, User
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.gateway.hosts import Target, host_label
from workspaces.gateway.sessions import session_open
from workspaces.gateway.visit import Visit, visit_read
from workspaces.models import Workspace

PASSWORD = "correct horse"
SignIn = Callable[[User], str]
Key = Callable[..., str]


@pytest.fixture
def workspace(make_workspace: MakeWorkspace, alice: User) -> Workspace:
    return make_workspace(alice, name="Lab")


@pytest.fixture
def guarded(make_workspace: MakeWorkspace, alice: User) -> Workspace:
    """Alice's, with the password `PASSWORD`."""
    return make_workspace(alice, name="Guarded", password=PASSWORD)


def target_of(workspace: Workspace, port: int | None = None) -> Target:
    return Target(workspace.public_id, port, host_label(workspace.public_id, port))


@pytest.fixture
def sign_in() -> SignIn:
    """A platform session of somebody; its key."""

    def make(user: User) -> str:
        key = f"session-of-{user.username}"
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(days=14))
        BrowserSession.objects.create(user=user, session_key=key)
        return key

    return make


@pytest.fixture
def cookie_of(sign_in: SignIn) -> Key:
    """The cookie of somebody's browser for a workspace, whether or not they may enter it."""

    def make(workspace: Workspace, user: User | None, port: int | None = None) -> str:
        session_key = sign_in(user) if user else ""
        return session_open(workspace, host_label(workspace.public_id, port), user=user, session_key=session_key)

    return make


def visit_of(host: str = "abcdefghijkl.localhost:8000", method: str = "GET", **headers: str) -> Visit:
    """A request as the gateway reads it; `_` in the names of headers stands for `-`."""
    pairs = [(b"host", host.encode())]
    pairs += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http", "method": method, "raw_path": b"/a/b%2Fc", "path": "/a/b/c", "query_string": b"x=1",
        "headers": pairs, "client": ("192.0.2.7", 4711),
    }  # fmt: skip
    return visit_read(scope, Target("abcdefghijkl", None, "abcdefghijkl"))
