"""/api/v1/spaces, every request and answer as documented."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from accounts.actors import Actor
from accounts.models import User
from spaces_site.api.spaces import examples
from tests.unit.api.conftest import Call, caller
from tests.workspaces_fixtures import MakeWorkspace, Work, work_until_settled
from workspaces import services
from workspaces.engine.base import EngineError
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.engine_state import engine_forget
from workspaces.models import Kind, Operation, Workspace

ROOT = "/api/v1/spaces"
NEW = {"password": "container_password", "type": "code-server"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

pytestmark = pytest.mark.usefixtures("engine", "code_server")


def documented(answers: list[Any]) -> dict[str, Any]:
    """The answer that the API's document shows."""
    return next(example.value for example in answers if example.name == "Answer")


def like(answer: dict[str, Any], shown: dict[str, Any]) -> bool:
    """Whether keys and types are those of the document; null stands for any type."""

    def fits(value: Any, example: Any) -> bool:
        return value is None or example is None or type(value) is type(example)

    return set(answer) == set(shown) and all(fits(answer[key], shown[key]) for key in shown)


@pytest.fixture
def space(as_alice: Call) -> dict[str, Any]:
    """A running space of Alice."""
    answer = as_alice("post", f"{ROOT}/create", NEW)
    assert answer.status_code == 201
    return dict(answer.json())


def test_create_answers_as_documented(as_alice: Call, alice: User, engine: FakeEngine) -> None:
    answer = as_alice("post", f"{ROOT}/create", NEW)
    workspace = Workspace.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "message": "Container created successfully",
        "spaceId": workspace.pk,
        "containerId": engine.states[workspace.engine_name].id,
        "type": "code-server",
        "description": "VS Code Server",
        "image": "spaces/code-server",
        "port": 13337,
        "accessUrl": f"http://{workspace.public_id}.localhost:8000/",
        "status": "running",
        "error": None,
    }
    assert like(answer.json(), documented(examples.CREATE))
    assert workspace.owner == alice


def test_start_and_stop_answer_as_documented_also_a_second_time(as_alice: Call, space: dict[str, Any]) -> None:
    for verb, past, status in (("stop", "stopped", "exited"), ("start", "started", "running")) * 2:
        for _time in range(2):
            answer = as_alice("post", f"{ROOT}/{verb}/{space['spaceId']}")
            assert answer.status_code == 200
            assert answer.json() == {
                "message": f"Container {past} successfully",
                "spaceId": space["spaceId"],
                "containerId": space["containerId"],
            }
        assert as_alice("get", f"{ROOT}/status/{space['spaceId']}").json()["status"] == status


def test_status_answers_as_documented(as_alice: Call, space: dict[str, Any]) -> None:
    answer = as_alice("get", f"{ROOT}/status/{space['spaceId']}")
    assert answer.status_code == 200
    body = answer.json()
    assert TIME.fullmatch(body["startedAt"])
    assert body == {
        "spaceId": space["spaceId"],
        "containerId": space["containerId"],
        "type": "code-server",
        "description": "VS Code Server",
        "accessUrl": space["accessUrl"],
        "status": "running",
        "running": True,
        "startedAt": body["startedAt"],
        "finishedAt": "0001-01-01T00:00:00Z",
        "error": None,
    }
    assert like(body, documented(examples.STATUS))


def test_status_of_a_stopped_one_says_when_it_ended(as_alice: Call, space: dict[str, Any]) -> None:
    as_alice("post", f"{ROOT}/stop/{space['spaceId']}")
    body = as_alice("get", f"{ROOT}/status/{space['spaceId']}").json()
    assert (body["running"], body["status"]) == (False, "exited")
    assert TIME.fullmatch(body["finishedAt"])


def test_list_answers_as_documented(as_alice: Call, space: dict[str, Any]) -> None:
    answer = as_alice("get", f"{ROOT}/list")
    assert answer.status_code == 200
    body = answer.json()
    assert list(body) == ["message", "spaces"]
    assert body["message"] == "Spaces retrieved successfully"
    (item,) = body["spaces"]
    assert TIME.fullmatch(item["created_at"])
    assert item == {
        "id": space["spaceId"],
        "type": "code-server",
        "description": "VS Code Server",
        "image": "spaces/code-server",
        "port": 13337,
        "access_url": space["accessUrl"],
        "created_at": item["created_at"],
        "container_id": space["containerId"],
        "name": "VS Code",
        "password": "container_password",
        "running": True,
        "is_favorite": False,
        "last_opened_at": None,
        "status": "running",
        "error": None,
    }
    assert like(item, documented(examples.LIST)["spaces"][0])


def test_list_has_only_ones_own_also_for_staff(as_charlie: Call, root: User, space: dict[str, Any]) -> None:
    assert as_charlie("get", f"{ROOT}/list").json()["spaces"] == []
    assert caller(root)("get", f"{ROOT}/list").json()["spaces"] == []


def test_delete_answers_as_documented_and_leaves_nothing(
    as_alice: Call, space: dict[str, Any], engine: FakeEngine
) -> None:
    path = f"{ROOT}/delete/{space['spaceId']}"
    answer = as_alice("delete", path)
    assert answer.status_code == 200
    assert answer.json() == {"message": "Space deleted successfully", "spaceId": space["spaceId"]}
    assert not Workspace.objects.exists() and not engine.states and not engine.volume_files
    assert as_alice("delete", path).status_code == 404


def test_favorite_turns_over_or_takes_what_it_is_told(as_alice: Call, space: dict[str, Any]) -> None:
    path = f"{ROOT}/{space['spaceId']}/favorite"
    for body, star in ((None, True), (None, False), ({"is_favorite": True}, True), ({"is_favorite": True}, True)):
        answer = as_alice("post", path, body)
        assert (answer.status_code, answer.json()) == (200, {"success": True, "is_favorite": star})
    assert as_alice("get", f"{ROOT}/list").json()["spaces"][0]["is_favorite"] is True


def test_an_unknown_type_says_which_there_are(as_alice: Call, terminal: Kind) -> None:
    Kind.objects.exclude(slug__in=["code-server", "terminal"]).delete()
    Kind.objects.filter(slug="terminal").update(enabled=False)
    answer = as_alice("post", f"{ROOT}/create", NEW | {"type": "word"})
    assert answer.status_code == 400
    assert answer.json()["error"] == "Invalid container type"
    assert answer.json()["validTypes"] == ["code-server"]
    assert answer.json()["success"] is False


@pytest.mark.parametrize("body", [{}, {"type": ""}, {"type": None}, {"password": "container_password"}])
def test_a_missing_type_is_said(body: dict[str, Any], as_alice: Call) -> None:
    answer = as_alice("post", f"{ROOT}/create", body)
    assert (answer.status_code, answer.json()["message"]) == (400, "Container type is required")


@pytest.mark.parametrize("password", ["short", "x" * 51])
def test_a_password_takes_8_to_50_characters(password: str, as_alice: Call) -> None:
    answer = as_alice("post", f"{ROOT}/create", NEW | {"password": password})
    assert (answer.status_code, answer.json()["error"]) == (400, "PASSWORD_INVALID")
    assert not Workspace.objects.exists()


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", "create"), ("post", "start/1"), ("post", "stop/1"), ("get", "status/1"), ("get", "list")],
)
def test_without_a_token_it_is_401_in_the_documented_shape(method: str, path: str, as_nobody: Call) -> None:
    for headers in ({}, {"authorization": "sp_wrong"}):
        answer = as_nobody(method, f"{ROOT}/{path}", **headers)
        assert answer.status_code == 401
        assert answer.json() | {"message": "", "error": ""} == {"success": False, "message": "", "error": ""}
        assert answer.json()["message"] and answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_limit_is_said_in_the_old_words(as_alice: Call, alice: User) -> None:
    alice.max_workspaces, alice.max_running = 1, 9
    alice.save()
    as_alice("post", f"{ROOT}/create", NEW)
    answer = as_alice("post", f"{ROOT}/create", NEW)
    assert answer.status_code == 403
    assert answer.json() == {
        "success": False,
        "message": "Maximum space limit reached (1 spaces)",
        "error": "WORKSPACE_LIMIT",
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", "start/{}"), ("post", "stop/{}"), ("get", "status/{}"), ("delete", "delete/{}"), ("post", "{}/favorite")],
)
def test_what_is_anothers_is_not_found_just_like_what_never_was(
    method: str, path: str, as_charlie: Call, space: dict[str, Any]
) -> None:
    anothers, nobodys = (as_charlie(method, f"{ROOT}/{path.format(n)}") for n in (space["spaceId"], 987654))
    assert anothers.status_code == nobodys.status_code == 404
    assert anothers.json() == nobodys.json()
    assert anothers.json() == {"success": False, "message": "Space not found", "error": "WORKSPACE_NOT_FOUND"}
    assert Workspace.objects.get().state == "running"


def test_who_prefers_not_to_wait_gets_the_answer_at_once(as_alice: Call, work: Work) -> None:
    answer = as_alice("post", f"{ROOT}/create", NEW, prefer="respond-async, wait=5")
    assert (answer.status_code, answer.json()["status"]) == (201, "created")
    number = answer.json()["spaceId"]
    assert answer.json()["containerId"] == Workspace.objects.get().engine_name
    work()
    assert as_alice("post", f"{ROOT}/stop/{number}", prefer="respond-async").status_code == 200
    assert as_alice("get", f"{ROOT}/status/{number}").json()["status"] == "stopping"


def test_without_an_engine_it_is_503_and_nothing_is_left_behind(as_alice: Call, engine: FakeEngine) -> None:
    engine.down = True
    engine_forget()
    answer = as_alice("post", f"{ROOT}/create", NEW)
    assert answer.status_code == 503
    assert (answer.json()["success"], answer.json()["error"]) == (False, "SERVICE_UNAVAILABLE")
    assert int(answer.headers["Retry-After"]) > 0
    assert not Workspace.objects.exists() and not Operation.objects.exists()


def test_without_an_engine_lists_and_status_still_answer(
    as_alice: Call, space: dict[str, Any], engine: FakeEngine
) -> None:
    engine.down = True
    engine_forget()
    assert len(as_alice("get", f"{ROOT}/list").json()["spaces"]) == 1
    assert as_alice("get", f"{ROOT}/status/{space['spaceId']}").status_code == 200
    for verb in ("start", "stop"):  # it runs, so there is nothing to do for the one and nobody to do the other
        assert as_alice("post", f"{ROOT}/{verb}/{space['spaceId']}").status_code == {"start": 200, "stop": 503}[verb]


def test_a_space_that_failed_says_why(as_alice: Call, engine: FakeEngine) -> None:
    why = "no space left on {device}"
    engine.faults = [Fault("start", EngineError(why), times=99)]
    created = as_alice("post", f"{ROOT}/create", NEW)
    assert created.status_code == 201
    assert created.json()["message"] == "Container created, but it did not start"
    number = created.json()["spaceId"]
    (item,) = as_alice("get", f"{ROOT}/list").json()["spaces"]
    for body in (created.json(), item, as_alice("get", f"{ROOT}/status/{number}").json()):
        assert body["status"] == "error" and why in body["error"]
    engine.faults = [Fault("start", EngineError(why), times=99)]
    again = as_alice("post", f"{ROOT}/start/{number}")
    assert again.status_code == 503 and why in again.json()["message"]
    engine.faults = []
    assert as_alice("post", f"{ROOT}/start/{number}").status_code == 200
    assert as_alice("get", f"{ROOT}/status/{number}").json()["error"] is None


@pytest.mark.parametrize(
    ("method", "verb", "call"), [("post", "stop", "stop"), ("delete", "delete", "remove_container")]
)
def test_what_did_not_work_is_not_said_to_have_worked(
    method: str, verb: str, call: str, as_alice: Call, space: dict[str, Any], engine: FakeEngine
) -> None:
    engine.faults = [Fault(call, EngineError("the disk is broken"), times=99)]
    answer = as_alice(method, f"{ROOT}/{verb}/{space['spaceId']}")
    assert answer.status_code == 503 and "the disk is broken" in answer.json()["message"]


def test_a_list_asks_the_database_as_often_for_50_as_for_5_and_the_engine_never(
    as_alice: Call, alice: User, make_workspace: MakeWorkspace, engine: FakeEngine, settings: Any
) -> None:
    settings.MAX_WORKSPACES_PER_USER = settings.MAX_CONCURRENT_WORKSPACES = 99

    def queries(expected: int) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert len(as_alice("get", f"{ROOT}/list").json()["spaces"]) == expected
        return len(seen)

    for _number in range(5):
        make_workspace(alice, running=False, password="container_password")
    as_alice("get", f"{ROOT}/list")
    few = queries(5)
    for _number in range(45):
        make_workspace(alice, running=False, password="container_password")
    engine.calls.clear()
    assert queries(50) == few
    assert engine.calls == []


def test_answers_are_kept_by_no_cache(as_alice: Call, space: dict[str, Any]) -> None:
    assert "no-store" in as_alice("get", f"{ROOT}/list").headers["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_a_caller_really_waits_until_another_thread_is_done(
    alice: User, code_server: Kind, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # the real wait
    workspace = services.workspace_create(Actor(alice, "browser"), kind="code-server")

    def be_the_worker() -> None:
        time.sleep(0.2)  # so that the caller is waiting by then
        work_until_settled()
        connections.close_all()

    thread = threading.Thread(target=be_the_worker)
    thread.start()
    answer = caller(alice)("post", f"{ROOT}/start/{workspace.pk}")
    thread.join()
    assert answer.status_code == 200
    assert Workspace.objects.get().state == "running"


def test_a_new_secret_key_costs_the_passwords_and_not_the_list(
    as_alice: Call, alice: User, make_workspace: MakeWorkspace, settings: Any
) -> None:
    make_workspace(alice, running=False, password="container_password")
    settings.SECRET_KEY = "another"
    answer = as_alice("get", f"{ROOT}/list")
    assert answer.status_code == 200
    assert [space["password"] for space in answer.json()["spaces"]] == [None]
