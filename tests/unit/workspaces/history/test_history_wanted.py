"""When the history is looked at: after what may have written to it, not too often, and nobody waits for long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from workspaces import shell_history
from workspaces.models import HistoryMark, Workspace
from workspaces.services import workspace_stop
from workspaces.shell_history import history_refresh, history_wanted
from workspaces.states import State

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The workspaces for which a worker was woken."""
    cache.clear()
    woken: list[int] = []
    monkeypatch.setattr(shell_history, "_send", woken.append)
    yield woken
    cache.clear()


@pytest.fixture
def workspace(alice: User, make_workspace: Callable[..., Workspace]) -> Workspace:
    return make_workspace(alice)


def test_a_worker_is_woken_after_commit_and_not_at_every_wish(workspace: Workspace, sent: list[int]) -> None:
    with transaction.atomic():
        history_wanted(workspace)
        assert sent == []
    for _ in range(5):
        history_wanted(workspace)
    assert sent == [workspace.pk]


def test_a_workspace_that_stops_is_looked_at(
    workspace: Workspace, sent: list[int], work: Callable[[], int], alice: User, actor_of: Callable[..., object]
) -> None:
    workspace_stop(actor_of(alice), workspace)  # type: ignore[arg-type]
    work()
    assert sent == [workspace.pk]


def test_who_waits_goes_on_when_it_is_taken_in(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell_history, "_send", lambda pk: HistoryMark.objects.create(public_id=workspace.public_id))
    begin = time.monotonic()
    history_refresh(workspace, seconds=20)
    assert time.monotonic() - begin < 10


def test_who_waits_does_so_for_a_while_only(workspace: Workspace, sent: list[int]) -> None:
    begin = time.monotonic()
    history_refresh(workspace, seconds=0.3)
    assert 0.3 <= time.monotonic() - begin < 5
    assert sent == [workspace.pk]


def test_nobody_waits_for_what_cannot_be_or_was_read(workspace: Workspace, sent: list[int]) -> None:
    now = timezone.now()
    HistoryMark.objects.create(public_id=workspace.public_id, read_at=now)
    workspace.state, workspace.stopped_at = State.STOPPED, now - timedelta(minutes=1)
    workspace.last_activity_at = now - timedelta(minutes=2)
    history_refresh(workspace)
    workspace.state = State.DELETING
    history_refresh(workspace)
    assert sent == []
    workspace.state, workspace.stopped_at = State.STOPPED, now + timedelta(seconds=1)
    history_refresh(workspace, seconds=0)
    assert sent == [workspace.pk]
