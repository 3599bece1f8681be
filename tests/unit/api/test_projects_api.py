"""One project: seen, started, stopped and deleted, every answer as documented."""

from __future__ import annotations

import re
from typing import Any

import pytest

from accounts.actors import SYSTEM
from accounts.models import User
from tests.unit.api.conftest import Call
from tests.unit.api.projects import KEYS, PASSWORD, ROOT, project_of, refused
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces.engine.base import EngineError, EngineUnavailable
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.models import Workspace
from workspaces.services import workspace_pause
from workspaces.states import State
from workspaces.stats.sampling import stats_forget

pytestmark = pytest.mark.usefixtures("engine", "code_server", "terminal", "volume_of")


@pytest.fixture
def project(alice: User) -> dict[str, Any]:
    return project_of(alice)


def test_get_answers_as_documented(as_alice: Call, project: dict[str, Any]) -> None:
    answer = as_alice("get", f"{ROOT}/{project['id']}")
    assert answer.status_code == 200 and set(answer.json()) == {"success", "project"}
    seen = answer.json()["project"]
    container = seen.pop("container")
    assert set(seen) == KEYS
    assert set(container) == {"status", "health", "uptime", "resources"}
    assert (container["status"], container["health"], container["uptime"]) == ("running", "healthy", "0m")
    assert re.fullmatch(r"\d+\.\d%", container["resources"]["cpu"])
    assert re.fullmatch(r"[\d.]+(B|KB|MB|GB)", container["resources"]["memory"])


def test_the_container_is_told_without_an_engine_too(
    as_alice: Call, project: dict[str, Any], engine: FakeEngine
) -> None:
    engine.faults.append(Fault("usage", EngineUnavailable("gone"), times=99))
    stats_forget()
    container = as_alice("get", f"{ROOT}/{project['id']}").json()["project"]["container"]
    assert container["health"] == "unknown" and container["resources"] == {"cpu": "unknown", "memory": "unknown"}


@pytest.mark.parametrize(
    ("state", "status", "container", "health"),
    [
        (State.CREATING, "creating", "creating", "starting"),
        (State.STARTING, "creating", "creating", "starting"),
        (State.PAUSED, "running", "paused", "paused"),
        (State.STOPPING, "running", "running", "stopping"),
        (State.STOPPED, "stopped", "stopped", "stopped"),
        (State.ERROR, "error", "error", "unhealthy"),
    ],
)
def test_every_state_has_one_of_the_four_words(
    state: State, status: str, container: str, health: str, as_alice: Call, project: dict[str, Any]
) -> None:
    Workspace.objects.update(state=state, error="It fell over.")
    seen = as_alice("get", f"{ROOT}/{project['id']}").json()["project"]
    assert seen["status"] == status
    assert (seen["container"]["status"], seen["container"]["health"]) == (container, health)
    assert seen.get("error") == ("It fell over." if state == State.ERROR else None)


@pytest.mark.parametrize("project_id", ["abc123def456", "x", "A" * 12, "a b", "%00", "ü", "x" * 300, "1"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "", None),
        ("delete", "", {}),
        ("post", "/start", {}),
        ("post", "/stop", {}),
        ("get", "/disk-usage", None),
        ("get", "/notes", None),
        ("put", "/notes", {"notes": ""}),
        ("put", "/name", {"name": "x"}),
        ("put", "/group", {"group": "x"}),
        ("put", "/password", {"newPassword": PASSWORD}),
        ("get", "/ports", None),
        ("put", "/ports/5000", {"audience": "link"}),
        ("get", "/aliases", None),
        ("post", "/aliases", {"subdomain": "my-shop", "port": 5000}),
        ("put", "/aliases/my-shop", {"port": 5000}),
        ("delete", "/aliases/my-shop", None),
    ],
)
def test_a_project_that_there_is_not_is_404(
    project_id: str, method: str, path: str, body: Any, as_alice: Call
) -> None:
    refused(as_alice(method, f"{ROOT}/{project_id}{path}", body), 404, "PROJECT_NOT_FOUND", "Project not found")


def test_stop_and_start_answer_as_documented_also_twice(as_alice: Call, project: dict[str, Any]) -> None:
    url = project["workspaceUrl"]
    for _time in range(2):
        answer = as_alice("post", f"{ROOT}/{project['id']}/stop")
        assert answer.status_code == 200
        assert answer.json() == {
            "success": True,
            "message": "Workspace stopped successfully",
            "projectId": project["id"],
            "project": {"id": project["id"], "projectId": project["id"], "status": "stopped", "workspaceUrl": url},
        }
    for _time in range(2):
        answer = as_alice("post", f"{ROOT}/{project['id']}/start")
        assert answer.status_code == 200
        assert answer.json() == {
            "success": True,
            "message": "Workspace started successfully",
            "project": {"id": project["id"], "projectId": project["id"], "status": "running", "workspaceUrl": url},
        }


def test_who_does_not_wait_is_told_what_is_under_way(as_alice: Call, project: dict[str, Any], work: Work) -> None:
    path = f"{ROOT}/{project['id']}"
    stopping = as_alice("post", f"{path}/stop", prefer="respond-async").json()
    assert (stopping["message"], stopping["project"]["status"]) == ("Workspace is stopping", "running")
    work()
    starting = as_alice("post", f"{path}/start", prefer="respond-async").json()
    assert (starting["message"], starting["project"]["status"]) == ("Workspace is starting", "creating")
    deleting = as_alice("delete", path, prefer="respond-async").json()
    assert (deleting["message"], deleting["projectId"]) == ("Project is being deleted", project["id"])
    work()
    refused(as_alice("get", path), 404, "PROJECT_NOT_FOUND")


def test_a_paused_one_goes_on_when_it_is_started(as_alice: Call, project: dict[str, Any], engine: FakeEngine) -> None:
    workspace_pause(SYSTEM, Workspace.objects.get(), password=None)
    assert as_alice("post", f"{ROOT}/{project['id']}/start").json()["project"]["status"] == "running"
    assert Workspace.objects.get().state == State.RUNNING


def test_starting_past_the_limit_is_409(as_alice: Call, alice: User, project: dict[str, Any]) -> None:
    as_alice("post", f"{ROOT}/{project['id']}/stop")
    User.objects.filter(pk=alice.pk).update(max_running=0)
    refused(as_alice("post", f"{ROOT}/{project['id']}/start"), 409, "CONCURRENT_LIMIT_REACHED")


def test_what_cannot_be_started_says_why(as_alice: Call, project: dict[str, Any], engine: FakeEngine) -> None:
    as_alice("post", f"{ROOT}/{project['id']}/stop")
    engine.faults.append(Fault("start", EngineError("no space left on device"), times=99))
    answer = as_alice("post", f"{ROOT}/{project['id']}/start")
    assert answer.status_code == 503 and "no space left" in refused(answer, 503, "ENGINE_REFUSED")["message"]


@pytest.mark.parametrize("body", [None, {}, {"password": "whatever it is"}])
def test_delete_answers_as_documented_with_and_without_a_body(
    body: Any, as_alice: Call, project: dict[str, Any], engine: FakeEngine
) -> None:
    answer = as_alice("delete", f"{ROOT}/{project['id']}", body)
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True, "message": "Project deleted successfully", "projectId": project["id"],
    }  # fmt: skip
    assert not Workspace.objects.exists() and not engine.states and not engine.volume_files
    refused(as_alice("delete", f"{ROOT}/{project['id']}", body), 404, "PROJECT_NOT_FOUND")


def test_what_others_made_elsewhere_has_a_type_too(as_alice: Call, alice: User, make_workspace: MakeWorkspace) -> None:
    make_workspace(alice, name="an editor")
    make_workspace(alice, name="a shell", kind="terminal")
    types = {one["name"]: one["type"] for one in as_alice("get", f"{ROOT}/").json()["projects"]}
    assert types == {"an editor": "empty", "a shell": "terminal"}
