"""Files for a workspace whose image begins as root are put there once that has said whose they are."""

from __future__ import annotations

import pytest

from accounts.actors import Actor
from accounts.models import User
from tests.files_fixtures import VolumeOf
from tests.workspaces_fixtures import MakeWorkspace, work_once, work_until_settled
from workspaces import services
from workspaces.engine.fake import FakeEngine, Killed
from workspaces.leases import leases_void
from workspaces.models import Kind, Setup, Workspace
from workspaces.states import State

FILES = {"docs/a.txt": b"given\n"}


@pytest.fixture
def as_root(code_server: Kind) -> Kind:
    Kind.objects.filter(pk=code_server.pk).update(user="root", data_path="/config")
    return code_server


def test_they_come_when_the_app_is_there(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine, volume_of: VolumeOf, as_root: Kind
) -> None:
    workspace = make_workspace(alice, files=FILES)
    assert workspace.state == State.RUNNING, workspace.error
    assert (volume_of(workspace) / "docs" / "a.txt").read_bytes() == b"given\n"
    assert engine.calls.index("probe") < engine.calls.index("exec_stream")
    assert not Setup.objects.exists()


def test_for_all_others_they_come_before_it_starts(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine, volume_of: VolumeOf
) -> None:
    make_workspace(alice, files=FILES)
    assert engine.calls.index("exec_stream") < engine.calls.index("start")


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_that_is_killed_anywhere_leaves_none_out(
    after: bool, alice: User, make_workspace: MakeWorkspace, engine: FakeEngine, volume_of: VolumeOf, as_root: Kind
) -> None:
    for number in range(40):
        workspace = make_workspace(alice, running=False, files=FILES)
        engine.kill_at = (len(engine.calls) + number, after)
        try:
            work_once()
        except Killed:
            leases_void()
            work_until_settled()
        workspace = Workspace.objects.get(pk=workspace.pk)
        assert workspace.state == State.RUNNING, workspace.error
        assert (volume_of(workspace) / "docs" / "a.txt").read_bytes() == b"given\n"
        was_killed, engine.kill_at = engine.kill_at is None, None
        assert not Setup.objects.exists()
        services.workspace_delete(Actor(alice, "browser"), workspace)
        work_until_settled()
        if not was_killed:
            assert number > 5
            return
    raise AssertionError("an operation of forty calls to the engine")
