"""What the examples of the projects API have in common."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

PROJECT = {
    "id": "abc123def456",
    "projectId": "abc123def456",
    "name": "my-awesome-project",
    "projectName": "my-awesome-project",
    "type": "python-flask",
    "projectType": "python-flask",
    "status": "running",
    "createdAt": "2024-01-15T10:30:00.000Z",
    "lastActivity": "2024-01-15T14:22:00.000Z",
    "lastAccessed": "2024-01-15T14:22:00.000Z",
    "workspaceUrl": "http://abc123def456.localhost:8000/",
    "passwordProtected": True,
    "hasGitRepo": False,
    "gitRepoUrl": None,
    "gitRepository": None,
    "gitUrl": None,
    "group": "workshop-2026",
    "notes": "",
    "memoryLimit": "2g",
    "cpuCores": "2",
    "proxyMode": "none",
    "diskUsage": None,
    "aliases": [],
    "owner": "developer",
}
BRIEF = {key: PROJECT[key] for key in ("id", "projectId", "status", "workspaceUrl")}
CONTAINER = {
    "status": "running",
    "health": "healthy",
    "uptime": "4h 15m",
    "resources": {"cpu": "0.8%", "memory": "1.2GB"},
}


def answer(value: Any, status: int = 200, name: str = "Answer") -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, status_codes=[status])


def body(value: Any, name: str = "Request") -> OpenApiExample:
    return OpenApiExample(name, value, request_only=True)


def error(status: int, code: str, text: str, message: str, **details: Any) -> OpenApiExample:
    value = {"success": False, "error": text, "code": code, "details": details, "message": message}
    return answer(value, status, code)


def done(message: str, **more: Any) -> OpenApiExample:
    return answer({"success": True, "message": message, **more})


SIGN_IN = error(401, "UNAUTHENTICATED", "Sign in first.", "Sign in first.")
NOT_FOUND = error(404, "PROJECT_NOT_FOUND", "Project not found", "There is no such workspace.")
OWNER_ONLY = error(403, "OWNER_ONLY", *["Only the owner of this workspace can do that."] * 2)
WRONG_PASSWORD = error(
    401,
    "INVALID_WORKSPACE_PASSWORD",
    "Invalid password for password-protected workspace",
    "That is not the password of this workspace.",
)
ALWAYS = [SIGN_IN, NOT_FOUND]
PASSWORD_GIVEN = body({"password": "workspace-password"})
