"""Every request of the projects API's document, sent to the running product, whose engine is the real one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
import requests

from tests.engine_cleanup import things_of
from tests.harness import Platform
from tests.integration.asking import Ask, answered, asking
from tests.integration.git_containers import certificate_make, git_server
from tests.local_http import new_session
from tests.parts import NewPlatform
from tests.waiting import eventually

pytestmark = pytest.mark.integration
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
DOCUMENTED = {
    "id", "name", "type", "status", "createdAt", "workspaceUrl", "passwordProtected", "hasGitRepo", "gitRepoUrl",
}  # fmt: skip
SMALL = {"projectType": "empty", "memoryLimit": "1g", "cpuCores": "1"}
PASSWORD = "workspace-password"


def refused(response: requests.Response, status: int, code: str, error: str) -> dict[str, Any]:
    body = dict(answered(response, status))
    assert set(body) == {"success", "error", "code", "details", "message"}
    assert (body["success"], body["code"], body["error"]) == (False, code, error)
    return body


@pytest.fixture
def ask(platform: Platform) -> Iterator[Ask]:
    """As somebody whose projects are gone afterwards."""
    ask = asking(platform, "projects@example.org")
    yield ask
    for project in answered(ask("GET", "/projects/"))["projects"]:
        answered(ask("DELETE", f"/projects/{project['id']}"))


@pytest.fixture
def project(ask: Ask) -> dict[str, Any]:
    body = SMALL | {"projectName": "my-awesome-project", "passwordProtected": True, "password": PASSWORD}
    return dict(answered(ask("POST", "/projects/create", body), 201)["project"])


def run(ask: Ask, project: dict[str, Any], command: str) -> str:
    """What a command prints in a project, which another API of the product runs."""
    done = answered(ask("POST", f"/spaces/{project['name']}/exec", {"command": command}))
    assert done["exitCode"] == 0, done
    return str(done["stdout"])


def test_a_project_is_made_seen_stopped_started_and_deleted(
    platform: Platform, ask: Ask, docker_engine: docker.DockerClient
) -> None:
    body = {
        "projectName": "my-awesome-project", "projectType": "python-flask", "passwordProtected": True,
        "password": "secure-password-123", "createGitRepo": True, "proxyMode": "none", "memoryLimit": "1g",
        "cpuCores": "1", "group": "workshop-2026",
    }  # fmt: skip
    created = answered(ask("POST", "/projects/create", body), 201)
    project = created["project"]
    assert (created["success"], created["password"]) == (True, "secure-password-123")
    assert set(project) >= DOCUMENTED and project["hasGitRepo"] is False and project["gitRepoUrl"] is None
    assert (project["name"], project["type"], project["status"]) == ("my-awesome-project", "python-flask", "running")
    assert project["projectId"] == project["id"] and re.fullmatch(r"[a-z][a-z0-9]{11}", project["id"])
    assert TIME.fullmatch(project["createdAt"])
    assert project["workspaceUrl"] == platform.workspace_url(project["id"])
    refused(ask("POST", "/projects/create", body), 400, "PROJECT_EXISTS", "Project name already exists")

    container = docker_engine.containers.get(f"spaces-{project['id']}")
    assert container.attrs["HostConfig"]["Memory"] == container.attrs["HostConfig"]["MemorySwap"] == 2**30
    assert container.attrs["HostConfig"]["NanoCpus"] == 10**9 or container.attrs["HostConfig"]["CpuQuota"] == 100_000
    assert "app.py" in run(ask, project, "ls")

    path = f"/projects/{project['id']}"
    seen = answered(ask("GET", path))["project"]
    assert set(seen) >= DOCUMENTED | {"lastActivity", "container"} and seen["status"] == "running"
    assert set(seen["container"]) == {"status", "health", "uptime", "resources"}
    assert (seen["container"]["status"], seen["container"]["health"]) == ("running", "healthy")
    assert re.fullmatch(r"\d+\.\d%", seen["container"]["resources"]["cpu"])
    assert re.fullmatch(r"[\d.]+(KB|MB|GB)", seen["container"]["resources"]["memory"])
    for address in ("/projects", "/projects/"):
        listed = answered(ask("GET", address))
        assert (listed["success"], listed["count"], [one["id"] for one in listed["projects"]]) == (
            True, 1, [project["id"]],
        )  # fmt: skip
    assert answered(ask("GET", "/projects/groups"))["groups"] == ["workshop-2026"]

    for _time in range(2):
        stopped = answered(ask("POST", f"{path}/stop", {"password": "secure-password-123"}))
        assert (stopped["message"], stopped["projectId"]) == ("Workspace stopped successfully", project["id"])
    container.reload()
    assert container.status == "exited"
    for _time in range(2):
        started = answered(ask("POST", f"{path}/start"))
        assert started["message"] == "Workspace started successfully"
        assert {key: started["project"][key] for key in ("id", "status", "workspaceUrl")} == {
            "id": project["id"], "status": "running", "workspaceUrl": project["workspaceUrl"],
        }  # fmt: skip
    assert "app.py" in run(ask, project, "ls")
    assert answered(ask("DELETE", path, {"password": "secure-password-123"})) == {
        "success": True, "message": "Project deleted successfully", "projectId": project["id"],
    }  # fmt: skip
    refused(ask("GET", path), 404, "PROJECT_NOT_FOUND", "Project not found")
    assert not [thing for thing in things_of(docker_engine, platform.instance) if project["id"] in thing]


def test_what_is_wrong_with_a_project_is_told_by_field(ask: Ask) -> None:
    body = {"projectName": "my", "projectType": "python-flask", "passwordProtected": True, "password": "short"}
    wrong = refused(ask("POST", "/projects/create", body), 400, "VALIDATION_ERROR", "Validation failed")
    assert wrong["details"] == {
        "projectName": "Project name must be 3-50 characters",
        "password": "Password must be at least 8 characters",
    }
    for given, code in [
        ({"projectName": "a/b/c"}, "INVALID_PROJECT_NAME"),
        ({"projectType": "cobol"}, "INVALID_PROJECT_TYPE"),
        ({"password": "short"}, "INVALID_PASSWORD"),
        ({"proxyMode": "logging"}, "PROXY_MODE_UNAVAILABLE"),
        ({"useProxy": True}, "PROXY_MODE_UNAVAILABLE"),
        ({"memoryLimit": "16g"}, "VALIDATION_ERROR"),
    ]:
        assert answered(ask("POST", "/projects/create", SMALL | {"projectName": "my-app"} | given), 400)["code"] == code
    assert answered(ask("GET", "/projects/"))["count"] == 0


def test_notes_name_group_and_password_are_changed(ask: Ask, platform: Platform, project: dict[str, Any]) -> None:
    path = f"/projects/{project['id']}"
    assert answered(ask("GET", f"{path}/notes")) == {"success": True, "notes": ""}
    put = ask("PUT", f"{path}/notes", {"notes": "Updated instructions for this workspace."})
    assert answered(put) == {"success": True, "message": "Notes updated successfully"}
    assert answered(ask("GET", f"{path}/notes"))["notes"] == "Updated instructions for this workspace."
    assert answered(ask("PUT", f"{path}/notes", {"notes": "x" * 10241}), 400)["code"] == "VALIDATION_ERROR"
    put = ask("PUT", f"{path}/name", {"name": "New Project Name"})
    assert answered(put) == {"success": True, "message": "Project name updated successfully"}
    put = answered(ask("PUT", f"{path}/group", {"group": "workshop-2026"}))
    assert (put["success"], put["message"]) == (True, "Project group updated successfully")
    seen = answered(ask("GET", path))["project"]
    assert (seen["name"], seen["group"]) == ("New Project Name", "workshop-2026")
    assert answered(ask("GET", "/projects/groups"))["details"][0]["count"] == 1

    staff = asking(platform, "projects-staff@example.org", staff=True)
    wrong = (401, "INVALID_WORKSPACE_PASSWORD", "Invalid password for password-protected workspace")
    for method, verb in (("POST", "/stop"), ("POST", "/start"), ("DELETE", "")):
        refused(staff(method, path + verb, {"password": "not this one"}), *wrong)
    body = {"currentPassword": PASSWORD, "newPassword": "new-secure-password"}
    assert answered(staff("PUT", f"{path}/password", body)) == {
        "success": True, "message": "Password updated successfully", "passwordProtected": True,
    }  # fmt: skip
    refused(staff("POST", f"{path}/stop", {"password": PASSWORD}), *wrong)
    answered(staff("POST", f"{path}/stop", {"password": "new-secure-password"}))
    gone = ask("PUT", f"{path}/password", {"currentPassword": "new-secure-password", "removePassword": True})
    assert answered(gone)["passwordProtected"] is False
    answered(staff("POST", f"{path}/start"))


def test_a_new_password_opens_the_editor_s_gate_and_the_old_one_no_more(
    ask: Ask, platform: Platform, project: dict[str, Any]
) -> None:
    def gate(password: str) -> int:
        """The editor's answer to a browser that has typed the password at its gate."""
        session, url = new_session(), project["workspaceUrl"]
        headers = {"Origin": url.rstrip("/"), "Accept": "text/html"}
        session.post(f"{url}_spaces/gate?next=/", data={"password": password}, headers=headers, timeout=30)
        return int(session.get(f"{url}healthz", timeout=30).status_code)

    assert gate(PASSWORD) == 200
    answered(ask("PUT", f"/projects/{project['id']}/password", {"newPassword": "new-secure-password"}))
    assert gate(PASSWORD) == 401
    assert gate("new-secure-password") == 200


def test_disk_usage_is_what_was_written(ask: Ask, project: dict[str, Any]) -> None:
    run(ask, project, "head -c 40000000 /dev/urandom > /workspace/large; head -c 20000000 /dev/urandom > ~/large; sync")
    usage = answered(ask("GET", f"/projects/{project['id']}/disk-usage"))
    assert set(usage) == {"success", "diskUsage"}
    assert set(usage["diskUsage"]) == {"bytes", "totalBytes", "readable", "totalReadable"}
    assert abs(usage["diskUsage"]["bytes"] - 60_000_000) < 3_000_000, usage
    assert usage["diskUsage"]["totalBytes"] > 500_000_000
    assert usage["diskUsage"]["readable"] in ("57 MB", "58 MB")
    assert usage["diskUsage"]["totalReadable"].endswith(" GB")


def test_ports_and_aliases_lead_to_a_server_inside(ask: Ask, platform: Platform, project: dict[str, Any]) -> None:
    path = f"/projects/{project['id']}"
    run(ask, project, "echo 'made inside' > index.html; (setsid python3 -m http.server 5000 >/dev/null 2>&1 &)")

    def port() -> dict[str, Any] | None:
        found = answered(ask("GET", f"{path}/ports"))["ports"]
        return next((one for one in found if one["port"] == 5000 and one["listening"]), None)

    seen = eventually(port, "the server listens", 15)
    assert seen["url"] == f"http://{project['id']}-5000.localhost:{platform.port}/" and seen["audience"] == "owner"
    assert platform.get(seen["url"]).text != "made inside\n"
    shared = answered(ask("PUT", f"{path}/ports/5000", {"audience": "link"}))
    assert platform.get(shared["link"]).text == "made inside\n"
    added = answered(ask("POST", f"{path}/aliases", {"subdomain": "my-shop", "port": 5000}), 201)["alias"]
    assert set(added) == {"subdomain", "port", "authProtected", "authUsername", "createdAt", "updatedAt", "url"}
    assert added["url"] == f"http://my-shop.localhost:{platform.port}/"
    assert answered(ask("GET", f"{path}/aliases")) == {"success": True, "aliases": [added]}
    body = {"authProtected": True, "authUsername": "guest", "authPassword": "open-sesame"}
    changed = answered(ask("PUT", f"{path}/aliases/my-shop", body))["alias"]
    assert (changed["authProtected"], changed["authUsername"]) == (True, "guest")
    opened = platform.get(added["url"], auth=("guest", "open-sesame"))
    assert (opened.status_code, opened.text) == (200, "made inside\n")
    assert platform.get(added["url"], auth=("guest", "open-barley")).text != "made inside\n"
    assert answered(ask("DELETE", f"{path}/aliases/my-shop"))["success"] is True
    assert answered(ask("GET", f"{path}/aliases"))["aliases"] == []


def test_the_platform_says_what_it_is_and_has(ask: Ask, platform: Platform, project: dict[str, Any]) -> None:
    assert set(answered(platform.get("/api/health"))) >= {"status", "timestamp", "version", "uptime"}
    assert answered(ask("GET", "/limits")) == {
        "maxConcurrentWorkspaces": 5,
        "cpuPerWorkspace": 4.0,
        "memoryPerWorkspaceMB": 8192,
        "enableResourceLimits": True,
    }
    config = answered(ask("GET", "/config"))["config"]
    assert set(config) == {"platform", "version", "features", "limits", "gitServer"}
    assert config["features"].items() >= {
        "gitServer": False, "passwordProtection": True, "multipleTemplates": True,
    }.items()  # fmt: skip
    assert set(config["limits"]) == {
        "maxWorkspacesPerUser", "workspaceTimeout", "maxMemoryPerWorkspace", "maxCPUPerWorkspace",
    }  # fmt: skip
    assert config["limits"]["workspaceTimeout"] == 120
    assert set(config["gitServer"]) == {"enabled", "url", "version"} and config["gitServer"]["enabled"] is False
    stats = answered(ask("GET", "/workspace/stats"))["stats"]
    assert set(stats) >= {
        "totalWorkspaces", "runningWorkspaces", "stoppedWorkspaces", "errorWorkspaces", "totalUsers", "systemResources",
    }  # fmt: skip
    assert set(stats["systemResources"]) == {"totalMemory", "usedMemory", "totalCPU", "usedCPU", "diskUsage"}
    assert stats["runningWorkspaces"] >= 1 and stats["totalUsers"] >= 1


def test_what_is_not_signed_in_or_a_stranger_s_is_refused_alike_everywhere(
    platform: Platform, ask: Ask, project: dict[str, Any]
) -> None:
    stranger = asking(platform, "projects-stranger@example.org")
    for method, verb in [
        ("GET", ""), ("DELETE", ""), ("POST", "/start"), ("POST", "/stop"), ("GET", "/disk-usage"), ("GET", "/notes"),
        ("PUT", "/notes"), ("PUT", "/name"), ("PUT", "/group"), ("PUT", "/password"), ("GET", "/ports"),
        ("GET", "/aliases"), ("POST", "/aliases"),
    ]:  # fmt: skip
        path = f"/projects/{project['id']}{verb}"
        refused(stranger(method, path, {}), 404, "PROJECT_NOT_FOUND", "Project not found")
        refused(platform.request(method, f"/api{path}", json={}), 401, "UNAUTHENTICATED", "Sign in first.")
    assert answered(stranger("GET", "/projects/"))["projects"] == []


def test_limits_repositories_and_failures_of_an_installation_of_its_own(
    new_platform: NewPlatform, tmp_path: Path, docker_engine: docker.DockerClient
) -> None:
    certificate = certificate_make(tmp_path)
    limits = {"MAX_CONCURRENT_WORKSPACES": "1", "MAX_WORKSPACES_PER_USER": "2"}
    site = new_platform({"SPACES_CA_FILE": str(certificate), **limits})
    ask = asking(site, "cloner@example.org")
    with git_server(docker_engine, site.instance, certificate) as git:
        body = SMALL | {"projectName": "tool", "projectType": "git-clone", "gitUrl": git.url, "gitUsername": "ann"}
        failed = refused(
            ask("POST", "/projects/create", body | {"gitToken": "wrong-token"}), 500, "CONTAINER_CREATE_FAILED",
            "Failed to create Docker container",
        )  # fmt: skip
        path = f"/projects/{failed['details']['projectId']}"
        seen = answered(ask("GET", path))["project"]
        assert seen["status"] == "error" and seen["error"] == failed["message"]
        answered(ask("DELETE", path))
        project = answered(ask("POST", "/projects/create", body | {"gitToken": git.token}), 201)["project"]
        assert (project["type"], project["gitUrl"], project["status"]) == ("git-clone", git.url, "running")
        assert run(ask, project, "cat */README.md") == "# Tool\n"
        assert git.token not in site.log(10_000)
    full = ask("POST", "/projects/create", SMALL | {"projectName": "another"})
    refused(full, 409, "CONCURRENT_LIMIT_REACHED", "Maximum concurrent workspaces reached")
    answered(ask("POST", f"/projects/{project['id']}/stop"))
    answered(ask("POST", "/projects/create", SMALL | {"projectName": "another"}), 201)
    refused(
        ask("POST", f"/projects/{project['id']}/start"), 409, "CONCURRENT_LIMIT_REACHED",
        "Maximum concurrent workspaces reached",
    )  # fmt: skip
    full = ask("POST", "/projects/create", SMALL | {"projectName": "a-third"})
    refused(full, 409, "WORKSPACE_LIMIT_EXCEEDED", "Maximum workspaces per user reached")
