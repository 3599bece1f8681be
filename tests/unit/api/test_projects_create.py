"""Making a project, as documented; what is wrong with one is told by field."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest

from accounts.models import AuditEvent, User
from tests.unit.api.conftest import Call, token_of
from tests.unit.api.projects import KEYS, NEW, PASSWORD, ROOT, TIME, project_of, refused
from workspaces.engine.base import EngineError, EngineUnavailable
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.engine_state import engine_forget
from workspaces.gateway.tickets import workspace_url
from workspaces.models import Setup, Workspace
from workspaces.sealing import unseal

FORM = "application/x-www-form-urlencoded"

pytestmark = pytest.mark.usefixtures("engine", "code_server", "terminal", "volume_of")


@pytest.fixture
def project(alice: User) -> dict[str, Any]:
    return project_of(alice)


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
