"""Where the app of a workspace is found, when its kind says another port now than when its container was made."""

from __future__ import annotations

from importlib import import_module

from django.apps import apps

from accounts.actors import Actor
from accounts.models import User
from accounts.services.tokens import token_issue
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces.engine.fake import FakeEngine
from workspaces.gateway.authorise import authorise
from workspaces.gateway.hosts import Target
from workspaces.models import Kind, Workspace
from workspaces.services import workspace_start, workspace_stop

migration = import_module("workspaces.migrations.0009_editor_port")


def before_the_move(make_workspace: MakeWorkspace, code_server: Kind, alice: User) -> Workspace:
    """A workspace that has been there since the editor listened on port 8080."""
    workspace = make_workspace(alice)
    Kind.objects.filter(pk=code_server.pk).update(port=8080)
    migration.move(apps, None)
    return Workspace.objects.get(pk=workspace.pk)


def test_the_editor_moves_and_stays_where_it_is_in_containers_that_are_there(
    make_workspace: MakeWorkspace, code_server: Kind, alice: User
) -> None:
    workspace = before_the_move(make_workspace, code_server, alice)
    assert (workspace.kind.port, workspace.port) == (13337, 8080)
    assert make_workspace(alice).port == 13337


def test_a_container_that_is_made_anew_listens_where_its_kind_says(
    make_workspace: MakeWorkspace, code_server: Kind, alice: User, engine: FakeEngine, work: Work
) -> None:
    workspace = before_the_move(make_workspace, code_server, alice)
    actor = Actor(alice, "browser")
    workspace_stop(actor, workspace)
    work()
    workspace_start(actor, workspace)
    work()
    assert Workspace.objects.get(pk=workspace.pk).port == 8080, "the same container"
    workspace_stop(actor, workspace)
    work()
    engine.remove_container(workspace.engine_name)
    workspace_start(actor, workspace)
    work()
    started = Workspace.objects.get(pk=workspace.pk)
    assert (started.state, started.port) == ("running", 13337)


def test_a_leaders_own_editor_stays_as_it_is(make_workspace: MakeWorkspace, code_server: Kind, alice: User) -> None:
    workspace = make_workspace(alice)
    for own in ({"image": "registry.example.org/editor:1", "port": 8080}, {"port": 9000}):
        Kind.objects.filter(pk=code_server.pk).update(**own)
        migration.move(apps, None)
        workspace = Workspace.objects.get(pk=workspace.pk)
        assert workspace.port == own["port"]


def test_the_gateway_goes_there(make_workspace: MakeWorkspace, code_server: Kind, alice: User) -> None:
    workspace = before_the_move(make_workspace, code_server, alice)
    _token, raw = token_issue(Actor(alice, "browser"), alice, name="tests")
    ports = [authorise(Target(workspace.public_id, port, "host"), (), raw, None).port for port in (None, 8080, 13337)]
    assert ports == [8080, 8080, 13337]
