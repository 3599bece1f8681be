"""The platform as a whole."""

from __future__ import annotations

from spaces_site.api.projects.examples.base import (
    SIGN_IN,
    answer,
)

LIMITS = [
    answer(
        {
            "maxConcurrentWorkspaces": 5,
            "cpuPerWorkspace": 4.0,
            "memoryPerWorkspaceMB": 8192,
            "enableResourceLimits": True,
        }
    ),
    SIGN_IN,
]
CONFIG = [
    answer(
        {
            "success": True,
            "config": {
                "platform": "Spaces",
                "version": "0.1.0",
                "features": {
                    "gitServer": False,
                    "passwordProtection": True,
                    "multipleTemplates": True,
                    "groups": True,
                    "aliases": True,
                    "proxyModes": ["none"],
                },
                "limits": {
                    "maxWorkspacesPerUser": 5,
                    "workspaceTimeout": 120,
                    "maxMemoryPerWorkspace": "8GB",
                    "maxCPUPerWorkspace": 4.0,
                },
                "gitServer": {"enabled": False, "url": None, "version": None},
            },
            "gitServerEnabled": False,
            "showDiskUsage": True,
            "enableProxy": False,
            "baseDomain": "localhost",
            "basePort": "8000",
            "protocol": "http",
        }
    ),
    SIGN_IN,
]
STATS = [
    answer(
        {
            "success": True,
            "stats": {
                "totalWorkspaces": 15,
                "runningWorkspaces": 8,
                "stoppedWorkspaces": 5,
                "errorWorkspaces": 2,
                "totalUsers": 3,
                "systemResources": {
                    "totalMemory": "16GB",
                    "usedMemory": "8.2GB",
                    "totalCPU": "8 cores",
                    "usedCPU": "3.2 cores",
                    "diskUsage": "45GB / 500GB",
                },
                "totalProjects": 15,
                "runningProjects": 8,
                "maxWorkspacesPerUser": 5,
            },
        }
    ),
    SIGN_IN,
]
