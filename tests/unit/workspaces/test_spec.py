"""What a workspace's row makes of its container and its network."""

from __future__ import annotations

import json

from accounts.models import User
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces.app_scheme import app_scheme
from workspaces.engine.fake import FakeEngine
from workspaces.lifecycle.spec import spec_of
from workspaces.models import Kind, Workspace
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


def test_the_variables_of_a_kind_are_below_its_owners_and_ours(alice: User, make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(alice, running=False)
    plain = dict(spec_of(workspace).environment)
    workspace.kind.environment = {"PUID": "1000", "TITLE": "kind", "SPACES_WORKSPACE": "another"}
    workspace.environment_sealed = seal(json.dumps({"TITLE": "owner"}))
    assert spec_of(workspace).environment == {**plain, "PUID": "1000", "TITLE": "owner"}


def test_the_menu_of_a_desktop_is_there_where_the_workspace_says_so_alone(
    alice: User, make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace(alice, running=False)
    workspace.environment_sealed = seal(json.dumps({"SPACES_DESKTOP_MENU": ""}))
    workspace.desktop_menu = True
    assert spec_of(workspace).environment["SPACES_DESKTOP_MENU"] == "1"
    workspace.desktop_menu, workspace.environment_sealed = False, ""
    assert "SPACES_DESKTOP_MENU" not in spec_of(workspace).environment


def test_anothers_image_is_in_its_network_from_the_start_and_has_its_volume_where_its_kind_says(
    alice: User, make_workspace: MakeWorkspace, code_server: Kind
) -> None:
    Kind.objects.filter(pk=code_server.pk).update(image="linuxserver/kicad", user="root", data_path="/config")
    spec = spec_of(make_workspace(alice, running=False))
    assert (spec.image, spec.user, spec.data_path, spec.joins_late) == ("linuxserver/kicad", "root", "/config", False)


def test_an_app_is_asked_as_its_kind_says_until_it_answers(
    engine: FakeEngine, alice: User, make_workspace: MakeWorkspace, code_server: Kind
) -> None:
    make_workspace(alice)
    Kind.objects.filter(pk=code_server.pk).update(port=3001, scheme="https", health_path="/")
    make_workspace(alice)
    assert [engine.probed[0], engine.probed[-1]] == [(13337, "/healthz", "http"), (3001, "/", "https")]


def test_a_container_made_before_its_kind_changed_is_asked_as_it_was(
    alice: User, make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace(alice)
    workspace.kind.port, workspace.kind.scheme, workspace.app_port = 3001, "https", 3000
    assert (app_scheme(workspace, workspace.port), app_scheme(workspace, 3001)) == ("http", "https")
