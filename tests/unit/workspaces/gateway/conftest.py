"""A running workspace of Alice's, browsers that came in, and requests to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import BrowserSession, User
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.gateway.app import Gateway
from workspaces.gateway.hosts import Target, host_label
from workspaces.gateway.sessions import session_open
from workspaces.gateway.visit import Receive, Scope, Send, Visit, visit_read
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


@dataclass
class Answer:
    """What the gateway answered by itself."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def get(self, name: str) -> str:
        return next((value for known, value in self.headers if known == name), "")

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def cookie(self) -> str:
        """The value of the gateway's cookie that is set."""
        return self.get("set-cookie").partition("spaces_gate=")[2].partition(";")[0]


PAGE = {"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


async def ask(
    target: Target,
    path: str,
    *,
    method: str = "GET",
    key: str = "",
    body: bytes = b"",
    headers: Mapping[str, str] = PAGE,
) -> Answer:
    """One request to the gateway, as a person's page load unless `headers` say otherwise."""
    host = f"{target.host_label}.localhost:8000"
    sent = {"host": host, "cookie": f"spaces_gate={key}" if key else "", **headers}
    if method == "POST":
        sent = {"origin": f"http://{host}", "content-length": str(len(body)), **sent}
    raw_path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": raw_path,
        "raw_path": raw_path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in sent.items() if value],
        "client": ("192.0.2.7", 1),
    }
    messages: list[Any] = []
    sent_all = asyncio.Event()

    async def receive() -> Any:
        if sent_all.is_set():
            await asyncio.Event().wait()  # a browser that stays
        sent_all.set()
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        messages.append(message)

    gateway = Gateway(nothing)
    await gateway(scope, receive, send)
    await gateway.upstream.close()
    start, *rest = messages
    pairs = [(name.decode(), value.decode()) for name, value in start["headers"]]
    return Answer(start["status"], pairs, b"".join(message["body"] for message in rest))


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("the gateway passed a workspace's request on to the platform")
