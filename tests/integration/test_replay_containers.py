"""Every request of the containers API's document, sent to the running product, whose engine is the real one."""

from __future__ import annotations

import base64
import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import docker
import pytest
import requests

from tests.engine_cleanup import things_of
from tests.harness import Platform
from tests.waiting import eventually

pytestmark = pytest.mark.integration
PAIR = {"projectId": "shop", "workspaceId": "backend"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
KEYS = {
    "id", "containerId", "name", "status", "running", "image", "port", "accessUrl", "createdAt", "startedAt",
    "finishedAt",
}  # fmt: skip
SETTINGS = "/home/coder/.local/share/code-server/User/settings.json"
Call = Callable[..., requests.Response]
"""`call(which, **fields beside the pair)`."""


def calling(platform: Platform, email: str) -> Call:
    token = platform.token(email)

    def call(which: str, **body: Any) -> requests.Response:
        return platform.post(f"/api/v1/containers/{which}", token=token, json=PAIR | body)

    return call


def answered(response: requests.Response, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    return response.json()


def delete_all(platform: Platform, email: str) -> None:
    """Afterwards that person has no container."""
    token = platform.token(email)
    for space in platform.get("/api/v1/spaces/list", token=token).json()["spaces"]:
        assert platform.delete(f"/api/v1/spaces/delete/{space['id']}", token=token).status_code == 200


@pytest.fixture
def call(platform: Platform) -> Iterator[Call]:
    """As somebody whose containers are gone afterwards."""
    yield calling(platform, "container@example.org")
    delete_all(platform, "container@example.org")


@pytest.fixture
def container(call: Call) -> dict[str, Any]:
    return dict(answered(call("start"))["data"])


def run(call: Call, command: str) -> str:
    """What a command that must succeed prints."""
    done = answered(call("exec", command=command))
    assert done["exitCode"] == 0, done
    return str(done["output"])


def test_a_container_is_started_looked_at_and_stopped(call: Call, platform: Platform) -> None:
    missing = {"success": False, "error": "CONTAINER_NOT_FOUND", "message": "Container not found"}
    assert answered(call("status"), 404) == missing
    started = answered(call("start"))
    assert (started["success"], started["message"]) == (True, "Container started successfully")
    data = started["data"]
    assert set(data) == KEYS and TIME.fullmatch(data["createdAt"]) and TIME.fullmatch(data["startedAt"])
    assert (data["status"], data["running"], data["finishedAt"]) == ("running", True, None)
    assert platform.get(data["accessUrl"], allow_redirects=False).status_code in (302, 401, 403)
    assert answered(call("status")) == {
        "success": True,
        "message": "Container status retrieved successfully",
        "data": data,
    }
    assert answered(call("start"))["data"]["id"] == data["id"], "a second start finds it"
    assert answered(call("stop")) == {"success": True, "message": "Container stopped successfully"}
    assert answered(call("stop")) == {"success": False, "message": "Container was already stopped"}
    after = answered(call("status"))["data"]
    assert (after["status"], after["running"]) == ("exited", False) and TIME.fullmatch(after["finishedAt"])
    assert answered(call("exec", command="true"), 409)["error"] == "NOT_RUNNING"
    assert answered(call("start"))["data"]["id"] == data["id"]


def test_a_command_ends_with_both_streams_and_its_code(call: Call, container: dict[str, Any]) -> None:
    done = answered(call("exec", command="echo out; echo err >&2; exit 3"))
    assert done == {"success": True, "output": "out\n", "error": "err\n", "exitCode": 3}
    assert run(call, "pwd; whoami") == "/workspace\ncoder\n"


def test_files_are_there_when_a_start_answers_and_after_each_sync(call: Call) -> None:
    large = os.urandom(6 * 2**20)
    files = {"src/deep/app.py": "print('hi')\n", "large": {"contentBase64": base64.b64encode(large).decode()}}
    answered(call("start", files=files))
    assert run(call, "python3 src/deep/app.py; stat -c '%U %s' large src") == f"hi\ncoder {len(large)}\ncoder 4096\n"
    synced, cleaned = (
        {"success": True, "message": f"{what} successfully"} for what in ("Files synced", "Workspace cleaned")
    )
    assert answered(call("sync", files={"b.txt": "grüße"})) == synced
    assert answered(call("sync", files={})) == synced
    assert run(call, "ls -A; cat b.txt") == "b.txt\nlarge\nsrc\ngrüße"
    assert answered(call("sync", files={"only": ""}, clean=True)) == cleaned
    assert run(call, "ls -A") == "only\n"
    assert answered(call("sync", files={"../out": "x"}), 400)["success"] is False
    answered(call("stop"))
    assert answered(call("sync", files={"while/stopped": "x"})) == synced
    answered(call("start", files={"again": "y"}))
    assert run(call, "cat while/stopped again only") == "xy"


def test_the_theme_is_set_and_the_editor_s_other_settings_stay(call: Call, container: dict[str, Any]) -> None:
    before = json.loads(run(call, f"cat {SETTINGS}"))
    run(call, f"sed -i '1s|{{|{{ // mine|' {SETTINGS}")
    assert answered(call("vscode-theme", theme="Default Dark Modern")) == {"success": True}
    assert answered(call("vscode-theme", theme="Monokai")) == {"success": True}
    text = run(call, f"cat {SETTINGS}")
    assert "// mine" in text
    after = json.loads(text.replace("// mine", ""))
    assert after == before | {"workbench.colorTheme": "Monokai", "window.autoDetectColorScheme": False}
    assert run(call, f"stat -c %U {SETTINGS}; ls -A $(dirname {SETTINGS}) | grep -c new || true") == "coder\n0\n"
    answered(call("stop"))
    answered(call("start"))
    assert json.loads(run(call, f"cat {SETTINGS}").replace("// mine", ""))["workbench.colorTheme"] == "Monokai"


def test_a_stranger_with_the_same_ids_has_his_own(call: Call, container: dict[str, Any], platform: Platform) -> None:
    other = calling(platform, "container-stranger@example.org")
    calls: dict[str, Any] = {"exec": {"command": "id"}, "status": {}, "stop": {}, "sync": {"files": {}}}
    for which, body in (calls | {"vscode-theme": {"theme": "x"}}).items():
        assert answered(other(which, **body), 404)["error"] == "CONTAINER_NOT_FOUND"
    try:
        assert answered(other("start"))["data"]["id"] != container["id"]
        run(call, "echo mine > whose")
        assert answered(other("exec", command="cat whose"))["exitCode"] == 1
    finally:
        delete_all(platform, "container-stranger@example.org")


def test_without_a_credential_it_is_401_in_the_documented_shape(platform: Platform) -> None:
    for which in ("exec", "status", "start", "stop", "sync", "vscode-theme"):
        for address in (f"/api/v1/containers/{which}", f"/api/v1/containers/{which}/?key=wrong"):
            body = answered(platform.post(address, json=PAIR), 401)
            assert set(body) == {"success", "error", "message"} and body["success"] is False


@pytest.mark.parametrize("site", ["platform", "production"])
def test_simultaneous_starts_make_one_container(
    site: str, request: pytest.FixtureRequest, docker_engine: docker.DockerClient
) -> None:
    """On SQLite in one process, and on PostgreSQL with a worker of its own."""
    platform: Platform = request.getfixturevalue(site)
    call = calling(platform, "racer@example.org")
    found: list[Any] = []
    begin = threading.Barrier(8)

    def start() -> None:
        begin.wait()
        found.append(answered(call("start"))["data"]["id"])

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1
    token = platform.token("racer@example.org")
    assert len(platform.get("/api/v1/spaces/list", token=token).json()["spaces"]) == 1
    assert things_of(docker_engine, platform.instance).count(f"container spaces-{found[0]}") == 1
    delete_all(platform, "racer@example.org")
    eventually(
        lambda: f"container spaces-{found[0]}" not in things_of(docker_engine, platform.instance), "it is gone", 20
    )
