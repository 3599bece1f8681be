"""The worked examples of the projects API's document, run as they stand but for the credential and the address."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import Platform
from tests.parts import NewPlatform
from tests.projects_examples import CURL, PYTHON

pytestmark = pytest.mark.integration
EMAIL = "examples@example.org"
DOCUMENTED = {
    "id", "name", "type", "status", "createdAt", "workspaceUrl", "passwordProtected", "hasGitRepo", "gitRepoUrl",
}  # fmt: skip


@pytest.fixture
def token(platform: Platform) -> Iterator[str]:
    """Of somebody whose projects are gone afterwards."""
    token = platform.token(EMAIL)
    yield token
    for project in platform.get("/api/projects/", token=token).json()["projects"]:
        platform.delete(f"/api/projects/{project['id']}", token=token)


WRAPPED = r"""
set -u
ID=""
# The credential, the address, and the real id where the document has one; all else is as it stands there.
curl() {
  local arguments=("${@//abc123def456/$ID}") answer
  arguments=("${arguments[@]//http:\/\/localhost\//$SITE/}")
  answer=$(command curl --silent --show-error --max-time 60 --noproxy '*' --header "Authorization: Bearer $TOKEN" \
    --write-out '\t%{http_code}' "${arguments[@]}") || exit 1
  printf '%s\n' "$answer"
  [[ -n $ID || ! $answer =~ \"id\":\"([a-z][a-z0-9]{11})\" ]] || ID=${BASH_REMATCH[1]}
}
"""


def test_the_curl_example_runs_as_it_stands(new_platform: NewPlatform) -> None:
    room = {"MAX_WORKSPACES_PER_USER": "30", "MAX_CONCURRENT_WORKSPACES": "30"}  # it wants twenty copies
    platform = new_platform(room)
    environ = os.environ | {"SITE": platform.url, "TOKEN": platform.token(EMAIL)}
    ran = subprocess.run(["bash", "-c", WRAPPED + CURL], env=environ, capture_output=True, text=True, timeout=180)
    assert ran.returncode == 0, ran.stderr
    answers = [line.rsplit("\t", 1) for line in ran.stdout.splitlines()]
    bodies, statuses = [json.loads(body) for body, _status in answers], [int(status) for _body, status in answers]
    assert statuses == [200, 201, 200, 200, 200, 200, 202, 200], ran.stdout
    health, created, details, listed, stopped, started, cloned, deleted = bodies
    assert set(health) >= {"status", "timestamp", "version", "uptime"} and health["status"] == "ok"
    project = created["project"]
    assert project["name"] == "my-web-app" and created["password"] == "secure123!" and set(project) >= DOCUMENTED
    assert set(details["project"]) >= DOCUMENTED | {"lastActivity", "container"}
    assert (listed["count"], listed["projects"][0]["id"]) == (1, project["id"])
    assert (stopped["message"], stopped["projectId"]) == ("Workspace stopped successfully", project["id"])
    assert (started["message"], started["project"]["status"]) == ("Workspace started successfully", "running")
    assert cloned["message"] == 'Cloning 20 workspaces from "my-web-app"'
    assert (cloned["sourceProjectId"], cloned["sourceProjectName"]) == (project["id"], "my-web-app")
    assert (len(cloned["clones"]), cloned["totalCount"], cloned["success"]) == (20, 20, True)
    assert [one["projectName"] for one in cloned["clones"]] == [f"my-web-app {number}" for number in range(1, 21)]
    assert {one["status"] for one in cloned["clones"]} == {"creating"}
    assert deleted.pop("message") in ("Project deleted successfully", "Project is being deleted")  # it is copied first
    assert deleted == {"success": True, "projectId": project["id"]}


CREDENTIAL = """
import os
from requests import sessions
def _with_credential(plain=sessions.default_headers):
    headers = plain()
    headers["Authorization"] = "Bearer " + os.environ["TOKEN"]
    return headers
sessions.default_headers = _with_credential
"""


def test_the_python_example_runs_as_it_stands(platform: Platform, token: str, tmp_path: Path) -> None:
    program = tmp_path / "example.py"
    program.write_text(CREDENTIAL + PYTHON.replace("http://localhost/", f"{platform.url}/"))
    environ = os.environ | {"TOKEN": token, "NO_PROXY": "localhost"}
    ran = subprocess.run([sys.executable, program], env=environ, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    (project,) = platform.get("/api/projects/", token=token).json()["projects"]
    assert ran.stdout.splitlines() == [f"Created workspace: {project['id']}", "Status: running", "Stop result: True"]
    assert (project["name"], project["type"], project["status"]) == ("test-app", "python-flask", "stopped")
    assert project["passwordProtected"] is True
