"""What is said of the platform as a whole, and of what the caller may have of it."""

from __future__ import annotations

from typing import TypedDict
from urllib.parse import urlsplit

from django.conf import settings

from accounts.models import User
from spaces_site.api.projects.wire.projects import STATUS
from workspaces.limits import max_cpus, max_memory_mb, max_running, max_workspaces
from workspaces.machine import Machine, machine_info
from workspaces.stats.disk import DiskUsage, readable_size

PLATFORM = "Spaces"
GIB = 1024**3


class DiskUsageOut(TypedDict):
    bytes: int
    totalBytes: int
    readable: str
    totalReadable: str


class OneDiskUsageOut(TypedDict):
    success: bool
    diskUsage: DiskUsageOut


class LimitsOut(TypedDict):
    maxConcurrentWorkspaces: int
    cpuPerWorkspace: float
    memoryPerWorkspaceMB: int
    enableResourceLimits: bool


class FeaturesOut(TypedDict):
    """`proxyModes`: those that a project can have."""

    gitServer: bool
    passwordProtection: bool
    multipleTemplates: bool
    groups: bool
    aliases: bool
    proxyModes: list[str]


class ConfigLimitsOut(TypedDict):
    maxWorkspacesPerUser: int
    workspaceTimeout: int
    maxMemoryPerWorkspace: str
    maxCPUPerWorkspace: float


class GitServerOut(TypedDict):
    enabled: bool
    url: str | None
    version: str | None


class PlatformConfigOut(TypedDict):
    platform: str
    version: str
    features: FeaturesOut
    limits: ConfigLimitsOut
    gitServer: GitServerOut


class ConfigOut(TypedDict):
    """Beside `config` the flat keys that old clients read."""

    success: bool
    config: PlatformConfigOut
    gitServerEnabled: bool
    showDiskUsage: bool
    enableProxy: bool
    baseDomain: str
    basePort: str
    protocol: str


class SystemResourcesOut(TypedDict):
    totalMemory: str
    usedMemory: str
    totalCPU: str
    usedCPU: str
    diskUsage: str


class PlatformStatsOut(TypedDict):
    """The last three are what old clients read."""

    totalWorkspaces: int
    runningWorkspaces: int
    stoppedWorkspaces: int
    errorWorkspaces: int
    totalUsers: int
    systemResources: SystemResourcesOut
    totalProjects: int
    runningProjects: int
    maxWorkspacesPerUser: int


class OneStatsOut(TypedDict):
    success: bool
    stats: PlatformStatsOut


def disk_usage_out(usage: DiskUsage) -> DiskUsageOut:
    return {
        "bytes": usage.written_bytes,
        "totalBytes": usage.total_bytes,
        "readable": readable_size(usage.written_bytes),
        "totalReadable": readable_size(usage.total_bytes),
    }


def limits_out(user: User) -> LimitsOut:
    """What the caller may have. Where nothing limits it, as much as the machine has."""
    is_on, machine = settings.ENABLE_RESOURCE_LIMITS, machine_info()
    limits_cpus, limits_memory = is_on or user.max_cpus is not None, is_on or user.max_memory_mb is not None
    return {
        "maxConcurrentWorkspaces": max_running(user) if is_on else max_workspaces(user),
        "cpuPerWorkspace": float(max_cpus(user) if limits_cpus else machine.cpus),
        "memoryPerWorkspaceMB": max_memory_mb(user) if limits_memory else machine.memory.total // 1024**2,
        "enableResourceLimits": is_on,
    }


def config_out(user: User) -> ConfigOut:
    base, limits = urlsplit(settings.BASE_URL), limits_out(user)
    return {
        "success": True,
        "config": {
            "platform": PLATFORM,
            "version": settings.VERSION,
            "features": {
                "gitServer": False,
                "passwordProtection": True,
                "multipleTemplates": True,
                "groups": True,
                "aliases": True,
                "proxyModes": ["none"],
            },
            "limits": {
                "maxWorkspacesPerUser": max_workspaces(user),
                "workspaceTimeout": settings.WORKSPACE_TIMEOUT_MINUTES,
                "maxMemoryPerWorkspace": gigabytes(limits["memoryPerWorkspaceMB"] * 1024**2),
                "maxCPUPerWorkspace": limits["cpuPerWorkspace"],
            },
            "gitServer": {"enabled": False, "url": None, "version": None},
        },
        "gitServerEnabled": False,
        "showDiskUsage": True,
        "enableProxy": False,
        "baseDomain": settings.BASE_HOST,
        "basePort": str(base.port or (443 if base.scheme == "https" else 80)),
        "protocol": base.scheme,
    }


def stats_out(count_by_state: dict[str, int], users: int, machine: Machine, user: User) -> PlatformStatsOut:
    """`count_by_state`: how many workspaces of all there are in each state."""
    by_status = dict.fromkeys(STATUS.values(), 0)
    for state, count in count_by_state.items():
        by_status[STATUS[state]] += count  # type: ignore[index]  # a State is a text
    total = sum(count_by_state.values())
    return {
        "totalWorkspaces": total,
        "runningWorkspaces": by_status["running"],
        "stoppedWorkspaces": by_status["stopped"],
        "errorWorkspaces": by_status["error"],
        "totalUsers": users,
        "systemResources": resources_out(machine),
        "totalProjects": total,
        "runningProjects": by_status["running"],
        "maxWorkspacesPerUser": max_workspaces(user),
    }


def resources_out(machine: Machine) -> SystemResourcesOut:
    disk = machine.disk
    return {
        "totalMemory": gigabytes(machine.memory.total),
        "usedMemory": gigabytes(machine.memory.used),
        "totalCPU": f"{machine.cpus} cores",
        "usedCPU": f"{min(machine.load_average[0], machine.cpus):.1f} cores",
        "diskUsage": f"{gigabytes(disk.used)} / {gigabytes(disk.total)}" if disk else "unknown",
    }


def gigabytes(size: int) -> str:
    """`16GB`, `8.2GB`: GiB, with a decimal where it says something."""
    return f"{size / GIB:.1f}".removesuffix(".0") + "GB"
