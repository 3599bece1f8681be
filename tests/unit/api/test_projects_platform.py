"""/api/config, /api/limits, /api/workspace/stats and the disk usage of a project."""

from __future__ import annotations

import re
from typing import Any

import pytest

from accounts.models import User
from tests.files_fixtures import VolumeOf
from tests.unit.api.conftest import Call
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.engine.base import EngineUnavailable
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.machine import machine_info
from workspaces.models import Workspace
from workspaces.states import State
from workspaces.stats.disk import disk_forget

pytestmark = pytest.mark.usefixtures("engine", "code_server")


def test_limits_are_the_caller_s_in_a_bare_body(as_alice: Call, as_bob: Call, alice: User, settings: Any) -> None:
    for path in ("/api/limits", "/api/limits/"):
        assert as_bob("get", path).json() == {
            "maxConcurrentWorkspaces": 5,
            "cpuPerWorkspace": 4.0,
            "memoryPerWorkspaceMB": 8192,
            "enableResourceLimits": True,
        }
    User.objects.filter(pk=alice.pk).update(max_running=2, max_cpus=1.5, max_memory_mb=32768)
    assert as_alice("get", "/api/limits").json() == {
        "maxConcurrentWorkspaces": 2,
        "cpuPerWorkspace": 1.5,
        "memoryPerWorkspaceMB": 32768,
        "enableResourceLimits": True,
    }
    settings.ENABLE_RESOURCE_LIMITS = False
    unlimited, machine = as_bob("get", "/api/limits").json(), machine_info()
    assert unlimited == {
        "maxConcurrentWorkspaces": 5,
        "cpuPerWorkspace": float(machine.cpus),
        "memoryPerWorkspaceMB": machine.memory.total // 1024**2,
        "enableResourceLimits": False,
    }
    assert as_alice("get", "/api/limits").json()["memoryPerWorkspaceMB"] == 32768


def test_the_configuration_is_nested_with_the_old_keys_beside_it(as_alice: Call, settings: Any) -> None:
    settings.BASE_URL, settings.BASE_HOST = "https://spaces.example.org", "spaces.example.org"
    answer = as_alice("get", "/api/config").json()
    config = answer.pop("config")
    assert answer == {
        "success": True,
        "gitServerEnabled": False,
        "showDiskUsage": True,
        "enableProxy": False,
        "baseDomain": "spaces.example.org",
        "basePort": "443",
        "protocol": "https",
    }
    assert set(config) == {"platform", "version", "features", "limits", "gitServer"}
    assert (config["platform"], config["version"]) == ("Spaces", settings.VERSION)
    assert config["features"].items() >= {
        "gitServer": False, "passwordProtection": True, "multipleTemplates": True,
    }.items()  # fmt: skip
    assert config["features"]["proxyModes"] == ["none"]
    assert config["limits"] == {
        "maxWorkspacesPerUser": 5,
        "workspaceTimeout": settings.WORKSPACE_TIMEOUT_MINUTES,
        "maxMemoryPerWorkspace": "8GB",
        "maxCPUPerWorkspace": 4.0,
    }
    assert config["gitServer"] == {"enabled": False, "url": None, "version": None}
    settings.BASE_URL = "http://localhost:8123"
    assert as_alice("get", "/api/config").json()["basePort"] == "8123"


def test_statistics_count_the_workspaces_of_all(
    as_charlie: Call, alice: User, bob: User, make_workspace: MakeWorkspace
) -> None:
    for number, state in enumerate(State):
        workspace = make_workspace(alice if number < 5 else bob, name=f"number {number}", running=False)
        Workspace.objects.filter(pk=workspace.pk).update(state=state)
    answer = as_charlie("get", "/api/workspace/stats").json()
    assert set(answer) == {"success", "stats"}
    stats = answer["stats"]
    resources = stats.pop("systemResources")
    assert stats == {
        "totalWorkspaces": 9,
        "runningWorkspaces": 4,
        "stoppedWorkspaces": 2,
        "errorWorkspaces": 1,
        "totalUsers": 3,
        "totalProjects": 9,
        "runningProjects": 4,
        "maxWorkspacesPerUser": 5,
    }
    shapes = {
        "totalMemory": r"[\d.]+GB", "usedMemory": r"[\d.]+GB", "totalCPU": r"\d+ cores", "usedCPU": r"\d+\.\d cores",
        "diskUsage": r"[\d.]+GB / [\d.]+GB",
    }  # fmt: skip
    assert set(resources) == set(shapes)
    assert all(re.fullmatch(shape, resources[key]) for key, shape in shapes.items()), resources


def test_disk_usage_is_what_was_written_and_the_same_with_its_image(
    as_alice: Call, alice: User, make_workspace: MakeWorkspace, volume_of: VolumeOf, engine: FakeEngine
) -> None:
    workspace = make_workspace(alice)
    (volume_of(workspace) / "large").write_bytes(b"x" * 3 * 1024**2)
    disk_forget()
    answer = as_alice("get", f"/api/projects/{workspace.public_id}/disk-usage").json()
    usage = answer["diskUsage"]
    assert set(answer) == {"success", "diskUsage"}
    assert set(usage) == {"bytes", "totalBytes", "readable", "totalReadable"}
    assert 3 * 1024**2 <= usage["bytes"] <= usage["totalBytes"]
    assert re.fullmatch(r"[\d.]+ (B|KB|MB|GB)", usage["readable"])
    disk_forget()
    engine.faults.append(Fault("layer_usage", EngineUnavailable("gone"), times=9))
    gone = as_alice("get", f"/api/projects/{workspace.public_id}/disk-usage")
    assert (gone.status_code, gone.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
