"""Templates, machines, the audit and pushing, as the API of sandboxes has them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.audit import audit
from accounts.models import AuditEvent, User
from spaces_site.api.sandboxes.views import inside
from tests.unit.api.conftest import Call, caller
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces.commands import CommandResult
from workspaces.engine.fake import FakeEngine
from workspaces.models import Template, Workspace
from workspaces.nodes import NodeSpace
from workspaces.nodes.listing import nodes_forget
from workspaces.services import workspace_rename

YAML = "name: my-template\ndescription: For me\nresources:\n  memory: 1g\n"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
BUILT_IN = ["default", "gpu", "lan", "offline"]

pytestmark = pytest.mark.usefixtures("engine", "code_server", "terminal")


@pytest.fixture
def as_root(root: User) -> Call:
    return caller(root)


def events(call: Call, query: str = "") -> list[dict[str, Any]]:
    answer = call("get", f"/api/audit{query}")
    assert answer.status_code == 200
    return list(answer.json()["events"])


# -- templates
def test_templates_are_listed_and_read_by_everybody(as_alice: Call) -> None:
    listed = as_alice("get", "/api/templates").json()
    assert set(listed) == {"templates"}
    assert [template["name"] for template in listed["templates"]] == BUILT_IN
    assert all(set(template) == {"name", "description"} for template in listed["templates"])
    one = as_alice("get", "/api/templates/OFFLINE").json()
    assert one == {"name": "offline", "yaml": Template.objects.get(name="offline").yaml}


def test_staff_write_and_delete_them(as_root: Call) -> None:
    answer = as_root("put", "/api/templates", {"yaml": YAML})
    assert answer.status_code == 200
    assert answer.json() == {
        "template": {
            "name": "my-template",
            "description": "For me",
            "resources": {"memory": 1024**3},
            "security": {"writableRootfs": True},
            "network": {"mode": "internet", "blockCidrs": []},
            "workspace": {},
            "desktop": {"menu": False},
            "yaml": YAML,
        }
    }
    assert as_root("get", "/api/templates/my-template").json() == {"name": "my-template", "yaml": YAML}
    answer = as_root("delete", "/api/templates/my-template")
    assert (answer.status_code, answer.json()) == (200, {"message": "OK"})
    for method in ("get", "delete"):
        answer = as_root(method, "/api/templates/my-template")
        assert (answer.status_code, answer.json()["code"]) == (404, "TEMPLATE_NOT_FOUND")
    assert [event["type"] for event in events(as_root)][-2:] == ["template.upsert", "template.delete"]
    assert events(as_root)[-1]["meta"] == {"template": "my-template"}


def test_all_that_a_template_says_is_in_the_answer(as_root: Call) -> None:
    text = (
        "name: full\nmanaged: false\nresources: {memory: 512m, cpus: 0.5, gpu: false, image: clawdspace:latest}\n"
        "security: {writableRootfs: false}\nnetwork: {mode: lan, blockCidrs: [10.0.0.0/8]}\n"
        "workspace: {defaultRepoDest: app}\ndesktop: {menu: true}\n"
    )
    template = as_root("put", "/api/templates", {"yaml": text}).json()["template"]
    assert template["resources"] == {"memory": 512 * 1024**2, "cpus": 0.5, "gpu": False, "image": "terminal"}
    assert template["security"] == {"writableRootfs": False}
    assert template["network"] == {"mode": "lan", "blockCidrs": ["10.0.0.0/8"]}
    assert template["workspace"] == {"defaultRepoDest": "app"}
    assert template["desktop"] == {"menu": True}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "yaml required"),
        ({"yaml": ""}, "yaml required"),
        ({"yaml": None}, "yaml required"),
        ({"yaml": "name: [a"}, "line 1"),
        ({"yaml": "name: a\nresuorces: {}\n"}, "line 2"),
        ({"yaml": "name: a\nresources: {memory: much}\n"}, "line 2"),
    ],
)
def test_what_is_no_template_is_400_with_the_line(body: dict[str, Any], says: str, as_root: Call) -> None:
    answer = as_root("put", "/api/templates", body)
    assert answer.status_code == 400 and says in answer.json()["error"]
    assert Template.objects.count() == len(BUILT_IN)


def test_those_of_the_program_stay(as_root: Call) -> None:
    answer = as_root("delete", "/api/templates/default")
    assert (answer.status_code, answer.json()["code"]) == (409, "TEMPLATE_BUILT_IN")


# -- machines
def test_the_machine_answers_as_documented(as_alice: Call, engine: FakeEngine) -> None:
    body = as_alice("get", "/api/system").json()
    assert set(body) == {
        "hostname", "platform", "arch", "cpus", "loadAverage", "memory", "disk", "uptime", "docker", "capabilities",
    }  # fmt: skip
    assert (body["platform"], len(body["loadAverage"])) == ("linux", 3)
    assert set(body["memory"]) == {"total", "free", "used", "percentage"}
    assert set(body["disk"]) == {"total", "used", "available", "percentage"}
    assert set(body["docker"]) == {"version", "containers", "containersRunning", "containersPaused", "images"}
    can = as_alice("get", "/api/system/capabilities").json()
    assert {"gpu", "arch", "platform", "cpus", "memory"} <= set(can) and can == body["capabilities"]
    assert can["memory"] == body["memory"]["total"] > 10**8


def test_the_machines_are_this_one_and_others(as_alice: Call) -> None:
    nodes_forget()
    body = as_alice("get", "/api/nodes").json()
    assert set(body) == {"nodes", "lastUpdatedAt"} and body["lastUpdatedAt"] > 1_700_000_000_000
    (node,) = body["nodes"]
    assert set(node) == {"name", "url", "status", "latencyMs", "capabilities"}
    assert (node["status"], node["latencyMs"]) == ("online", 0)
    assert node["capabilities"] == as_alice("get", "/api/system/capabilities").json()


def test_staff_see_the_spaces_of_all_machines_in_one_list(
    as_alice: Call, as_root: Call, root: User, make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_workspace(root, name="here")
    there = NodeSpace(node="other", name="there", id="abc", status="running", memory=1024**3, cpus=1)
    monkeypatch.setattr("workspaces.nodes.listing._ask_spaces", lambda: [there])
    nodes_forget()
    name = as_root("get", "/api/system").json()["hostname"]
    listed = as_root("get", "/api/spaces?nodes=all").json()["spaces"]
    assert [(space["name"], space["node"]) for space in listed] == [("here", name), ("there", "other")]
    assert listed[1]["memory"] == 1024**3 and "volume" not in listed[1]
    assert as_alice("get", "/api/spaces?nodes=all").json() == {"spaces": []}
    assert "node" not in as_root("get", "/api/spaces").json()["spaces"][0]
    nodes_forget()


# -- audit
def test_what_happens_to_a_space_goes_by_the_documented_types_oldest_first(as_alice: Call, work: Work) -> None:
    as_alice("post", "/api/spaces", {"name": "lab", "memory": "1g"})
    for verb, body in (("stop", {}), ("start", {}), ("exec", {"command": "id"})):
        assert as_alice("post", f"/api/spaces/lab/{verb}", body).status_code == 200
    as_alice("delete", "/api/spaces/lab?removeVolume=true")
    seen = [event for event in events(as_alice, "?space=lab") if event["type"].startswith("space.")]
    assert all(TIME.fullmatch(event["ts"]) and event["space"] == "lab" for event in seen)
    assert [(event["type"], event.get("meta")) for event in seen] == [
        ("space.create", {"memory": "1024m", "cpus": 1, "gpu": False, "image": "spaces/terminal"}),
        ("space.pause", None),
        ("space.start", None),
        ("space.exec", {"command": "id"}),
        ("space.destroy", {"removeVolume": True}),
    ]


def test_other_events_keep_their_names(as_alice: Call, alice: User, make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(alice, name="lab")
    workspace_rename(Actor(alice, "browser"), workspace, "new")
    assert events(as_alice, "?space=new")[-1]["type"] == "workspace.rename"
    assert events(as_alice, "?space=new")[0]["type"] == "space.create"


def test_the_last_ones_come_as_many_as_asked_for(as_alice: Call, alice: User, make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(alice, name="lab")
    actor = Actor(alice, "token")
    for number in range(250):
        audit(actor, "exec.run", workspace=workspace.public_id, workspace_name="lab", command=str(number))
    assert [event["meta"]["command"] for event in events(as_alice, "?space=lab&limit=3")] == ["247", "248", "249"]
    assert len(events(as_alice)) == 200
    assert len(events(as_alice, "?limit=1000")) > 250
    for limit in ("0", "-1", "1001", "many", "1.5"):
        assert as_alice("get", f"/api/audit?limit={limit}").status_code == 400


def test_nobody_reads_what_is_another_s(
    as_alice: Call, as_bob: Call, as_charlie: Call, as_root: Call, alice: User, make_workspace: MakeWorkspace
) -> None:
    make_workspace(alice, name="lab")
    assert "space.create" in [event["type"] for event in events(as_root, "?space=lab")]
    for query in ("", "?space=lab", f"?space={Workspace.objects.get().public_id}"):
        assert not [event for event in events(as_charlie, query) if event.get("space")]
    assert events(as_alice, "?space=nothing") == []


# -- pushing
def test_a_push_is_handed_on_and_answered_as_documented(
    as_alice: Call, alice: User, make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_workspace(alice, name="lab")
    asked: list[dict[str, Any]] = []
    result = CommandResult("out", "err", 0)

    def push(actor: Actor, workspace: Workspace, **options: Any) -> CommandResult:
        asked.append(options)
        return result

    monkeypatch.setattr(inside, "git_push", push)
    body = {"repoPath": "/app", "remote": "other", "branch": "main", "token": "ghp_secret"}
    answer = as_alice("post", "/api/spaces/lab/git/push", body)
    assert (answer.status_code, answer.json()) == (200, {"stdout": "out", "stderr": "err", "exitCode": 0})
    result = CommandResult("", "fatal: no\n", 128)
    answer = as_alice("post", "/api/spaces/lab/git/push", {})
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "fatal: no",
        "code": "GIT_PUSH_FAILED",
        "stdout": "",
        "stderr": "fatal: no\n",
        "exitCode": 128,
    }
    assert asked == [
        {"repo_path": "/app", "remote": "other", "branch": "main", "token": "ghp_secret"},
        {"repo_path": "/repo", "remote": "origin", "branch": "", "token": ""},
    ]


def test_the_audit_of_a_space_waits_a_moment_for_its_shell_history(
    as_alice: Call, alice: User, make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_workspace(alice, name="lab")

    def typed(workspace: Workspace) -> None:
        meta = {"command": "ls", "source": "bash_history"}
        AuditEvent.objects.create(
            action="shell.command", workspace=workspace.public_id, workspace_name="lab", owner=alice, meta=meta
        )

    monkeypatch.setattr("workspaces.audit_named.history_refresh", typed)
    event = events(as_alice, "?space=lab")[-1]
    assert (event["type"], event["meta"]) == ("space.shell", {"command": "ls", "source": "bash_history"})
