"""Every request of the sandboxes API's document, sent to the running product, whose engine is the real one."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.engine_cleanup import things_of
from tests.harness import Platform
from tests.integration.asking import Ask, answered, asking
from tests.integration.git_containers import certificate_make, git_server
from tests.parts import NewPlatform
from tests.waiting import eventually

pytestmark = pytest.mark.integration
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SPACE_KEYS = {
    "name", "id", "status", "created", "started", "image", "memory", "cpus", "lastActivity", "volume",
}  # fmt: skip
STATS_KEYS = {
    "cpuPercent", "memoryUsageBytes", "memoryLimitBytes", "pids", "networkRxBytes", "networkTxBytes",
    "blockReadBytes", "blockWriteBytes",
}  # fmt: skip
NOT_FOUND = {"error": "Space not found", "code": "WORKSPACE_NOT_FOUND"}


@pytest.fixture
def ask(platform: Platform) -> Iterator[Ask]:
    """As somebody whose spaces are gone afterwards, with their files."""
    ask = asking(platform, "sandbox@example.org")
    yield ask
    for space in answered(ask("GET", "/spaces"))["spaces"]:
        answered(ask("DELETE", f"/spaces/{space['name']}?removeVolume=true"))


@pytest.fixture
def space(ask: Ask) -> dict[str, Any]:
    body = {"name": "my-space", "memory": "256m", "cpus": 1, "gpu": False, "image": "clawdspace:latest"}
    return dict(answered(ask("POST", "/spaces", body | {"template": "default"}), 201)["space"])


def run(ask: Ask, command: Any, name: str = "my-space") -> dict[str, Any]:
    return dict(answered(ask("POST", f"/spaces/{name}/exec", {"command": command})))


def test_a_space_is_made_listed_paused_resumed_and_destroyed(ask: Ask, space: dict[str, Any]) -> None:
    assert set(space) == SPACE_KEYS
    assert all(TIME.fullmatch(space[field]) for field in ("created", "started", "lastActivity"))
    assert (space["name"], space["status"], space["memory"], space["cpus"]) == ("my-space", "running", 256 * 2**20, 1)
    assert len(space["id"]) == 12 and space["volume"]["mountpoint"] == "/workspace"
    assert answered(ask("GET", "/spaces/my-space"))["space"]["id"] == space["id"]
    assert [one["name"] for one in answered(ask("GET", "/spaces"))["spaces"]] == ["my-space"]
    assert answered(ask("POST", "/spaces", {"name": "my-space"}), 409)["error"] == "Space already exists"

    assert run(ask, "echo kept > /dev/shm/memory; (sleep 1000 & echo $!)")["exitCode"] == 0
    for verb, past, status in (("stop", "paused", "paused"), ("start", "started", "running")):
        for _time in range(2):
            assert answered(ask("POST", f"/spaces/my-space/{verb}")) == {"message": f"Space {past}"}
        assert answered(ask("GET", "/spaces/my-space"))["space"]["status"] == status
    assert run(ask, "cat /dev/shm/memory; pgrep -fc '^sleep 1000$'")["stdout"] == "kept\n1\n", "a pause keeps memory"

    assert run(ask, "echo here > kept.txt")["exitCode"] == 0
    assert answered(ask("DELETE", "/spaces/my-space?removeVolume=false")) == {"message": "Space destroyed"}
    assert answered(ask("GET", "/spaces/my-space"), 404) == NOT_FOUND
    again = answered(ask("POST", "/spaces", {"name": "my-space", "memory": "256m"}), 201)["space"]
    assert again["volume"] == space["volume"]
    assert run(ask, "cat kept.txt")["stdout"] == "here\n"
    assert answered(ask("DELETE", "/spaces/my-space?removeVolume=true")) == {"message": "Space destroyed"}
    fresh = answered(ask("POST", "/spaces", {"name": "my-space", "memory": "256m"}), 201)["space"]
    assert fresh["volume"] != space["volume"] and run(ask, "ls")["stdout"] == ""


def test_commands_run_as_a_text_or_as_a_list(ask: Ask, space: dict[str, Any]) -> None:
    done = run(ask, "python3 --version")
    assert set(done) == {"stdout", "stderr", "exitCode"}
    assert re.fullmatch(r"Python 3\.\d+\.\d+\n", done["stdout"]) and done["exitCode"] == 0
    assert run(ask, "echo out; echo err >&2; exit 3") == {"stdout": "out\n", "stderr": "err\n", "exitCode": 3}
    assert run(ask, ["printf", "%s|", "a b", "$HOME"])["stdout"] == "a b|$HOME|"
    assert run(ask, "pwd; shopt -q login_shell && echo login")["stdout"] == "/workspace\nlogin\n"
    assert answered(ask("POST", "/spaces/my-space/exec", {}), 400)["error"] == "Command required"
    answered(ask("POST", "/spaces/my-space/stop"))
    assert run(ask, "echo awake")["stdout"] == "awake\n"
    assert answered(ask("GET", "/spaces/my-space"))["space"]["status"] == "running"


def test_variables_and_the_env_file_are_in_a_new_space(ask: Ask) -> None:
    body = {"name": "with-env", "memory": "256m", "env": {"STAGE": "test x"}, "envFileText": "PORT=3000\n"}
    answered(ask("POST", "/spaces", body | {"envFilePath": "/workspace/conf/.env"}), 201)
    seen = run(ask, 'echo "$STAGE"; cat conf/.env; stat -c %U conf/.env', "with-env")
    assert seen["stdout"] == "test x\nPORT=3000\ncoder\n"


def test_statistics_are_seen_and_wake_nothing(ask: Ask, space: dict[str, Any]) -> None:
    run(ask, "printf 'ls\\npwd\\n' > .bash_history; (sleep 1000 &)")
    stats = answered(ask("GET", "/spaces/my-space/stats"))["stats"]
    assert set(stats) == STATS_KEYS
    assert stats["memoryLimitBytes"] == 256 * 2**20 and stats["memoryUsageBytes"] > 0 and stats["pids"] >= 2
    seen = answered(ask("GET", "/spaces/my-space/observability"))["observability"]
    assert set(seen) == {"stats", "workspaceDisk", "workspaceSizeBytes", "top", "bashHistoryTail"}
    assert set(seen["workspaceDisk"]) == {"path", "totalBytes", "usedBytes", "availBytes", "usedPercent"}
    assert seen["workspaceDisk"]["path"] == "/workspace" and seen["bashHistoryTail"] == "ls\npwd"
    assert 0 < len(seen["top"]) <= 8 and set(seen["top"][0]) == {"pid", "cpu", "mem", "etime", "command"}
    answered(ask("POST", "/spaces/my-space/stop"))
    for what in ("stats", "observability"):
        answered(ask("GET", f"/spaces/my-space/{what}"))
    assert answered(ask("GET", "/spaces/my-space"))["space"]["status"] == "paused"


@pytest.mark.parametrize("content", [b"", b"hi\n", os.urandom(20 * 2**20)], ids=["empty", "small", "20 MiB"])
def test_a_file_survives_the_round_trip_byte_for_byte(content: bytes, ask: Ask, space: dict[str, Any]) -> None:
    encoded = base64.b64encode(content).decode()
    for verb in ("start", "stop"):
        answered(ask("POST", f"/spaces/my-space/{verb}"))
        put = ask("PUT", "/spaces/my-space/file?path=/deep/hello.txt", {"contentBase64": encoded})
        assert answered(put) == {"message": "OK"}
        got = answered(ask("GET", f"/spaces/my-space/file?path=/deep/hello.txt&maxBytes={len(content)}"))
        assert got == {"path": "/deep/hello.txt", "contentBase64": encoded, "truncated": False}
        listed = answered(ask("GET", "/spaces/my-space/files?path=/deep"))
        (entry,) = listed["entries"]
        assert listed["path"] == "/deep" and isinstance(entry.pop("mtimeMs"), int)
        assert entry == {"name": "hello.txt", "path": "/deep/hello.txt", "type": "file", "size": len(content)}
    assert run(ask, "stat -c '%U %s' deep/hello.txt")["stdout"] == f"coder {len(content)}\n"


def test_no_path_leads_out_of_the_workspace(ask: Ask, space: dict[str, Any]) -> None:
    run(ask, "ln -s / root; ln -s /etc/passwd people")
    for path in ("../etc/passwd", "/../../etc/passwd", "root/etc/passwd", "people"):
        for asked in (
            ask("GET", f"/spaces/my-space/file?path={path}"),
            ask("GET", f"/spaces/my-space/files?path={path}"),
        ):
            assert asked.status_code in (400, 404, 409) and "root:" not in asked.text
    listed = answered(ask("GET", "/spaces/my-space/files?path=/"))["entries"]
    assert [(entry["name"], entry["type"]) for entry in listed] == [("people", "symlink"), ("root", "symlink")]


def test_a_clone_that_fails_leaves_nothing(ask: Ask, platform: Platform, docker_engine: docker.DockerClient) -> None:
    before = things_of(docker_engine, platform.instance)
    body = {"name": "cloned", "memory": "256m", "repoUrl": "https://127.0.0.1:1/nothing.git", "repoDest": "app"}
    failed = answered(ask("POST", "/spaces", body), 400)
    assert failed["error"].startswith("Repo clone failed: ") and failed["code"] == "CLONE_FAILED"
    assert answered(ask("GET", "/spaces"))["spaces"] == []
    eventually(
        lambda: set(things_of(docker_engine, platform.instance)) <= {*before, *spare(docker_engine, platform)},
        "nothing of it is left on the engine",
        20,
    )
    offline = body | {"template": "offline"}
    assert answered(ask("POST", "/spaces", offline), 400)["error"] == (
        "Repo clone failed: selected template has network disabled"
    )


def spare(client: docker.DockerClient, platform: Platform) -> list[str]:
    """Networks that the platform makes in advance."""
    return [thing for thing in things_of(client, platform.instance) if thing.startswith("network ")]


def test_what_happened_is_told_in_the_documented_types(ask: Ask, space: dict[str, Any]) -> None:
    run(ask, "printf '#1700000000\\nwhoami\\n' > .bash_history")
    answered(ask("PUT", "/spaces/my-space/file?path=/a", {"contentBase64": "aGkK"}))
    answered(ask("POST", "/spaces/my-space/stop"))
    answered(ask("POST", "/spaces/my-space/start"))
    answered(ask("DELETE", "/spaces/my-space?removeVolume=true"))
    events = answered(ask("GET", "/audit?space=my-space&limit=200"))["events"]
    assert all(TIME.fullmatch(event["ts"]) and event["space"] == "my-space" for event in events)
    assert events == sorted(events, key=lambda event: event["ts"])
    types = [event["type"] for event in events]
    ours = types[len(types) - types[::-1].index("space.create") - 1 :]
    assert [kind for kind in ours if kind != "space.shell"] == [
        "space.create", "space.exec", "space.file.write", "space.pause", "space.start", "space.destroy",
    ]  # fmt: skip
    assert events[-1]["meta"] == {"removeVolume": True}
    assert len(answered(ask("GET", "/audit?limit=2"))["events"]) == 2


def test_templates_are_written_used_and_deleted(ask: Ask, platform: Platform) -> None:
    staff = asking(platform, "sandbox-staff@example.org", staff=True)
    names = [template["name"] for template in answered(ask("GET", "/templates"))["templates"]]
    assert {"default", "gpu", "lan", "offline"} <= set(names)
    yaml = "name: my-template\nresources:\n  memory: 300m\n  cpus: 0.5\n"
    assert answered(ask("PUT", "/templates", {"yaml": yaml}), 403)["code"] == "STAFF_ONLY"
    assert answered(staff("PUT", "/templates", {"yaml": yaml}))["template"]["name"] == "my-template"
    assert answered(ask("GET", "/templates/my-template")) == {"name": "my-template", "yaml": yaml}
    made = answered(ask("POST", "/spaces", {"name": "from-template", "template": "my-template"}), 201)["space"]
    assert (made["memory"], made["cpus"]) == (300 * 2**20, 0.5)
    assert answered(staff("DELETE", "/templates/my-template")) == {"message": "OK"}
    answered(ask("GET", "/templates/my-template"), 404)
    assert "line 1" in answered(staff("PUT", "/templates", {"yaml": "name: [a"}), 400)["error"]


def test_machines_say_what_they_are(ask: Ask, platform: Platform, docker_engine: docker.DockerClient) -> None:
    assert {"status", "timestamp", "version", "uptime"} <= set(answered(platform.get("/api/health")))
    system = answered(ask("GET", "/system"))
    assert set(system) == {
        "hostname", "platform", "arch", "cpus", "loadAverage", "memory", "disk", "uptime", "docker", "capabilities",
    }  # fmt: skip
    assert system["docker"]["version"] == docker_engine.version()["Version"]
    assert set(system["docker"]) == {"version", "containers", "containersRunning", "containersPaused", "images"}
    can = answered(ask("GET", "/system/capabilities"))
    assert {"gpu", "arch", "platform", "cpus", "memory"} <= set(can) and can["platform"] == "linux"
    nodes = answered(ask("GET", "/nodes"))
    assert set(nodes) == {"nodes", "lastUpdatedAt"} and isinstance(nodes["lastUpdatedAt"], int)
    assert set(nodes["nodes"][0]) == {"name", "url", "status", "latencyMs", "capabilities"}


def test_each_form_of_credential_opens_and_without_one_it_is_one_word(platform: Platform, ask: Ask) -> None:
    token = platform.token("sandbox@example.org")
    assert platform.get(f"/api/spaces?key={token}").status_code == 200
    for scheme in ("Bearer ", "Token ", ""):
        assert platform.get("/api/spaces", headers={"Authorization": f"{scheme}{token}"}).status_code == 200
    for path in ("/api/spaces", "/api/spaces/my-space", "/api/templates", "/api/nodes", "/api/system", "/api/audit"):
        for address in (path, f"{path}/", f"{path}?key=wrong"):
            assert answered(platform.get(address), 401) == {"error": "Unauthorized"}
    assert token not in platform.log(10_000), "a token in an address is in no log"


def test_a_repository_is_cloned_into_a_space_and_pushed_without_its_token_in_there(
    new_platform: NewPlatform, tmp_path: Path, docker_engine: docker.DockerClient
) -> None:
    certificate = certificate_make(tmp_path)
    site = new_platform({"SPACES_CA_FILE": str(certificate)})
    ask = asking(site, "pusher@example.org")
    with git_server(docker_engine, site.instance, certificate) as git:
        body = {"name": "my-space", "memory": "256m", "repoUrl": git.url, "repoBranch": "other", "repoDest": "app"}
        wrong = answered(ask("POST", "/spaces", body | {"env": {"GITHUB_TOKEN": "wrong"}}), 400)
        assert wrong["error"].startswith("Repo clone failed: ") and answered(ask("GET", "/spaces"))["spaces"] == []
        answered(ask("POST", "/spaces", body | {"env": {"GITHUB_TOKEN": git.token, "STAGE": "test"}}), 201)
        seen = run(ask, 'cat app/README.md; git -C app branch --show-current; echo "$STAGE$GITHUB_TOKEN"')
        assert seen["stdout"] == "# Tool\nother\ntest\n"

        commit = "cd app && echo hi > a && git add a && git -c user.name=A -c user.email=a@example.org commit -qm A"
        tip = run(ask, f"{commit} && git rev-parse HEAD")["stdout"].strip()
        push = {"repoPath": "/app", "remote": "origin", "branch": "other", "token": git.token}
        done = answered(ask("POST", "/spaces/my-space/git/push", push))
        assert set(done) == {"stdout", "stderr", "exitCode"} and done["exitCode"] == 0
        assert git.tip("other") == tip != git.tip("main")
        refused = answered(ask("POST", "/spaces/my-space/git/push", push | {"token": "wrong"}), 400)
        assert set(refused) == {"error", "code", "stdout", "stderr", "exitCode"} and refused["exitCode"] != 0
        events = answered(ask("GET", "/audit?space=my-space"))["events"]
        pushed = [event["meta"] for event in events if event["type"] == "git.push"]
        assert [meta["exit_code"] == 0 for meta in pushed] == [True, False] and pushed[0]["branch"] == "other"
        assert git.token not in site.log(10_000) and git.token not in str(events)
        assert run(ask, ["grep", "-rs", git.token, "/workspace", "/tmp", "/home"])["exitCode"] == 1
