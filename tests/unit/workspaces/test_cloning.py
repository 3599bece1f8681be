"""Copies of a workspace: all or none, of one moment, and what is secret stays behind."""

from __future__ import annotations

import pytest

from accounts.actors import Actor
from accounts.models import User
from spaces_site.errors import Forbidden
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces.engine.fake import FakeEngine
from workspaces.models import Snapshot, Workspace
from workspaces.services.cloning import workspace_clone
from workspaces.snapshots import snapshot_take
from workspaces.states import State

pytestmark = pytest.mark.django_db


def _take() -> None:
    for public_id in Snapshot.objects.values_list("public_id", flat=True):
        snapshot_take(public_id)


def test_three_clones_have_the_files_of_the_source(
    make_workspace: MakeWorkspace, engine: FakeEngine, work: Work, alice: User
) -> None:
    source = make_workspace(alice, name="Base Workshop")
    engine.volume_files[source.engine_name]["app.py"] = b"print(1)"
    cloning = workspace_clone(Actor(alice, "browser"), source, count=3)
    _take()
    work()
    made = list(Workspace.objects.filter(snapshot=cloning.snapshot).order_by("name"))
    assert [one.name for one in made] == ["Base Workshop 1", "Base Workshop 2", "Base Workshop 3"]
    assert {one.state for one in made} == {State.RUNNING}
    assert all(engine.volume_files[one.engine_name] == {"app.py": b"print(1)"} for one in made)


def test_more_than_may_be_had_makes_none(make_workspace: MakeWorkspace, alice: User) -> None:
    alice.max_workspaces = 3
    alice.save()
    source = make_workspace(alice, name="Base")
    with pytest.raises(Forbidden, match=r"Cannot create 10 clones: only 2 workspace slots remaining \(limit: 3\)"):
        workspace_clone(Actor(alice, "browser"), source, count=10)
    assert Workspace.objects.count() == 1
