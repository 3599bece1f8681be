"""Requests and answers of the sandboxes API as its document shows them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

SPACE = {
    "name": "my-space",
    "id": "kq3vx8d2m5ab",
    "status": "running",
    "created": "2023-01-01T00:00:00.000Z",
    "started": "2023-01-01T00:00:01.000Z",
    "image": "spaces/terminal",
    "memory": 2147483648,
    "cpus": 1.0,
    "lastActivity": "2023-01-01T00:05:00.000Z",
    "volume": {"name": "spaces-kq3vx8d2m5ab", "mountpoint": "/workspace"},
}
_FIGURES = {
    "cpuPercent": 1.5,
    "memoryUsageBytes": 104857600,
    "memoryLimitBytes": 2147483648,
    "pids": 5,
    "networkRxBytes": 2048,
    "networkTxBytes": 1024,
    "blockReadBytes": 0,
    "blockWriteBytes": 4096,
}


def _answer(value: Any, status: int = 200, name: str = "Answer") -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, status_codes=[status])


def _error(status: int, error: str, code: str) -> OpenApiExample:
    return _answer({"error": error, "code": code}, status, error)


def _body(value: Any) -> OpenApiExample:
    return OpenApiExample("Request", value, request_only=True)


UNAUTHORIZED = _answer({"error": "Unauthorized"}, 401, "Unauthorized")
NOT_FOUND = _error(404, "Space not found", "WORKSPACE_NOT_FOUND")
TEMPLATE_NOT_FOUND = _error(404, "There is no template called “word”.", "TEMPLATE_NOT_FOUND")
STAFF_ONLY = _error(403, "Only staff may change templates.", "STAFF_ONLY")
OK = _answer({"message": "OK"})
ALWAYS = [UNAUTHORIZED, NOT_FOUND]

LIST = [_answer({"spaces": [SPACE]}), UNAUTHORIZED]
CREATE = [
    _body(
        {
            "name": "my-space",
            "memory": "2g",
            "cpus": 1,
            "gpu": False,
            "image": "clawdspace:latest",
            "template": "default",
            "env": {"STAGE": "test"},
            "envFileText": "PORT=3000\n",
            "envFilePath": "/workspace/.env",
            "repoUrl": "https://git.example.org/team/app.git",
            "repoBranch": "main",
            "repoDest": "app",
        }
    ),
    _answer({"space": SPACE}, 201),
    _error(400, "Invalid name (alphanumeric, _, - only)", "VALIDATION_ERROR"),
    _error(400, "Repo clone failed: selected template has network disabled", "REPO_NO_NETWORK"),
    _error(409, "Space already exists", "NAME_TAKEN"),
    UNAUTHORIZED,
]
GET = [_answer({"space": SPACE}), *ALWAYS]
DELETE = [_answer({"message": "Space destroyed"}), *ALWAYS]
STOP = [_answer({"message": "Space paused"}), *ALWAYS]
START = [_answer({"message": "Space started"}), *ALWAYS]
EXEC = [
    _body({"command": "python3 --version"}),
    _answer({"stdout": "Python 3.11.2\n", "stderr": "", "exitCode": 0}),
    _error(400, "Command required", "COMMAND_INVALID"),
    *ALWAYS,
]
STATS = [_answer({"stats": _FIGURES}), *ALWAYS]
OBSERVABILITY = [
    _answer(
        {
            "observability": {
                "stats": _FIGURES,
                "workspaceDisk": {
                    "path": "/workspace",
                    "totalBytes": 107374182400,
                    "usedBytes": 53687091200,
                    "availBytes": 53687091200,
                    "usedPercent": 50.0,
                },
                "workspaceSizeBytes": 4096,
                "top": [{"pid": 7, "cpu": 1.5, "mem": 0.3, "etime": "00:12", "command": "python3 app.py"}],
                "bashHistoryTail": "ls\npython3 app.py",
            }
        }
    ),
    *ALWAYS,
]
FILES = [
    _answer(
        {
            "path": "/",
            "entries": [
                {"name": "hello.txt", "path": "/hello.txt", "type": "file", "size": 3, "mtimeMs": 1672531200000}
            ],
        }
    ),
    _error(404, "There is no “src”.", "FILE_NOT_FOUND"),
    UNAUTHORIZED,
]
FILE = [
    _answer({"path": "/hello.txt", "contentBase64": "aGkK", "truncated": False}),
    _error(400, "path required", "VALIDATION_ERROR"),
    _error(404, "There is no “hello.txt”.", "FILE_NOT_FOUND"),
    UNAUTHORIZED,
]
FILE_PUT = [
    _body({"contentBase64": "aGkK"}),
    OK,
    _error(400, "contentBase64 required", "VALIDATION_ERROR"),
    *ALWAYS,
]
PUSH = [
    _body({"repoPath": "/repo", "remote": "origin", "branch": "main", "token": "ghp_0123456789"}),
    _answer({"stdout": "", "stderr": "To https://git.example.org/team/app.git\n", "exitCode": 0}),
    *ALWAYS,
]

_YAML = "name: my-template\nresources:\n  memory: 2g\n"
TEMPLATES = [_answer({"templates": [{"name": "default", "description": "2 GB, one core"}]}), UNAUTHORIZED]
TEMPLATE = [_answer({"name": "my-template", "yaml": _YAML}), UNAUTHORIZED, TEMPLATE_NOT_FOUND]
TEMPLATE_PUT = [
    _body({"yaml": _YAML}),
    _answer(
        {
            "template": {
                "name": "my-template",
                "description": "",
                "resources": {"memory": 2147483648},
                "security": {"writableRootfs": True},
                "network": {"mode": "internet", "blockCidrs": []},
                "workspace": {},
                "desktop": {"menu": False},
                "yaml": _YAML,
            }
        }
    ),
    _error(400, "yaml required", "VALIDATION_ERROR"),
    STAFF_ONLY,
    UNAUTHORIZED,
]
TEMPLATE_DELETE = [OK, UNAUTHORIZED, STAFF_ONLY, TEMPLATE_NOT_FOUND]

_CAPABILITIES = {"gpu": False, "arch": "x64", "platform": "linux", "cpus": 8, "memory": 33554432000}
_NODE = {
    "name": "rtx3090",
    "url": "http://rtx3090.tailnet.example:7777",
    "status": "online",
    "latencyMs": 12,
    "capabilities": _CAPABILITIES | {"gpu": True, "gpuName": "NVIDIA GeForce RTX 3090", "gpuMemory": 25769803776},
}
NODES = [_answer({"nodes": [_NODE], "lastUpdatedAt": 1730000000000}), UNAUTHORIZED]
CAPABILITIES = [_answer(_CAPABILITIES), UNAUTHORIZED]
SYSTEM = [
    _answer(
        {
            "hostname": "machine",
            "platform": "linux",
            "arch": "x64",
            "cpus": 8,
            "loadAverage": [0.5, 0.4, 0.3],
            "memory": {"total": 33554432000, "free": 16777216000, "used": 16777216000, "percentage": 50.0},
            "disk": {"total": 107374182400, "used": 53687091200, "available": 53687091200, "percentage": 50.0},
            "uptime": 86400,
            "docker": {
                "version": "27.0.0",
                "containers": 3,
                "containersRunning": 2,
                "containersPaused": 1,
                "images": 5,
            },
            "capabilities": _CAPABILITIES,
        }
    ),
    UNAUTHORIZED,
]
AUDIT = [
    _answer(
        {
            "events": [
                {
                    "ts": "2023-01-01T00:00:00.000Z",
                    "type": "space.create",
                    "space": "my-space",
                    "meta": {"memory": "2048m", "cpus": 1, "gpu": False, "image": "spaces/terminal"},
                },
                {
                    "ts": "2023-01-01T00:01:00.000Z",
                    "type": "space.exec",
                    "space": "my-space",
                    "meta": {"command": "python3 --version"},
                },
            ]
        }
    ),
    UNAUTHORIZED,
]
