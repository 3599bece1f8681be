"""/api/spaces, every request and answer as documented."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from tests.files_fixtures import VolumeOf
from tests.unit.api.conftest import Call, caller
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces.engine.base import EngineError
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.engine.inside import ExecResult
from workspaces.models import KeptFiles, Share, Workspace
from workspaces.services import workspace_create, workspace_stop
from workspaces.templating import template_put

ROOT = "/api/spaces"
NEW = {"name": "my-space"}
MIB = 1024**2
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NOT_FOUND = {"error": "Space not found", "code": "WORKSPACE_NOT_FOUND"}
PATHS = [
    ("get", ""),
    ("delete", ""),
    ("post", "/start"),
    ("post", "/stop"),
    ("post", "/exec"),
    ("get", "/stats"),
    ("get", "/observability"),
    ("get", "/files"),
    ("get", "/file?path=a"),
    ("put", "/file?path=a"),
    ("post", "/git/push"),
]
"""Every request about one space."""

pytestmark = pytest.mark.usefixtures("engine", "code_server", "terminal")


@pytest.fixture
def space(as_alice: Call) -> dict[str, Any]:
    """A running space of Alice."""
    answer = as_alice("post", ROOT, NEW)
    assert answer.status_code == 201, answer.content
    return dict(answer.json()["space"])


def test_create_answers_as_documented(as_alice: Call, alice: User, engine: FakeEngine) -> None:
    body = NEW | {"memory": "1g", "cpus": 0.5, "gpu": False, "image": "clawdspace:latest", "template": "default"}
    answer = as_alice("post", ROOT, body)
    workspace = Workspace.objects.get()
    assert answer.status_code == 201
    space = answer.json()["space"]
    assert all(TIME.fullmatch(space[field]) for field in ("created", "started", "lastActivity"))
    assert answer.json() == {
        "space": {
            "name": "my-space",
            "id": workspace.public_id,
            "status": "running",
            "created": space["created"],
            "started": space["started"],
            "image": "spaces/terminal",
            "memory": 1024 * MIB,
            "cpus": 0.5,
            "lastActivity": space["lastActivity"],
            "volume": {"name": workspace.engine_name, "mountpoint": "/workspace"},
        }
    }
    assert len(space["id"]) == 12
    assert (workspace.owner, workspace.template, workspace.network_mode) == (alice, "default", "internet")
    assert "10.0.0.0/8" in workspace.blocked_ranges


def test_who_names_nothing_gets_a_terminal_of_the_default_template(space: dict[str, Any]) -> None:
    assert (space["image"], space["memory"], space["cpus"]) == ("spaces/terminal", 2048 * MIB, 1)
    assert Workspace.objects.get().template == "default"


@pytest.mark.parametrize(
    ("given", "memory", "cpus"),
    [
        ({"memory": "512m"}, 512, 1),
        ({"memory": "1.5G"}, 1536, 1),
        ({"memory": "3gb"}, 3072, 1),
        ({"memory": 1073741824}, 1024, 1),
        ({"memory": "1073741824"}, 1024, 1),
        ({"memory": "512"}, 512, 1),
        ({"memory": None, "cpus": "2"}, 2048, 2),
        ({"cpus": 0.25}, 2048, 0.25),
    ],
)
def test_sizes_are_taken_in_every_form(given: dict[str, Any], memory: int, cpus: float, as_alice: Call) -> None:
    space = as_alice("post", ROOT, NEW | given).json()["space"]
    assert (space["memory"], space["cpus"]) == (memory * MIB, cpus)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"memory": "much"}, "memory is a size such as 2g"),
        ({"memory": True}, "memory is a size such as 2g"),
        ({"memory": "1k"}, "Between 64 and"),
        ({"memory": "900g"}, "Between 64 and"),
        ({"memory": -5}, "memory is a size such as 2g"),
        ({"cpus": 99}, "Between 0.1 and"),
        ({"cpus": "NaN"}, "A valid number is required"),
        ({"cpus": "many"}, "A valid number is required"),
        ({"gpu": True}, "no graphics processor"),
        ({"gpu": "perhaps"}, "Must be a valid boolean"),
        ({"image": "word"}, "Invalid image"),
        ({"template": "word"}, "Invalid template: There is no template called"),
        ({"env": ["A=1"]}, "Expected a dictionary"),
        ({"env": {"A B": "1"}}, "A B"),
        ({"env": {"A": {}}}, "Not a valid string"),
        ({"envFileText": "A=1", "envFileBase64": "QT0x"}, "Provide only one of envFileBase64 or envFileText"),
        ({"envFileBase64": "*"}, "envFileBase64 is not valid base64"),
        ({"envFileBase64": "IA=="}, "Decoded env file is empty"),
        ({"envFileText": "A=1", "envFilePath": "/etc/passwd"}, "envFilePath must be under /workspace"),
        ({"envFileText": "A=1", "envFilePath": "/workspace/../x"}, "envFilePath must be under /workspace"),
        ({"envFileText": "A=1", "envFilePath": "/workspace"}, "envFilePath must be under /workspace"),
        ({"repoUrl": "file:///etc"}, "https://"),
        ({"repoUrl": "https://git.example.org/a.git", "repoBranch": "--upload-pack=x"}, "branch"),
        ({"repoUrl": "https://git.example.org/a.git", "repoDest": "../x"}, "below /workspace"),
    ],
)
def test_what_cannot_be_is_400_in_words_and_leaves_nothing(given: dict[str, Any], says: str, as_alice: Call) -> None:
    answer = as_alice("post", ROOT, NEW | given)
    assert answer.status_code == 400
    assert says in answer.json()["error"] and set(answer.json()) == {"error", "code"}
    assert not Workspace.objects.exists()


@pytest.mark.parametrize("name", [None, "", "a b", "ä", "a/b", "a.b", " a", "x" * 101, ["a"], "a\n"])
def test_a_name_that_is_none_is_told_in_the_old_words(name: Any, as_alice: Call) -> None:
    for body in ({"name": name}, {}):
        answer = as_alice("post", ROOT, body)
        assert answer.status_code == 400
        assert answer.json()["error"] == "Invalid name (alphanumeric, _, - only)"


def test_a_name_that_is_taken_is_409(as_alice: Call, space: dict[str, Any]) -> None:
    answer = as_alice("post", ROOT, NEW)
    assert (answer.status_code, answer.json()) == (409, {"error": "Space already exists", "code": "NAME_TAKEN"})


def test_a_field_of_the_request_overrides_the_template(as_alice: Call, root: User) -> None:
    template_put(Actor(root, "browser"), "name: small\nresources: {memory: 512m, cpus: 0.5, image: code-server}\n")
    first = as_alice("post", ROOT, NEW | {"template": "small"}).json()["space"]
    assert (first["memory"], first["cpus"], first["image"]) == (512 * MIB, 0.5, "spaces/code-server")
    given = {"name": "other", "template": "small", "memory": "1g", "image": "terminal"}
    second = as_alice("post", ROOT, given).json()["space"]
    assert (second["memory"], second["cpus"], second["image"]) == (1024 * MIB, 0.5, "spaces/terminal")


def test_a_template_without_network_refuses_to_clone(as_alice: Call) -> None:
    body = NEW | {"template": "offline", "repoUrl": "https://git.example.org/a.git"}
    answer = as_alice("post", ROOT, body)
    assert answer.status_code == 400
    assert answer.json()["error"] == "Repo clone failed: selected template has network disabled"


REPO = {"repoUrl": "https://git.example.org/a.git", "env": {"GITHUB_TOKEN": "ghp_secret", "STAGE": "test"}}


def git_says(engine: FakeEngine, **answer: Any) -> None:
    """The program beside a workspace, asked to clone or to push, answers so."""
    said = json.dumps(answer).encode() + b"\n"
    engine.programs["python3"] = lambda argv, stdin: ExecResult(said, b"", 0)


def test_a_repository_is_cloned_with_a_token_that_does_not_get_inside(as_alice: Call, engine: FakeEngine) -> None:
    git_says(engine, done={})
    assert as_alice("post", ROOT, NEW | REPO).status_code == 201
    given = engine.specs[Workspace.objects.get().engine_name].environment
    assert given["STAGE"] == "test" and "ghp_secret" not in str(engine.specs) + str(given)


def test_a_clone_that_fails_leaves_no_half_made_space(as_alice: Call, engine: FakeEngine) -> None:
    git_says(engine, error="GIT", text="fatal: repository not found")
    answer = as_alice("post", ROOT, NEW | REPO)
    assert answer.status_code == 400 and answer.json()["code"] == "CLONE_FAILED"
    assert answer.json()["error"].startswith("Repo clone failed: ")
    assert "fatal: repository not found" in answer.json()["error"]
    assert not Workspace.objects.exists() and not engine.states and not engine.volume_files
    git_says(engine, done={})
    assert as_alice("post", ROOT, NEW | REPO).status_code == 201


def test_a_clone_that_fails_leaves_files_of_an_earlier_space_alone(
    as_alice: Call, space: dict[str, Any], engine: FakeEngine
) -> None:
    as_alice("delete", f"{ROOT}/my-space")
    git_says(engine, error="GIT", text="fatal: no")
    assert as_alice("post", ROOT, NEW | REPO).status_code == 400
    assert space["volume"]["name"] in engine.volume_files
    assert as_alice("post", ROOT, NEW).json()["space"]["volume"] == space["volume"]


def test_a_space_whose_files_cannot_be_put_is_not_made(as_alice: Call, engine: FakeEngine, volume_of: VolumeOf) -> None:
    as_alice("post", ROOT, NEW | {"envFileText": "A=1", "envFilePath": "a/b"})
    as_alice("delete", f"{ROOT}/my-space")
    answer = as_alice("post", ROOT, NEW | {"envFileText": "A=1", "envFilePath": "a"})
    assert (answer.status_code, answer.json()["code"]) == (400, "IS_A_FOLDER")
    assert not Workspace.objects.exists() and KeptFiles.objects.count() == 1


def test_variables_reach_the_container_and_the_env_file_its_folder(
    as_alice: Call, engine: FakeEngine, volume_of: VolumeOf
) -> None:
    body = NEW | {"env": {"STAGE": "test", "COUNT": 3, "EMPTY": ""}, "envFileText": "PORT=1\n"}
    assert as_alice("post", ROOT, body).status_code == 201
    workspace = Workspace.objects.get()
    given = engine.specs[workspace.engine_name].environment
    assert {"STAGE": "test", "COUNT": "3", "EMPTY": ""}.items() <= given.items()
    assert (volume_of(workspace) / ".env").read_bytes() == b"PORT=1\n"


@pytest.mark.parametrize("path", ["/workspace/conf/app.env", "conf/app.env"])
def test_the_env_file_goes_where_it_is_told(path: str, as_alice: Call, volume_of: VolumeOf) -> None:
    content = base64.b64encode(b"A=\xff\n").decode()
    assert as_alice("post", ROOT, NEW | {"envFileBase64": content, "envFilePath": path}).status_code == 201
    assert (volume_of(Workspace.objects.get()) / "conf/app.env").read_bytes() == b"A=\xff\n"


def test_list_and_get_answer_as_documented(as_alice: Call, space: dict[str, Any]) -> None:
    answer = as_alice("get", ROOT)
    assert (answer.status_code, answer.json()) == (200, {"spaces": [space]})
    answer = as_alice("get", f"{ROOT}/my-space")
    assert (answer.status_code, answer.json()) == (200, {"space": space})
    assert as_alice("get", f"{ROOT}/MY-SPACE/").json() == {"space": space}


def test_a_list_has_ones_own_and_what_is_shared(
    as_bob: Call, as_charlie: Call, bob: User, root: User, space: dict[str, Any]
) -> None:
    assert as_bob("get", ROOT).json() == {"spaces": []}
    Share.objects.create(workspace=Workspace.objects.get(), user=bob)
    assert as_bob("get", ROOT).json() == {"spaces": [space]}
    assert as_charlie("get", ROOT).json() == caller(root)("get", ROOT).json() == {"spaces": []}


def test_staff_list_everybody_s_when_they_ask_for_all(
    as_charlie: Call, as_bob: Call, bob: User, root: User, space: dict[str, Any]
) -> None:
    Share.objects.create(workspace=Workspace.objects.get(), user=bob)
    assert caller(root)("get", f"{ROOT}?all=true").json() == {"spaces": [space]}
    assert as_bob("get", f"{ROOT}?all=true").json() == {"spaces": [space]}
    assert as_charlie("get", f"{ROOT}?all=true").json() == {"spaces": []}


def test_workspaces_made_elsewhere_are_spaces_too(as_alice: Call, make_workspace: MakeWorkspace, alice: User) -> None:
    make_workspace(alice, name="VS Code 2")
    assert as_alice("get", f"{ROOT}/VS%20Code%202").json()["space"]["name"] == "VS Code 2"


def test_stop_is_a_pause_and_start_goes_on(as_alice: Call, space: dict[str, Any], engine: FakeEngine) -> None:
    for verb, past, status in (("stop", "paused", "paused"), ("start", "started", "running")) * 2:
        for _time in range(2):
            answer = as_alice("post", f"{ROOT}/my-space/{verb}")
            assert (answer.status_code, answer.json()) == (200, {"message": f"Space {past}"})
        assert as_alice("get", f"{ROOT}/my-space").json()["space"]["status"] == status
        assert engine.states[Workspace.objects.get().engine_name].status == status


def test_a_stopped_space_is_started_and_cannot_be_paused(
    as_alice: Call, alice: User, space: dict[str, Any], work: Work
) -> None:
    workspace_stop(Actor(alice, "browser"), Workspace.objects.get())
    work()
    assert as_alice("get", f"{ROOT}/my-space").json()["space"]["status"] == "stopped"
    answer = as_alice("post", f"{ROOT}/my-space/stop")
    assert (answer.status_code, answer.json()["code"]) == (409, "WORKSPACE_STATE")
    assert as_alice("post", f"{ROOT}/my-space/start").status_code == 200


@pytest.mark.parametrize("query", ["", "?removeVolume=false", "?removeVolume="])
def test_destroyed_is_the_container_and_a_space_of_that_name_has_the_files_again(
    query: str, as_alice: Call, space: dict[str, Any], engine: FakeEngine
) -> None:
    answer = as_alice("delete", f"{ROOT}/my-space{query}")
    assert (answer.status_code, answer.json()) == (200, {"message": "Space destroyed"})
    assert not Workspace.objects.exists() and not engine.states
    assert space["volume"]["name"] in engine.volume_files and KeptFiles.objects.count() == 1
    again = as_alice("post", ROOT, NEW).json()["space"]
    assert again["volume"] == space["volume"] and not KeptFiles.objects.exists()


def test_the_files_go_as_well_when_they_are_to(as_alice: Call, space: dict[str, Any], engine: FakeEngine) -> None:
    assert as_alice("delete", f"{ROOT}/my-space?removeVolume=true").json() == {"message": "Space destroyed"}
    assert not engine.volume_files and not KeptFiles.objects.exists()
    assert as_alice("get", f"{ROOT}/my-space").json() == NOT_FOUND


def test_a_word_that_might_mean_either_destroys_nothing(as_alice: Call, space: dict[str, Any]) -> None:
    answer = as_alice("delete", f"{ROOT}/my-space?removeVolume=1")
    assert (answer.status_code, answer.json()["error"]) == (400, "removeVolume is true or false")
    assert Workspace.objects.get().state == "running"


def test_exec_takes_a_text_or_a_list(as_alice: Call, space: dict[str, Any], engine: FakeEngine) -> None:
    engine.on_exec = lambda name, argv, stdin: ExecResult(b"out\n", b"err\n", 3)
    for command in ("python3 --version", ["python3", "--version"]):
        answer = as_alice("post", f"{ROOT}/my-space/exec", {"command": command})
        assert answer.status_code == 200
        assert answer.json() == {"stdout": "out\n", "stderr": "err\n", "exitCode": 3}
    assert "python3 --version" in engine.execs[0].argv and engine.execs[1].argv == ["python3", "--version"]


def test_exec_resumes_a_paused_space(as_alice: Call, space: dict[str, Any]) -> None:
    as_alice("post", f"{ROOT}/my-space/stop")
    assert as_alice("post", f"{ROOT}/my-space/exec", {"command": "true"}).json()["exitCode"] == 0
    assert as_alice("get", f"{ROOT}/my-space").json()["space"]["status"] == "running"


@pytest.mark.parametrize("body", [{}, {"command": ""}, {"command": None}, {"command": []}, {"command": [""]}])
def test_a_missing_command_is_told_in_the_old_words(body: Any, as_alice: Call, space: dict[str, Any]) -> None:
    answer = as_alice("post", f"{ROOT}/my-space/exec", body)
    assert (answer.status_code, answer.json()["error"]) == (400, "Command required")


def test_stats_and_observability_answer_as_documented_and_change_nothing(
    as_alice: Call, space: dict[str, Any], volume_of: VolumeOf
) -> None:
    (volume_of(Workspace.objects.get()) / ".bash_history").write_text("#1\nls\n#2\npwd\n")
    before = (AuditEvent.objects.count(), Workspace.objects.get().last_activity_at)
    stats = as_alice("get", f"{ROOT}/my-space/stats").json()["stats"]
    assert set(stats) == {
        "cpuPercent", "memoryUsageBytes", "memoryLimitBytes", "pids", "networkRxBytes", "networkTxBytes",
        "blockReadBytes", "blockWriteBytes",
    }  # fmt: skip
    seen = as_alice("get", f"{ROOT}/my-space/observability").json()["observability"]
    assert set(seen) == {"stats", "workspaceDisk", "workspaceSizeBytes", "top", "bashHistoryTail"}
    assert set(seen["stats"]) == set(stats) and seen["bashHistoryTail"] == "ls\npwd"
    assert set(seen["workspaceDisk"]) == {"path", "totalBytes", "usedBytes", "availBytes", "usedPercent"}
    assert seen["workspaceDisk"]["path"] == "/workspace"
    assert (AuditEvent.objects.count(), Workspace.objects.get().last_activity_at) == before


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_what_does_not_exist_or_is_anothers_is_not_found(
    method: str, path: str, as_alice: Call, as_charlie: Call, space: dict[str, Any]
) -> None:
    missing, anothers = as_alice(method, f"{ROOT}/nothing{path}", {}), as_charlie(method, f"{ROOT}/my-space{path}", {})
    assert missing.status_code == anothers.status_code == 404
    assert missing.json() == anothers.json() == NOT_FOUND
    assert Workspace.objects.get().state == "running"


@pytest.mark.parametrize(("method", "path"), [*PATHS, ("get", None), ("post", None)])
def test_who_is_not_signed_in_is_told_so_in_one_word(method: str, path: str | None, as_nobody: Call) -> None:
    for headers in ({}, {"authorization": "Bearer sp_wrong"}):
        answer = as_nobody(method, ROOT if path is None else f"{ROOT}/my-space{path}", {}, **headers)
        assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_whom_it_is_shared_with_may_use_but_not_destroy_it(
    as_bob: Call, bob: User, space: dict[str, Any], volume_of: VolumeOf
) -> None:
    Share.objects.create(workspace=Workspace.objects.get(), user=bob)
    assert as_bob("post", f"{ROOT}/my-space/exec", {"command": "true"}).status_code == 200
    assert as_bob("put", f"{ROOT}/my-space/file?path=a", {"contentBase64": ""}).status_code == 200
    answer = as_bob("delete", f"{ROOT}/my-space")
    assert (answer.status_code, answer.json()["code"]) == (403, "OWNER_ONLY")


def test_what_did_not_start_says_why(as_alice: Call, engine: FakeEngine) -> None:
    engine.faults = [Fault("start", EngineError("the disk is broken"), times=99)]
    answer = as_alice("post", ROOT, NEW)
    assert answer.status_code == 503 and "the disk is broken" in answer.json()["error"]
    space = as_alice("get", f"{ROOT}/my-space").json()["space"]
    assert space["status"] == "stopped" and "the disk is broken" in space["error"]
    engine.faults = []
    assert as_alice("post", f"{ROOT}/my-space/start").status_code == 200
    assert as_alice("delete", f"{ROOT}/my-space").json() == {"message": "Space destroyed"}


def test_who_prefers_not_to_wait_gets_the_answer_at_once(as_alice: Call, work: Work) -> None:
    answer = as_alice("post", ROOT, NEW, prefer="respond-async")
    assert (answer.status_code, answer.json()["space"]["status"]) == (201, "stopped")
    assert answer.json()["space"]["started"] == "0001-01-01T00:00:00Z"
    work()
    assert as_alice("get", f"{ROOT}/my-space").json()["space"]["status"] == "running"


def test_one_s_own_goes_before_one_that_is_shared(
    as_bob: Call, bob: User, space: dict[str, Any], make_workspace: MakeWorkspace
) -> None:
    Share.objects.create(workspace=Workspace.objects.get(), user=bob)
    own = workspace_create(Actor(bob, "browser"), kind="terminal", name="my-space")
    assert as_bob("get", f"{ROOT}/my-space").json()["space"]["id"] == own.public_id
