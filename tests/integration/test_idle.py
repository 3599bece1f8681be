"""What nobody uses, on the real engine: frozen, then ended, and back with all that was in it."""

from __future__ import annotations

from datetime import timedelta

import docker
import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import AuditEvent
from tests.workspaces_fixtures import work_until_settled
from workspaces.commands import command_run
from workspaces.models import Workspace
from workspaces.services import workspace_start
from workspaces.services.idle import idle_round, workspace_keep_awake
from workspaces.states import State

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]
COUNTING = "nohup sh -c 'while :; do echo x >> /workspace/ticks; sleep 0.05; done' >/dev/null 2>&1 &"


def unused_for(workspace: Workspace, **span: float) -> None:
    at = timezone.now() - timedelta(**span)
    Workspace.objects.filter(pk=workspace.pk).update(last_activity_at=at, state_changed_at=at)


def rest(workspace: Workspace) -> str:
    """A round and what the worker does then; the state."""
    idle_round()
    work_until_settled()
    workspace.refresh_from_db()
    return workspace.state


def test_it_is_frozen_then_ended_and_comes_back(
    workspace: Workspace, actor: Actor, docker_engine: docker.DockerClient
) -> None:
    container = docker_engine.containers.get(workspace.engine_name)
    command_run(actor, workspace, COUNTING)
    assert rest(workspace) == State.RUNNING, "a command is use"

    Workspace.objects.filter(pk=workspace.pk).update(idle_pause_minutes=5, idle_stop_minutes=60)
    unused_for(workspace, minutes=5)
    workspace_keep_awake(actor, workspace, 1)
    assert rest(workspace) == State.RUNNING
    workspace_keep_awake(actor, workspace, 0)
    assert rest(workspace) == State.PAUSED
    container.reload()
    assert (container.status, workspace.error_code) == ("paused", "UNUSED")

    workspace_start(actor, workspace)
    work_until_settled()
    workspace.refresh_from_db()
    before = command_run(actor, workspace, "wc -l < /workspace/ticks")
    assert (workspace.state, workspace.error) == (State.RUNNING, "")
    after = command_run(actor, workspace, "sleep 0.3; wc -l < /workspace/ticks")
    assert int(after.stdout) > int(before.stdout) > 0

    unused_for(workspace, minutes=70)
    assert rest(workspace) == State.PAUSED
    unused_for(workspace, minutes=70)
    assert rest(workspace) == State.STOPPED
    container.reload()
    assert (container.status, workspace.error) == ("exited", "Nobody had used it for 1 h 10 min.")
    assert AuditEvent.objects.filter(action="workspace.stop", meta__code="UNUSED").count() == 1

    workspace_start(actor, workspace)
    work_until_settled()
    assert command_run(actor, workspace, "test -s /workspace/ticks && echo kept").stdout == "kept\n"


def test_one_that_was_ended_from_outside_before_it_could_be_paused_is_stopped(
    workspace: Workspace, docker_engine: docker.DockerClient
) -> None:
    unused_for(workspace, minutes=125)
    docker_engine.containers.get(workspace.engine_name).kill()
    assert rest(workspace) == State.STOPPED
    assert rest(workspace) == State.STOPPED
