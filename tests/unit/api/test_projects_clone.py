"""POST /api/projects/:id/clone: what its document says, and who may."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import User
from tests.unit.api.conftest import Call, caller
from tests.unit.api.projects import PASSWORD, ROOT, refused
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces import engine_state
from workspaces.engine.base import EngineError
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.models import Batch, Share, Snapshot, Workspace
from workspaces.passwords import password_encrypt, password_matches
from workspaces.services.work import workspace_delete
from workspaces.states import State

FAILED = "Failed to clone project"
pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def base(make_workspace: MakeWorkspace, alice: User, settings: Any) -> Workspace:
    """Alice's "Base Workshop", which runs, and room for some more."""
    settings.MAX_WORKSPACES_PER_USER = settings.MAX_CONCURRENT_WORKSPACES = 60
    return make_workspace(alice, name="Base Workshop", memory_mb=4096, cpus=2, group="course")


def path_of(workspace: Workspace) -> str:
    return f"{ROOT}/{workspace.public_id}/clone"


def test_the_answer_is_as_documented(as_alice: Call, base: Workspace) -> None:
    answer = as_alice("post", path_of(base), {"count": 5, "password": "optional-student-password"})
    assert answer.status_code == 202
    body = answer.json()
    clones = list(Workspace.objects.exclude(pk=base.pk).order_by("pk"))
    assert body == {
        "success": True,
        "message": 'Cloning 5 workspaces from "Base Workshop"',
        "sourceProjectId": base.public_id,
        "sourceProjectName": "Base Workshop",
        "clones": [
            {"projectId": one.public_id, "projectName": f"Base Workshop {number}", "status": "creating"}
            for number, one in enumerate(clones, 1)
        ],
        "totalCount": 5,
    }
    assert len(clones) == 5 and all(password_matches(one, "optional-student-password") for one in clones)


def test_one_is_no_plural(as_alice: Call, base: Workspace) -> None:
    body = as_alice("post", path_of(base), {"count": 1}).json()
    assert body["message"] == 'Cloning 1 workspace from "Base Workshop"' and body["totalCount"] == 1


def test_clones_are_creating_and_then_running_and_have_what_the_source_has(
    as_alice: Call, base: Workspace, work: Work
) -> None:
    made = as_alice("post", path_of(base), {"count": 2}).json()["clones"]
    ids = [one["projectId"] for one in made]
    assert [as_alice("get", f"{ROOT}/{one}").json()["project"]["status"] for one in ids] == ["creating"] * 2
    work()
    listed = {one["id"]: one for one in as_alice("get", ROOT).json()["projects"]}
    assert [listed[one]["status"] for one in ids] == ["running"] * 2
    source, clone = listed[base.public_id], listed[ids[0]]
    for same in ("type", "memoryLimit", "cpuCores", "group", "proxyMode", "gitUrl"):
        assert clone[same] == source[same], same
    assert clone["group"] == "course" and not clone["passwordProtected"] and clone["notes"] == ""


@pytest.mark.parametrize("count", [3, "3", " 3 ", 3.0])
def test_the_count_is_a_number_or_a_text(count: Any, as_alice: Call, base: Workspace) -> None:
    assert as_alice("post", path_of(base), {"count": count}).json()["totalCount"] == 3


@pytest.mark.parametrize("count", [0, 51, -1, "0", "51", "five", "", 2.5, True, [], {}, "1e1", "١", 10**30, None])
def test_another_count_is_400(count: Any, as_alice: Call, base: Workspace) -> None:
    body = as_alice("post", path_of(base), {"count": count})
    assert body.status_code == 400 and body.json()["error"] == FAILED
    assert body.json()["message"] == "Count must be a whole number between 1 and 50."
    assert Workspace.objects.count() == 1 and not Snapshot.objects.exists()


def test_without_a_count_and_with_a_bad_password_both_are_told(as_alice: Call, base: Workspace) -> None:
    body = as_alice("post", path_of(base), {"password": "short"}).json()
    assert (body["error"], set(body["details"])) == (FAILED, {"count", "password"})
    refused(as_alice("post", path_of(base), {"count": 1, "password": "x" * 51}), 400, "INVALID_PASSWORD", FAILED)
    assert Workspace.objects.count() == 1


def test_the_limit_is_all_or_nothing_and_says_what_is_left(as_alice: Call, base: Workspace, settings: Any) -> None:
    settings.MAX_WORKSPACES_PER_USER = 4
    body = refused(
        as_alice("post", path_of(base), {"count": 10}), 400, "WORKSPACE_LIMIT_EXCEEDED", FAILED, limit=4, left=3
    )
    assert body["message"] == "Cannot create 10 clones: only 3 workspace slots remaining (limit: 4)"
    settings.MAX_WORKSPACES_PER_USER = 2
    body = as_alice("post", path_of(base), {"count": 10}).json()
    assert body["message"] == "Cannot create 10 clones: only 1 workspace slot remaining (limit: 2)"
    settings.MAX_WORKSPACES_PER_USER = 1
    body = as_alice("post", path_of(base), {"count": 1}).json()
    assert body["message"] == "Cannot create 1 clones: only 0 workspace slots remaining (limit: 1)"
    assert Workspace.objects.count() == 1 and not Batch.objects.exists()


def test_clones_count_among_those_that_run(as_alice: Call, base: Workspace, settings: Any) -> None:
    settings.MAX_CONCURRENT_WORKSPACES = 3
    refused(as_alice("post", path_of(base), {"count": 3}), 400, "CONCURRENT_LIMIT_REACHED", FAILED, limit=3, left=2)
    assert as_alice("post", path_of(base), {"count": 2}).status_code == 202
    refused(as_alice("post", path_of(base), {"count": 1}), 400, "CONCURRENT_LIMIT_REACHED", FAILED, limit=3, left=0)


def test_what_is_still_being_made_or_deleted_is_not_cloned(
    as_alice: Call, make_workspace: MakeWorkspace, base: Workspace, alice: User
) -> None:
    fresh = make_workspace(alice, running=False, name="Fresh")
    body = refused(as_alice("post", path_of(fresh), {"count": 1}), 400, "PROJECT_NOT_READY", FAILED)
    assert "being created" in body["message"]
    workspace_delete(Actor(alice, "token"), base)
    refused(as_alice("post", path_of(base), {"count": 1}), 400, "PROJECT_NOT_READY", FAILED)


def test_strangers_and_unknown_ids_are_404(base: Workspace, charlie: User, as_alice: Call) -> None:
    refused(caller(charlie)("post", path_of(base), {"count": 1}), 404, "PROJECT_NOT_FOUND", "Project not found")
    refused(as_alice("post", f"{ROOT}/zzzzzzzzzzzz/clone", {"count": 1}), 404, "PROJECT_NOT_FOUND")
    refused(as_alice("post", f"{ROOT}/zzz{'x' * 60}/clone", {"count": 1}), 404, "PROJECT_NOT_FOUND")


def test_a_viewer_may_not_and_an_editor_s_clones_are_the_editor_s(base: Workspace, bob: User, work: Work) -> None:
    share = Share.objects.create(workspace=base, user=bob, role=Share.Role.VIEWER)
    refused(caller(bob)("post", path_of(base), {"count": 1}), 403, "VIEWER_ONLY")
    Share.objects.filter(pk=share.pk).update(role=Share.Role.EDITOR)
    assert caller(bob)("post", path_of(base), {"count": 1}).status_code == 202
    clone = Workspace.objects.exclude(pk=base.pk).get()
    assert (clone.owner, clone.group.name if clone.group else "", clone.group.owner if clone.group else None) == (
        bob, "course", bob
    )  # fmt: skip


def test_others_give_the_source_s_password_and_the_owner_does_not(
    as_alice: Call, base: Workspace, bob: User
) -> None:
    Share.objects.create(workspace=base, user=bob, role=Share.Role.EDITOR)
    Workspace.objects.update(password_encrypted=password_encrypt(PASSWORD))
    path = path_of(base)
    for given in ({}, {"password": PASSWORD}, {"sourcePassword": "another one"}, {"currentPassword": "another one"}):
        answer = caller(bob)("post", path, {"count": 1} | given)
        refused(answer, 401, "INVALID_WORKSPACE_PASSWORD")
    for name in ("sourcePassword", "currentPassword"):
        assert caller(bob)("post", path, {"count": 1, name: PASSWORD}).status_code == 202
    assert as_alice("post", path, {"count": 1}).status_code == 202
    clones = Workspace.objects.exclude(pk=base.pk)
    assert [one.has_password for one in clones] == [False] * 3, "the source's password opens no clone"


def test_without_an_engine_nothing_is_begun(as_alice: Call, base: Workspace, engine: FakeEngine) -> None:
    engine.down = True
    engine_state.engine_forget()
    assert as_alice("post", path_of(base), {"count": 1}).status_code == 503
    assert Workspace.objects.count() == 1 and not Snapshot.objects.exists()


def test_a_project_that_failed_says_why(as_alice: Call, base: Workspace, work: Work, engine: FakeEngine) -> None:
    engine.faults = [Fault("snapshot_take", EngineError("no space left on device"), times=3)]
    [clone] = as_alice("post", path_of(base), {"count": 1}).json()["clones"]
    work()
    project = as_alice("get", f"{ROOT}/{clone['projectId']}").json()["project"]
    assert project["status"] == "error" and "no space left on device" in project["error"]
    Workspace.objects.get(pk=base.pk, state=State.RUNNING)
