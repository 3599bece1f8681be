"""/api/projects, every request and answer as documented."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest

from accounts.actors import SYSTEM
from accounts.models import AuditEvent, User
from spaces_site.api.projects.wire.projects import address_of
from tests.unit.api.conftest import Call, caller, token_of
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces.engine.base import EngineError, EngineUnavailable
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.engine_state import engine_forget
from workspaces.gateway.tickets import workspace_url
from workspaces.models import Operation, Setup, Share, Workspace
from workspaces.sealing import unseal
from workspaces.services import workspace_pause
from workspaces.states import State
from workspaces.stats.sampling import stats_forget

ROOT = "/api/projects"
NEW = {"projectName": "my-awesome-project", "projectType": "python-flask"}
PASSWORD = "secure-password-123"
FORM = "application/x-www-form-urlencoded"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
KEYS = {
    "id", "projectId", "name", "projectName", "type", "projectType", "status", "createdAt", "lastActivity",
    "lastAccessed", "workspaceUrl", "passwordProtected", "hasGitRepo", "gitRepoUrl", "gitRepository", "gitUrl", "group",
    "notes", "memoryLimit", "cpuCores", "proxyMode", "diskUsage", "aliases", "owner",
}  # fmt: skip

pytestmark = pytest.mark.usefixtures("engine", "code_server", "terminal", "volume_of")


@pytest.fixture
def project(as_alice: Call) -> dict[str, Any]:
    """A running project of Alice."""
    answer = as_alice("post", f"{ROOT}/create", NEW)
    assert answer.status_code == 201, answer.content
    return dict(answer.json()["project"])


def refused(answer: Any, status: int, code: str, error: str | None = None, **details: Any) -> dict[str, Any]:
    """The body of an error, which always has the same keys."""
    body = dict(answer.json())
    assert (answer.status_code, body["code"]) == (status, code), body
    assert set(body) == {"success", "error", "code", "details", "message"}
    assert body["success"] is False and body["message"]
    assert error is None or body["error"] == error
    assert not details or body["details"] == details
    return body


# -- create


def test_create_answers_as_documented(as_alice: Call, alice: User) -> None:
    body = NEW | {"passwordProtected": True, "password": PASSWORD, "createGitRepo": True}
    answer = as_alice("post", f"{ROOT}/create", body)
    workspace = Workspace.objects.get()
    assert answer.status_code == 201
    assert set(answer.json()) == {"success", "project", "password"}
    assert answer.json()["success"] is True and answer.json()["password"] == PASSWORD
    project = answer.json()["project"]
    assert set(project) == KEYS
    assert project["id"] == project["projectId"] == workspace.public_id
    assert project["name"] == project["projectName"] == "my-awesome-project"
    assert project["type"] == project["projectType"] == "python-flask"
    assert (project["status"], project["passwordProtected"], project["hasGitRepo"]) == ("running", True, False)
    assert project["workspaceUrl"] == workspace_url(workspace)
    assert (project["gitRepoUrl"], project["gitRepository"], project["gitUrl"], project["diskUsage"]) == (None,) * 4
    assert (project["memoryLimit"], project["cpuCores"], project["group"]) == ("2g", "2", "Uncategorized")
    assert (project["proxyMode"], project["notes"], project["aliases"]) == ("none", "", [])
    assert all(TIME.fullmatch(project[field]) for field in ("createdAt", "lastActivity", "lastAccessed"))
    assert re.fullmatch(r"[a-z][a-z0-9]{11}", project["id"])
    assert (workspace.owner, workspace.kind.slug, workspace.starter) == (alice, "code-server", "python-flask")
    assert AuditEvent.objects.filter(action="workspace.create", workspace=project["id"]).exists()


def test_without_a_password_none_is_answered(as_alice: Call) -> None:
    answer = as_alice("post", f"{ROOT}/create", NEW | {"passwordProtected": False})
    assert set(answer.json()) == {"success", "project"}
    assert answer.json()["project"]["passwordProtected"] is False


@pytest.mark.parametrize(
    ("given", "protected"),
    [
        ({"password": PASSWORD}, True),
        ({"password": PASSWORD, "passwordProtected": None}, True),
        ({"password": PASSWORD, "passwordProtected": False}, False),
        ({"password": "short", "passwordProtected": False}, False),
        ({"password": ""}, False),
        ({"password": None}, False),
        ({"password": " " * 8, "passwordProtected": True}, True),
    ],
)
def test_a_project_is_protected_where_that_is_meant(given: dict[str, Any], protected: bool, as_alice: Call) -> None:
    project = as_alice("post", f"{ROOT}/create", NEW | given).json()["project"]
    assert project["passwordProtected"] is Workspace.objects.get().has_password is protected


def test_both_spellings_of_the_keys_are_taken(as_alice: Call) -> None:
    project = as_alice("post", f"{ROOT}/create", {"name": "old words", "type": "node-react"}).json()["project"]
    assert (project["projectName"], project["projectType"]) == ("old words", "nodejs-react")
    assert Workspace.objects.get().starter == "nodejs-react"


@pytest.mark.parametrize("project_type", ["empty", "python-flask", "nodejs-react", "java-spring"])
def test_every_type_begins_with_its_files(project_type: str, as_alice: Call) -> None:
    answer = as_alice("post", f"{ROOT}/create", NEW | {"projectType": project_type}, prefer="respond-async")
    assert answer.json()["project"]["type"] == project_type
    assert "README.md" in unseal(Setup.objects.get().files_sealed)


def test_who_does_not_wait_gets_the_address_of_one_that_is_being_created(as_alice: Call) -> None:
    project = as_alice("post", f"{ROOT}/create", NEW, prefer="respond-async").json()["project"]
    assert project["status"] == "creating"
    assert project["workspaceUrl"] == workspace_url(Workspace.objects.get())


@pytest.mark.parametrize(
    ("given", "memory_mb", "cpus"),
    [
        ({}, 2048, 2),
        ({"memoryLimit": "1g", "cpuCores": "1"}, 1024, 1),
        ({"memoryLimit": "4G", "cpuCores": 4}, 4096, 4),
        ({"memoryLimit": "8g", "cpuCores": 2.0}, 8192, 2),
        ({"memoryLimit": None, "cpuCores": None}, 2048, 2),
        ({"memoryLimit": "", "cpuCores": ""}, 2048, 2),
    ],
)
def test_sizes_are_taken(given: dict[str, Any], memory_mb: int, cpus: float, as_alice: Call) -> None:
    assert as_alice("post", f"{ROOT}/create", NEW | given).status_code == 201
    workspace = Workspace.objects.get()
    assert (workspace.memory_mb, workspace.cpus) == (memory_mb, cpus)


def test_what_is_usual_is_never_more_than_the_caller_may_have(as_alice: Call, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(max_memory_mb=1536, max_cpus=0.5)
    project = as_alice("post", f"{ROOT}/create", NEW).json()["project"]
    assert (project["memoryLimit"], project["cpuCores"]) == ("1536m", "0.5")
    refused(
        as_alice("post", f"{ROOT}/create", NEW | {"projectName": "another", "memoryLimit": "2g", "cpuCores": "1"}),
        400, "VALIDATION_ERROR", "Validation failed",
        memoryLimit="Memory limit must be at most 1536m", cpuCores="CPU cores must be at most 0.5",
    )  # fmt: skip


def test_an_administrator_s_override_goes_beyond_the_site_s_limit(as_alice: Call, alice: User) -> None:
    refused(as_alice("post", f"{ROOT}/create", NEW | {"memoryLimit": "16g"}), 400, "VALIDATION_ERROR")
    User.objects.filter(pk=alice.pk).update(max_memory_mb=16384, max_cpus=8)
    assert as_alice("post", f"{ROOT}/create", NEW | {"memoryLimit": "16g", "cpuCores": 8}).status_code == 201


def test_a_group_is_made_and_found_again(as_alice: Call) -> None:
    for name in ("first", "second"):
        answer = as_alice("post", f"{ROOT}/create", NEW | {"projectName": name, "group": " team  alpha "})
        assert answer.json()["project"]["group"] == "team alpha"
    for name in ("", None, "uncategorized"):
        Workspace.objects.all().delete()
        answer = as_alice("post", f"{ROOT}/create", NEW | {"group": name})
        assert answer.json()["project"]["group"] == "Uncategorized"


# -- what is wrong with it


@pytest.mark.parametrize(
    ("given", "code", "details"),
    [
        ({"projectName": "my/project"}, "INVALID_PROJECT_NAME", {"projectName": "Project name takes letters"}),
        ({"projectName": "Ünicode"}, "INVALID_PROJECT_NAME", {"projectName": "Project name takes letters"}),
        ({"projectName": "two  blanks"}, "INVALID_PROJECT_NAME", {"projectName": "Project name takes letters"}),
        ({"projectName": "a\nb\nc"}, "INVALID_PROJECT_NAME", {"projectName": "Project name takes letters"}),
        ({"projectName": "ab"}, "VALIDATION_ERROR", {"projectName": "Project name must be 3-50 characters"}),
        ({"projectName": "a" * 51}, "VALIDATION_ERROR", {"projectName": "Project name must be 3-50 characters"}),
        ({"projectName": ""}, "VALIDATION_ERROR", {"projectName": "Project name is required"}),
        ({"projectName": None}, "VALIDATION_ERROR", {"projectName": "Project name is required"}),
        ({"projectName": ["a"]}, "VALIDATION_ERROR", {"projectName": "Not a valid string"}),
        ({"projectType": "cobol"}, "INVALID_PROJECT_TYPE", {"projectType": "Project type must be one of: empty,"}),
        ({"projectType": ""}, "VALIDATION_ERROR", {"projectType": "Project type is required"}),
        ({"password": "short"}, "INVALID_PASSWORD", {"password": "Password must be at least 8 characters"}),
        ({"password": "x" * 51}, "INVALID_PASSWORD", {"password": "Password must be at most 50 characters"}),
        ({"passwordProtected": True}, "INVALID_PASSWORD", {"password": "Password must be at least 8 characters"}),
        ({"passwordProtected": "maybe"}, "VALIDATION_ERROR", {"passwordProtected": "Must be a valid boolean"}),
        ({"memoryLimit": "3g"}, "VALIDATION_ERROR", {"memoryLimit": "Memory limit must be one of: 1g, 2g"}),
        ({"memoryLimit": "16g"}, "VALIDATION_ERROR", {"memoryLimit": "Memory limit must be at most 8g"}),
        ({"cpuCores": "3"}, "VALIDATION_ERROR", {"cpuCores": "CPU cores must be one of: 1, 2"}),
        ({"cpuCores": 8}, "VALIDATION_ERROR", {"cpuCores": "CPU cores must be at most 4"}),
        ({"cpuCores": True}, "VALIDATION_ERROR", {"cpuCores": "Not a valid string"}),
        ({"group": "a/b"}, "VALIDATION_ERROR", {"group": "A group takes up to 50"}),
        ({"group": "a" * 51}, "VALIDATION_ERROR", {"group": "A group takes up to 50"}),
        ({"proxyMode": "fast"}, "VALIDATION_ERROR", {"proxyMode": "Proxy mode must be one of"}),
        ({"proxyMode": "logging"}, "PROXY_MODE_UNAVAILABLE", {"proxyMode": "Proxy mode logging is not available"}),
        ({"proxyMode": "security"}, "PROXY_MODE_UNAVAILABLE", {"proxyMode": "Proxy mode security is not"}),
        ({"useProxy": True}, "PROXY_MODE_UNAVAILABLE", {"useProxy": "Proxy mode logging is not available"}),
        ({"gitUrl": "https://host/x"}, "VALIDATION_ERROR", {"gitUrl": "A Git URL goes with the project type"}),
        ({"projectType": "git-clone"}, "VALIDATION_ERROR", {"gitUrl": "Git URL is required"}),
    ],
)
def test_one_wrong_field_is_told_by_its_own_code(
    given: dict[str, Any], code: str, details: dict[str, str], as_alice: Call
) -> None:
    body = refused(as_alice("post", f"{ROOT}/create", NEW | given), 400, code)
    assert set(body["details"]) == set(details)
    assert all(body["details"][field].startswith(text) for field, text in details.items()), body
    assert (body["error"] == "Validation failed") == (code == "VALIDATION_ERROR")
    assert not Workspace.objects.exists()


def test_several_wrong_fields_are_told_together(as_alice: Call) -> None:
    body = {"projectName": "my", "projectType": "empty", "passwordProtected": True, "password": "short"}
    refused(
        as_alice("post", f"{ROOT}/create", body), 400, "VALIDATION_ERROR", "Validation failed",
        projectName="Project name must be 3-50 characters", password="Password must be at least 8 characters",
    )  # fmt: skip
    everything = {
        "projectName": "a/b", "projectType": "cobol", "passwordProtected": True, "memoryLimit": "1", "cpuCores": "0",
        "group": "#", "proxyMode": "logging",
    }  # fmt: skip
    answer = refused(as_alice("post", f"{ROOT}/create", everything), 400, "VALIDATION_ERROR")
    assert set(answer["details"]) == {*everything, "password"} - {"passwordProtected"}
    empty = refused(as_alice("post", f"{ROOT}/create", {}), 400, "VALIDATION_ERROR")
    assert set(empty["details"]) == {"projectName", "projectType"}


def test_mistakes_are_told_under_the_names_that_the_caller_has_used(as_alice: Call) -> None:
    body = {"name": "a/b", "type": "empty"}
    assert set(refused(as_alice("post", f"{ROOT}/create", body), 400, "INVALID_PROJECT_NAME")["details"]) == {"name"}
    both = refused(as_alice("post", f"{ROOT}/create", {"name": "a/b", "type": "cobol"}), 400, "VALIDATION_ERROR")
    assert set(both["details"]) == {"name", "type"}


def test_a_form_is_taken_like_json(client: Any, alice: User) -> None:
    form = {"name": "from a form", "projectType": "empty", "passwordProtected": "true", "password": "short"}
    send = {"content_type": FORM, "headers": {"authorization": token_of(alice)}}
    wrong = client.post(f"{ROOT}/create", urlencode(form), **send)
    assert set(refused(wrong, 400, "INVALID_PASSWORD")["details"]) == {"password"}
    assert client.post(f"{ROOT}/create", urlencode(form | {"password": PASSWORD}), **send).status_code == 201


def test_a_body_that_is_no_object_is_told_so(as_alice: Call) -> None:
    for body in ([], "text", 1):
        refused(as_alice("post", f"{ROOT}/create", body), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"gitUrl": "http://host/x"}, "gitUrl"),
        ({"gitUrl": "https://ann:hunter2@host/x"}, "gitUrl"),
        ({"gitUrl": "https://host/x", "gitToken": "two words"}, "gitToken"),
        ({"gitUrl": "https://host/x", "gitUsername": "a:b"}, "gitUsername"),
        ({"gitUrl": "git@host:x", "gitUsername": "ann"}, "gitUsername"),
    ],
)
def test_a_repository_that_cannot_be_used_is_told_by_field(given: dict[str, str], field: str, as_alice: Call) -> None:
    body = NEW | {"projectType": "git-clone"} | given
    answer = refused(as_alice("post", f"{ROOT}/create", body), 400, "VALIDATION_ERROR")
    assert set(answer["details"]) == {field} and "hunter2" not in str(answer)


def test_a_repository_is_cloned_under_the_name_that_was_given(as_alice: Call) -> None:
    body = NEW | {"projectType": "git-clone", "gitUrl": "https://host/team/tool.git", "gitUsername": "ann"}
    answer = as_alice("post", f"{ROOT}/create", body | {"gitToken": "s3cret-token"}, prefer="respond-async")
    assert (answer.json()["project"]["type"], answer.json()["project"]["gitUrl"]) == ("git-clone", body["gitUrl"])
    assert unseal(Setup.objects.get().token_sealed) == "ann:s3cret-token"
    assert "s3cret-token" not in answer.content.decode() + str(list(AuditEvent.objects.values()))


def test_a_name_that_is_taken_is_told_so_in_any_case(as_alice: Call, as_bob: Call, project: dict[str, Any]) -> None:
    body = NEW | {"projectName": "My-Awesome-Project"}
    answer = refused(as_alice("post", f"{ROOT}/create", body), 400, "PROJECT_EXISTS", "Project name already exists")
    assert set(answer["details"]) == {"projectName"}
    assert as_bob("post", f"{ROOT}/create", body).status_code == 201, "everybody has names of their own"


def test_limits_answer_409(as_alice: Call, alice: User, project: dict[str, Any]) -> None:
    User.objects.filter(pk=alice.pk).update(max_running=1)
    again = NEW | {"projectName": "another"}
    refused(
        as_alice("post", f"{ROOT}/create", again), 409, "CONCURRENT_LIMIT_REACHED",
        "Maximum concurrent workspaces reached", limit=1,
    )  # fmt: skip
    User.objects.filter(pk=alice.pk).update(max_workspaces=1)
    refused(
        as_alice("post", f"{ROOT}/create", again), 409, "WORKSPACE_LIMIT_EXCEEDED",
        "Maximum workspaces per user reached", limit=1,
    )  # fmt: skip


def test_the_engine_away_is_503_and_a_container_that_cannot_be_made_500(as_alice: Call, engine: FakeEngine) -> None:
    engine.faults.append(Fault("ping", EngineUnavailable("gone"), times=99))
    answer = as_alice("post", f"{ROOT}/create", NEW)
    refused(answer, 503, "SERVICE_UNAVAILABLE")
    assert answer.headers["Retry-After"] and not Workspace.objects.exists()
    engine.reset()
    engine.faults.append(Fault("ensure_container", EngineError("no space left on device"), times=99))
    engine_forget()
    failed = refused(
        as_alice("post", f"{ROOT}/create", NEW), 500, "CONTAINER_CREATE_FAILED", "Failed to create Docker container"
    )
    workspace = Workspace.objects.get()
    assert failed["details"] == {"projectId": workspace.public_id} and "no space left" in failed["message"]
    project = as_alice("get", f"{ROOT}/{workspace.public_id}").json()["project"]
    assert project["status"] == "error" and "no space left" in project["error"]
    engine.reset()
    started = as_alice("post", f"{ROOT}/{workspace.public_id}/start")
    assert started.json()["project"]["status"] == "running", "a later try may fare better"


# -- one project


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


# -- a password of its own

ASKED = [("delete", "", {}), ("post", "/start", {}), ("post", "/stop", {})]
"""What a protected project asks its password for."""


@pytest.fixture
def protected(as_alice: Call, bob: User, root: User) -> str:
    """Path of a protected project of Alice's, shared with Bob."""
    body = NEW | {"passwordProtected": True, "password": PASSWORD}
    project = as_alice("post", f"{ROOT}/create", body).json()["project"]
    Share.objects.create(workspace=Workspace.objects.get(), user=bob)
    return f"{ROOT}/{project['id']}"


@pytest.mark.parametrize(("method", "path", "body"), ASKED)
def test_the_owner_is_never_asked(method: str, path: str, body: dict[str, str], protected: str, as_alice: Call) -> None:
    assert as_alice(method, protected + path, {"password": "wrong"}).status_code == 200


@pytest.mark.parametrize("who", ["bob", "root"])
@pytest.mark.parametrize(("method", "path", "body"), ASKED)
def test_everybody_else_is_asked(
    who: str, method: str, path: str, body: dict[str, str], protected: str, request: pytest.FixtureRequest
) -> None:
    call = caller(request.getfixturevalue(who))
    if who == "bob" and method == "delete":  # which is not for them, whatever they know
        refused(call(method, protected + path, {"password": PASSWORD}), 403, "OWNER_ONLY")
        return
    for given in ({}, {"password": "wrong"}, {"password": None}, {"currentPassword": "wrong"}, None):
        answer = call(method, protected + path, given)
        refused(answer, 401, "INVALID_WORKSPACE_PASSWORD", "Invalid password for password-protected workspace")
    assert Workspace.objects.get().state == State.RUNNING
    field = "password" if path else "currentPassword"
    assert call(method, protected + path, {field: PASSWORD}).status_code == 200


def test_a_stranger_is_not_even_asked(protected: str, as_charlie: Call, as_nobody: Call) -> None:
    for method, path, _body in ASKED:
        refused(as_charlie(method, protected + path, {"password": PASSWORD}), 404, "PROJECT_NOT_FOUND")
        refused(as_nobody(method, protected + path, {"password": PASSWORD}), 401, "UNAUTHENTICATED")


def test_a_viewer_may_look_and_change_nothing(protected: str, as_bob: Call) -> None:
    Share.objects.update(role=Share.Role.VIEWER)
    for path in ("", "/notes", "/aliases", "/ports", "/disk-usage"):
        assert as_bob("get", protected + path).status_code == 200
    for method, path, body in [
        ("post", "/start", {"password": PASSWORD}),
        ("post", "/stop", {"password": PASSWORD}),
        ("put", "/notes", {"notes": "x"}),
    ]:
        refused(as_bob(method, protected + path, body), 403, "VIEWER_ONLY")


def test_who_keeps_on_guessing_is_stopped(protected: str, as_bob: Call) -> None:
    answers = [as_bob("post", f"{protected}/stop", {"password": f"guess {number}"}) for number in range(12)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
    refused(answers[-1], 429, "RATE_LIMITED")
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert as_bob("post", f"{protected}/stop", {"password": PASSWORD}).status_code == 429


def test_passwords_are_in_no_audit_event(protected: str, as_bob: Call) -> None:
    as_bob("post", f"{protected}/stop", {"password": "my-other-secret"})
    events = str(list(AuditEvent.objects.values()))
    assert PASSWORD not in events and "my-other-secret" not in events and "workspace.password_refused" in events


def test_a_new_password_is_in_force_at_once(
    protected: str, as_alice: Call, as_bob: Call, root: User, engine: FakeEngine
) -> None:
    before = list(engine.calls)
    answer = as_alice("put", f"{protected}/password", {"newPassword": "another-password"})
    assert answer.json() == {"success": True, "message": "Password updated successfully", "passwordProtected": True}
    assert not Operation.objects.exclude(verb="create").exists(), "nothing is restarted"
    assert before == engine.calls
    refused(as_bob("post", f"{protected}/stop", {"password": PASSWORD}), 401, "INVALID_WORKSPACE_PASSWORD")
    assert as_bob("post", f"{protected}/stop", {"password": "another-password"}).status_code == 200
    gone = as_alice("put", f"{protected}/password", {"removePassword": True})  # of a stopped one as well
    assert gone.json()["passwordProtected"] is False
    assert as_bob("post", f"{protected}/start").status_code == 200


def test_staff_give_the_password_that_it_has_to_change_it(protected: str, root: User, as_bob: Call) -> None:
    as_root = caller(root)
    for body in ({}, {"currentPassword": "wrong"}):
        answer = as_root("put", f"{protected}/password", body | {"newPassword": "another-password"})
        refused(answer, 401, "INVALID_WORKSPACE_PASSWORD")
    body = {"currentPassword": PASSWORD, "newPassword": "another-password"}
    assert as_root("put", f"{protected}/password", body).status_code == 200
    refused(as_bob("put", f"{protected}/password", body), 403, "OWNER_ONLY")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "INVALID_PASSWORD", "newPassword"),
        ({"newPassword": "short"}, "INVALID_PASSWORD", "newPassword"),
        ({"newPassword": "x" * 51}, "INVALID_PASSWORD", "newPassword"),
        ({"newPassword": ["x"]}, "VALIDATION_ERROR", "newPassword"),
        ({"newPassword": PASSWORD, "removePassword": True}, "VALIDATION_ERROR", "removePassword"),
        ({"removePassword": "perhaps"}, "VALIDATION_ERROR", "removePassword"),
    ],
)
def test_a_password_that_cannot_be_is_refused(
    body: dict[str, Any], code: str, field: str, as_alice: Call, protected: str
) -> None:
    assert set(refused(as_alice("put", f"{protected}/password", body), 400, code)["details"]) == {field}


# -- what needs no container


def test_notes_are_written_and_read(as_alice: Call, as_bob: Call, protected: str) -> None:
    path = f"{protected}/notes"
    assert as_alice("get", path).json() == {"success": True, "notes": ""}
    text = "  Student should complete exercises 1-3.\n\nÜbung 4 ist freiwillig.\n"
    answer = as_bob("put", path, {"notes": text})  # who works in it may
    assert answer.json() == {"success": True, "message": "Notes updated successfully"}
    assert as_alice("get", path).json()["notes"] == text
    assert as_alice("put", path, {"notes": "ä" * 5120}).status_code == 200, "10,240 bytes"
    for notes in ("ä" * 5121, "x" * 10241, "a\0b"):
        answer = refused(as_alice("put", path, {"notes": notes}), 400, "VALIDATION_ERROR", "Validation failed")
        assert set(answer["details"]) == {"notes"}
    for body in ({}, {"notes": None}, {"notes": []}):
        refused(as_alice("put", path, body), 400, "VALIDATION_ERROR", notes="Notes are a text")
    assert as_alice("put", path, {"notes": ""}).status_code == 200


def test_a_project_is_renamed(as_alice: Call, as_bob: Call, protected: str) -> None:
    path = f"{protected}/name"
    answer = as_alice("put", path, {"name": "New Project Name"})
    assert answer.json() == {"success": True, "message": "Project name updated successfully"}
    assert as_alice("get", protected).json()["project"]["name"] == "New Project Name"
    assert as_alice("put", path, {"projectName": "Übung 1: alles!"}).status_code == 200
    wrong = "Project name must be 1-100 characters"
    for body in ({}, {"name": ""}, {"name": "  "}, {"name": "x" * 101}, {"name": []}, {"name": None}):
        refused(as_alice("put", path, body), 400, "VALIDATION_ERROR", "Validation failed", name=wrong)
    assert set(refused(as_alice("put", path, {"name": "a\nb"}), 400, "VALIDATION_ERROR")["details"]) == {"name"}
    assert set(refused(as_alice("put", path, {"projectName": "x" * 101}), 400, "VALIDATION_ERROR")["details"]) == {
        "projectName"
    }
    as_alice("post", f"{ROOT}/create", NEW | {"projectName": "taken"})
    answer = refused(as_alice("put", path, {"name": "Taken"}), 400, "PROJECT_EXISTS", "Project name already exists")
    assert set(answer["details"]) == {"name"}
    refused(as_bob("put", path, {"name": "mine"}), 403, "OWNER_ONLY")


def test_a_project_is_put_into_groups_and_out_of_them(as_alice: Call, as_bob: Call, protected: str) -> None:
    path = f"{protected}/group"
    answer = as_alice("put", path, {"group": "workshop-2026"})
    message = "Project group updated successfully"
    assert answer.json() == {"success": True, "message": message, "group": "workshop-2026"}
    assert as_alice("get", protected).json()["project"]["group"] == "workshop-2026"
    for name in ("", None, "Uncategorized"):
        assert as_alice("put", path, {"group": name}).json()["group"] == "Uncategorized"
    for body in ({}, {"group": []}, {"group": "a/b"}, {"group": "x" * 51}):
        assert set(refused(as_alice("put", path, body), 400, "VALIDATION_ERROR")["details"]) == {"group"}
    refused(as_bob("put", path, {"group": "mine"}), 403, "OWNER_ONLY")


def test_groups_are_those_that_projects_are_in(as_alice: Call, as_bob: Call, protected: str) -> None:
    for name, group in (("one", "workshop-2026"), ("two", "Team Alpha"), ("three", "workshop-2026")):
        assert as_alice("post", f"{ROOT}/create", NEW | {"projectName": name, "group": group}).status_code == 201
    seen = as_alice("get", f"{ROOT}/groups").json()
    assert seen["groups"] == ["Team Alpha", "workshop-2026", "Uncategorized"]
    assert [(one["name"], one["count"]) for one in seen["details"]] == [
        ("Team Alpha", 1), ("workshop-2026", 2), ("Uncategorized", 1),
    ]  # fmt: skip
    assert [one["name"] for one in seen["details"][1]["projects"]] == ["one", "three"]
    assert all(len(one["id"]) == 12 for group in seen["details"] for one in group["projects"])
    assert as_bob("get", f"{ROOT}/groups").json()["groups"] == ["Uncategorized"]


def test_without_projects_there_are_no_groups(as_charlie: Call) -> None:
    assert as_charlie("get", f"{ROOT}/groups").json() == {"success": True, "groups": [], "details": []}


def test_the_address_is_the_gateway_s_whatever_the_site_s(as_alice: Call, settings: Any) -> None:
    for url, host in (("https://spaces.example.org", "spaces.example.org"), ("http://localhost:8123", "localhost")):
        settings.BASE_URL, settings.BASE_HOST = url, host
        assert address_of("abc123def456") == workspace_url(Workspace(public_id="abc123def456"))
