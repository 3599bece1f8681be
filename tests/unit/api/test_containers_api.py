"""/api/v1/containers, every request and answer as documented."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from tests.files_fixtures import VolumeOf
from tests.unit.api.conftest import Call
from tests.workspaces_fixtures import Work
from workspaces.engine.base import EngineError
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.engine.inside import ExecResult
from workspaces.engine_state import engine_forget
from workspaces.models import ContainerKey, Kind, Share, Workspace
from workspaces.services import workspace_password_set, workspace_pause

ROOT = "/api/v1/containers"
PAIR = {"projectId": "shop", "workspaceId": "backend"}
CALLS = {
    "exec": {"command": "true"},
    "status": {},
    "start": {},
    "stop": {},
    "sync": {"files": {}},
    "vscode-theme": {"theme": "Default Dark Modern"},
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

pytestmark = pytest.mark.usefixtures("engine", "code_server")


@pytest.fixture
def container(as_alice: Call) -> dict[str, Any]:
    """A running container of Alice."""
    answer = as_alice("post", f"{ROOT}/start", PAIR)
    assert answer.status_code == 200
    return dict(answer.json()["data"])


@pytest.fixture
def folder(volume_of: VolumeOf, container: dict[str, Any]) -> Path:
    """Its /workspace."""
    return volume_of(Workspace.objects.get())


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_start_makes_what_does_not_exist_and_answers_as_documented(
    as_alice: Call, alice: User, engine: FakeEngine
) -> None:
    answer = as_alice("post", f"{ROOT}/start", PAIR)
    workspace = Workspace.objects.get()
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert TIME.fullmatch(data["createdAt"]) and TIME.fullmatch(data["startedAt"])
    assert answer.json() == {
        "success": True,
        "message": "Container started successfully",
        "data": {
            "id": workspace.public_id,
            "containerId": engine.states[workspace.engine_name].id,
            "name": "shop-backend",
            "status": "running",
            "running": True,
            "image": "spaces/code-server",
            "port": 13337,
            "accessUrl": f"http://{workspace.public_id}.localhost:8000/",
            "createdAt": data["createdAt"],
            "startedAt": data["startedAt"],
            "finishedAt": None,
        },
    }
    assert workspace.owner == alice


def test_a_second_start_finds_the_same_also_after_a_stop(as_alice: Call, container: dict[str, Any]) -> None:
    for stop in (False, True):
        if stop:
            as_alice("post", f"{ROOT}/stop", PAIR)
        again = as_alice("post", f"{ROOT}/start", PAIR).json()["data"]
        assert (again["id"], again["running"]) == (container["id"], True)
    assert Workspace.objects.count() == ContainerKey.objects.count() == 1


def test_numbers_do_as_ids(as_alice: Call) -> None:
    assert as_alice("post", f"{ROOT}/start", {"projectId": 7, "workspaceId": 8}).status_code == 200
    assert as_alice("post", f"{ROOT}/status", {"projectId": "7", "workspaceId": "8"}).status_code == 200


def test_status_answers_as_documented(as_alice: Call, alice: User, container: dict[str, Any]) -> None:
    answer = as_alice("post", f"{ROOT}/status", PAIR)
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "message": "Container status retrieved successfully",
        "data": container,
    }
    workspace_password_set(Actor(alice, "browser"), Workspace.objects.get(), "container_password")
    assert as_alice("post", f"{ROOT}/status", PAIR).json()["data"]["password"] == "container_password"
    assert "password" not in as_alice("post", f"{ROOT}/start", PAIR).json()["data"]


def test_stop_says_whether_there_was_anything_to_stop(as_alice: Call, container: dict[str, Any]) -> None:
    answer = as_alice("post", f"{ROOT}/stop", PAIR)
    assert (answer.status_code, answer.json()) == (
        200,
        {"success": True, "message": "Container stopped successfully"},
    )
    answer = as_alice("post", f"{ROOT}/stop", PAIR)
    assert (answer.status_code, answer.json()) == (
        200,
        {"success": False, "message": "Container was already stopped"},
    )
    data = as_alice("post", f"{ROOT}/status", PAIR).json()["data"]
    assert (data["status"], data["running"]) == ("exited", False) and TIME.fullmatch(data["finishedAt"])


def test_exec_answers_with_both_streams_and_the_code(
    as_alice: Call, container: dict[str, Any], engine: FakeEngine
) -> None:
    engine.on_exec = lambda name, argv, stdin: ExecResult(b"out\n", b"err\n", 3)
    answer = as_alice("post", f"{ROOT}/exec", PAIR | {"command": " echo 'a  b' "})
    assert answer.status_code == 200
    assert answer.json() == {"success": True, "output": "out\n", "error": "err\n", "exitCode": 3}
    assert engine.execs[-1].argv[-1] == " echo 'a  b' "
    assert AuditEvent.objects.get(action="exec.run").meta == {"command": " echo 'a  b' "}


def test_what_needs_a_running_container_resumes_a_paused_one_and_refuses_a_stopped_one(
    as_alice: Call, alice: User, container: dict[str, Any], work: Work
) -> None:
    for call in ("exec", "vscode-theme"):
        workspace_pause(Actor(alice, "browser"), Workspace.objects.get())
        work()
        assert as_alice("post", f"{ROOT}/{call}", PAIR | CALLS[call]).status_code == 200
        assert Workspace.objects.get().state == "running"
    as_alice("post", f"{ROOT}/stop", PAIR)
    for call in ("exec", "vscode-theme"):
        answer = as_alice("post", f"{ROOT}/{call}", PAIR | CALLS[call])
        assert answer.status_code == 409
        assert answer.json() == {
            "success": False,
            "error": "NOT_RUNNING",
            "message": "The workspace does not run. Start it first.",
        }


def test_files_of_a_start_are_there_when_it_answers(as_alice: Call, volume_of: VolumeOf) -> None:
    files = {"src/app.py": "print('hi')\n", "a.bin": {"contentBase64": base64.b64encode(b"\0\xff").decode()}, "e": ""}
    expected = {"src/app.py": b"print('hi')\n", "a.bin": b"\0\xff", "e": b""}
    assert as_alice("post", f"{ROOT}/start", PAIR | {"files": files}).status_code == 200
    folder = volume_of(Workspace.objects.get())
    assert contents(folder) == expected
    assert as_alice("post", f"{ROOT}/start", PAIR | {"files": {"e": "full", "b": "new"}}).status_code == 200
    assert contents(folder) == expected | {"e": b"full", "b": b"new"}


def test_sync_leaves_other_files_alone_unless_told_to_clean(
    as_alice: Call, container: dict[str, Any], folder: Path
) -> None:
    def sync(files: dict[str, Any], **more: Any) -> dict[str, Any]:
        answer = as_alice("post", f"{ROOT}/sync", PAIR | {"files": files} | more)
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    done, cleaned = (
        {"success": True, "message": f"{what} successfully"} for what in ("Files synced", "Workspace cleaned")
    )
    assert sync({"a": "1", "deep/er/b": "2"}) == done
    assert sync({"a": "3"}, clean=False) == done
    assert sync({}) == done
    assert contents(folder) == {"a": b"3", "deep/er/b": b"2"}
    assert sync({"c": "4"}, clean=True) == cleaned
    assert contents(folder) == {"c": b"4"}
    assert sync({}, clean=True) == cleaned
    assert contents(folder) == {} and not list(folder.iterdir())


def test_a_stopped_container_takes_files_and_stays_stopped(
    as_alice: Call, container: dict[str, Any], folder: Path
) -> None:
    as_alice("post", f"{ROOT}/stop", PAIR)
    assert as_alice("post", f"{ROOT}/sync", PAIR | {"files": {"a": "1"}}).status_code == 200
    assert contents(folder) == {"a": b"1"} and Workspace.objects.get().state == "stopped"


@pytest.mark.parametrize("path", ["../out", "/../../etc/passwd", "a/../../b", "x" * 300, "a\0b"])
def test_a_path_that_leads_nowhere_good_changes_nothing(
    path: str, as_alice: Call, container: dict[str, Any], folder: Path
) -> None:
    for call in ("sync", "start"):
        answer = as_alice("post", f"{ROOT}/{call}", PAIR | {"files": {"good": "1", path: "2"}})
        assert answer.status_code == 400 and answer.json()["success"] is False
    assert contents(folder) == {}


def test_a_bad_path_makes_no_container(as_alice: Call) -> None:
    assert as_alice("post", f"{ROOT}/start", PAIR | {"files": {"../out": "1"}}).status_code == 400
    assert not Workspace.objects.exists()


@pytest.mark.parametrize(
    "files", [[], "a", 3, {"a": 1}, {"a": None}, {"a": []}, {"a": {}}, {"a": {"contentBase64": "*"}}, {"a": "\ud800"}]
)
def test_files_that_are_none_are_refused(files: Any, as_alice: Call, container: dict[str, Any], folder: Path) -> None:
    for call in ("sync", "start"):
        answer = as_alice("post", f"{ROOT}/{call}", PAIR | {"files": files})
        assert answer.status_code == 400 and answer.json()["success"] is False
    assert contents(folder) == {}


def test_several_mib_get_through(as_alice: Call, container: dict[str, Any], folder: Path) -> None:
    content = bytes(range(256)) * 4096 * 8
    files = {"large": {"contentBase64": base64.b64encode(content).decode()}}
    answer = as_alice("post", f"{ROOT}/sync", PAIR | {"files": files})
    assert answer.json() == {"success": True, "message": "Files synced successfully"}
    assert contents(folder) == {"large": content}


def test_the_theme_is_written_into_the_settings(as_alice: Call, container: dict[str, Any], engine: FakeEngine) -> None:
    settings = {"text": b'{"editor.fontSize": 14}'}

    def file(name: str, argv: Sequence[str], stdin: bytes) -> ExecResult:
        settings["text"] = stdin or settings["text"]
        return ExecResult(b"" if stdin else settings["text"], b"", 0)

    engine.on_exec = file
    answer = as_alice("post", f"{ROOT}/vscode-theme", PAIR | {"theme": "Monokai"})
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert json.loads(settings["text"]) == {"workbench.colorTheme": "Monokai", "editor.fontSize": 14}


@pytest.mark.parametrize("call", [call for call in CALLS if call != "start"])
def test_what_does_not_exist_or_is_anothers_is_not_found(
    call: str, as_alice: Call, as_bob: Call, bob: User, container: dict[str, Any]
) -> None:
    Share.objects.create(workspace=Workspace.objects.get(), user=bob)
    missing = as_alice("post", f"{ROOT}/{call}", {"projectId": "shop", "workspaceId": "other"} | CALLS[call])
    anothers = as_bob("post", f"{ROOT}/{call}", PAIR | CALLS[call])
    assert missing.status_code == anothers.status_code == 404
    assert missing.json() == anothers.json()
    assert missing.json() == {"success": False, "error": "CONTAINER_NOT_FOUND", "message": "Container not found"}


def test_a_stranger_who_starts_the_same_pair_gets_his_own(
    as_charlie: Call, charlie: User, container: dict[str, Any]
) -> None:
    data = as_charlie("post", f"{ROOT}/start", PAIR).json()["data"]
    assert data["id"] != container["id"]
    assert Workspace.objects.get(public_id=data["id"]).owner == charlie


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("field", ["projectId", "workspaceId", "command", "files", "theme"])
def test_a_missing_field_is_named(call: str, field: str, as_alice: Call) -> None:
    body = PAIR | CALLS[call]
    if field not in body:
        return
    for without in ({**body, field: None}, {name: value for name, value in body.items() if name != field}):
        answer = as_alice("post", f"{ROOT}/{call}", without)
        assert answer.status_code == 400
        assert answer.json() == {"success": False, "error": "VALIDATION_ERROR", "message": f"{field} is required"}
    assert not Workspace.objects.exists()


@pytest.mark.parametrize("call", CALLS)
def test_without_a_token_it_is_401_in_the_documented_shape(call: str, as_nobody: Call) -> None:
    for headers in ({}, {"authorization": "sp_wrong"}):
        answer = as_nobody("post", f"{ROOT}/{call}", PAIR | CALLS[call], **headers)
        assert answer.status_code == 401
        assert set(answer.json()) == {"success", "error", "message"} and answer.json()["success"] is False


def test_the_limit_and_a_silent_engine_are_said(as_alice: Call, alice: User, engine: FakeEngine) -> None:
    engine.down = True
    engine_forget()
    assert as_alice("post", f"{ROOT}/start", PAIR).status_code == 503
    engine.down = False
    engine_forget()
    alice.max_workspaces = 0
    alice.save()
    answer = as_alice("post", f"{ROOT}/start", PAIR)
    assert (answer.status_code, answer.json()["error"]) == (403, "WORKSPACE_LIMIT")
    assert not Workspace.objects.exists()


def test_what_did_not_start_is_not_said_to_have_started(as_alice: Call, engine: FakeEngine) -> None:
    engine.faults = [Fault("start", EngineError("the disk is broken"), times=99)]
    answer = as_alice("post", f"{ROOT}/start", PAIR)
    assert answer.status_code == 503 and "the disk is broken" in answer.json()["message"]
    engine.faults = []
    assert as_alice("post", f"{ROOT}/start", PAIR).status_code == 200


def test_a_disabled_kind_is_said(as_alice: Call, code_server: Kind) -> None:
    Kind.objects.filter(pk=code_server.pk).update(enabled=False)
    answer = as_alice("post", f"{ROOT}/start", PAIR)
    assert (answer.status_code, answer.json()["error"]) == (400, "KIND_UNKNOWN")
