"""Kinds, workspaces, the faked engine and a worker that works when told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from workspaces import engine_state
from workspaces.engine import get_engine
from workspaces.engine.fake import FakeEngine
from workspaces.lifecycle import perform
from workspaces.models import Kind, Operation, Snapshot, Workspace
from workspaces.services import workspace_create
from workspaces.snapshots import snapshot_take
from workspaces.states import OPEN_OPERATIONS

Work = Callable[[], int]
MakeWorkspace = Callable[..., Workspace]


@pytest.fixture
def engine() -> Iterator[FakeEngine]:
    """The faked engine, as new."""
    fake = get_engine()
    assert isinstance(fake, FakeEngine)
    fake.reset()
    engine_state.engine_forget()
    yield fake
    fake.reset()
    engine_state.engine_forget()


@pytest.fixture
def code_server(db: None) -> Kind:
    return Kind.objects.update_or_create(
        slug="code-server",
        defaults={
            "title": "VS Code", "description": "An editor", "image": "spaces/code-server", "port": 13337,
            "health_path": "/healthz", "memory_mb": 2048, "cpus": 2, "enabled": True, "position": 10,
        },
    )[0]  # fmt: skip


@pytest.fixture
def terminal(db: None) -> Kind:
    return Kind.objects.update_or_create(
        slug="terminal",
        defaults={
            "title": "Terminal", "description": "A shell", "image": "spaces/terminal", "port": 0,
            "memory_mb": 1024, "cpus": 1, "enabled": True, "position": 40,
        },
    )[0]  # fmt: skip


def work_once() -> int:
    """Take the snapshots that are wanted, then carry out what is open and due, once each; how many that were."""
    wanted = Snapshot.objects.filter(state__in=[Snapshot.State.WAITING, Snapshot.State.TAKING])
    for public_id in list(wanted.values_list("public_id", flat=True)):
        snapshot_take(public_id)
    due = list(Operation.objects.filter(state__in=OPEN_OPERATIONS, next_try_at__lte=timezone.now()))
    for operation in due:
        perform(str(operation.pk))
    return len(due)


def work_until_settled(rounds: int = 50) -> int:
    """Be the worker until nothing is open, without waiting for pauses between attempts; how many rounds it took."""
    for number in range(rounds):
        Operation.objects.filter(state__in=OPEN_OPERATIONS).update(next_try_at=timezone.now() - timedelta(seconds=1))
        if not work_once():
            return number
    raise AssertionError(
        f"still open after {rounds} rounds: {list(Operation.objects.filter(state__in=OPEN_OPERATIONS))}"
    )


@pytest.fixture
def work() -> Work:
    return work_until_settled


@pytest.fixture
def make_workspace(engine: FakeEngine, code_server: Kind, work: Work) -> MakeWorkspace:
    """`make_workspace(user, running=True, **create's keywords)`: made through the service, by a worker."""

    def make(owner: User, *, running: bool = True, **options: Any) -> Workspace:
        workspace = workspace_create(Actor(owner, "browser"), **{"kind": "code-server", **options})
        if running:
            work()
            workspace.refresh_from_db()
        return workspace

    return make
