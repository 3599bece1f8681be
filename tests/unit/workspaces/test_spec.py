"""What a workspace's row makes of its container and its network."""

from __future__ import annotations

import json

from accounts.models import User
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces.engine.fake import FakeEngine
from workspaces.lifecycle.spec import spec_of
from workspaces.models import Workspace
from workspaces.sealing import seal


def test_a_fixed_root_and_a_graphics_processor_are_the_containers(alice: User, make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(alice, running=False)
    assert (spec_of(workspace).read_only, spec_of(workspace).gpu) == (False, False)
    workspace.read_only_root = workspace.gpu = True
    assert (spec_of(workspace).read_only, spec_of(workspace).gpu) == (True, True)


def test_the_owners_variables_are_added_and_override_none_of_the_platforms(
    alice: User, make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace(alice, running=False)
    plain = spec_of(workspace).environment
    workspace.environment_sealed = seal(json.dumps({"GREETING": "hello", "SPACES_WORKSPACE": "another"}))
    assert spec_of(workspace).environment == {**plain, "GREETING": "hello"}


def test_variables_that_cannot_be_read_are_left_out_and_do_not_lock_up_the_files(
    alice: User, make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace(alice, running=False)
    plain = spec_of(workspace).environment
    workspace.environment_sealed = "sealed under another key"
    assert spec_of(workspace).environment == plain


def test_the_ranges_of_the_row_are_blocked_in_its_network_at_every_start(
    engine: FakeEngine, alice: User, make_workspace: MakeWorkspace, work: Work
) -> None:
    workspace = make_workspace(alice, running=False)
    Workspace.objects.filter(pk=workspace.pk).update(blocked_ranges=["10.1.0.0/16", "192.0.2.0/24"])
    work()
    assert engine.blocked[workspace.engine_name] == ("10.1.0.0/16", "192.0.2.0/24")
