"""What a workspace takes on the disk agrees with what was written in it, in every state, on the real engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.actors import Actor
from accounts.models import AuditEvent
from tests.waiting import eventually
from tests.workspaces_fixtures import work_until_settled
from workspaces.engine import get_engine
from workspaces.models import Workspace
from workspaces.services import workspace_pause, workspace_stop
from workspaces.stats import disk, disk_usage_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
MIB = 1024**2
VOLUME, LAYER = 60 * MIB, 30 * MIB
CHANGE: dict[str, Callable[[Actor, Workspace], object]] = {"paused": workspace_pause, "stopped": workspace_stop}


def run(workspace: Workspace, command: str) -> None:
    """Run it in a shell in the workspace."""
    done = get_engine().exec(workspace.engine_name, ["bash", "-c", command], user=workspace.kind.user)
    assert done.exit_code == 0, done.stderr


def look(actor: Actor, workspace: Workspace) -> disk.DiskUsage:
    disk.disk_forget()
    return disk_usage_of(actor, workspace)


def test_it_agrees_with_what_was_written_in_every_state(workspace: Workspace, actor: Actor) -> None:
    before = look(actor, workspace)
    assert before.written_bytes < MIB < before.image_bytes
    run(workspace, f"head -c {VOLUME} /dev/urandom > /workspace/data; head -c {LAYER} /dev/urandom > ~/data")
    seen = look(actor, workspace)
    assert seen.volume_bytes == pytest.approx(VOLUME, rel=0.05)
    assert seen.layer_bytes == pytest.approx(LAYER, rel=0.05)
    assert (seen.image_bytes, seen.is_complete) == (before.image_bytes, True)
    assert seen.total_bytes == seen.written_bytes + seen.image_bytes
    for state, change in CHANGE.items():
        change(actor, workspace)
        work_until_settled()
        events = AuditEvent.objects.count()
        again = look(actor, workspace)
        assert again.volume_bytes == pytest.approx(VOLUME, rel=0.05)
        assert again.layer_bytes == pytest.approx(LAYER, rel=0.05)
        workspace.refresh_from_db()
        container = get_engine().inspect(workspace.engine_name)
        assert (workspace.state, container and container.status) == (state, state), "it was not woken"
        assert AuditEvent.objects.count() == events


def test_holes_do_not_count_and_a_file_of_many_names_counts_once(workspace: Workspace, actor: Actor) -> None:
    run(
        workspace,
        f"cd /workspace; head -c {VOLUME} /dev/urandom > data; for n in 1 2 3; do ln data again$n; done;"
        "truncate -s 5G hollow; ln -s data link; mkdir -p a/b; cp --sparse=always hollow a/b/hollow;"
        "for n in {1..3000}; do head -c 1000 /dev/zero; done | split -b 1000 -a 4 - a/b/small",
    )
    seen = look(actor, workspace)
    assert seen.volume_bytes == pytest.approx(VOLUME + 3000 * 1000, rel=0.05)


def test_what_is_deleted_counts_no_more(workspace: Workspace, actor: Actor) -> None:
    run(workspace, f"head -c {LAYER} /dev/urandom | tee /workspace/data > ~/data")
    assert look(actor, workspace).written_bytes >= 2 * LAYER
    run(workspace, "rm /workspace/data ~/data")
    eventually(lambda: look(actor, workspace).written_bytes < MIB, "it is free again", 10)
