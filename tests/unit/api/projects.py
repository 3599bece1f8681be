"""What the tests of the projects API have in common."""

from __future__ import annotations

import re
from typing import Any

from accounts.models import User
from tests.unit.api.conftest import caller
from workspaces.models import Share, Workspace

ROOT = "/api/projects"
NEW = {"projectName": "my-awesome-project", "projectType": "python-flask"}
PASSWORD = "secure-password-123"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
KEYS = {
    "id", "projectId", "name", "projectName", "type", "projectType", "status", "createdAt", "lastActivity",
    "lastAccessed", "workspaceUrl", "passwordProtected", "hasGitRepo", "gitRepoUrl", "gitRepository", "gitUrl", "group",
    "notes", "memoryLimit", "cpuCores", "proxyMode", "diskUsage", "aliases", "owner",
}  # fmt: skip


def refused(answer: Any, status: int, code: str, error: str | None = None, **details: Any) -> dict[str, Any]:
    """The body of an error, which always has the same keys."""
    body = dict(answer.json())
    assert (answer.status_code, body["code"]) == (status, code), body
    assert set(body) == {"success", "error", "code", "details", "message"}
    assert body["success"] is False and body["message"]
    assert error is None or body["error"] == error
    assert not details or body["details"] == details
    return body


def project_of(owner: User) -> dict[str, Any]:
    """A running project of theirs."""
    answer = caller(owner)("post", f"{ROOT}/create", NEW)
    assert answer.status_code == 201, answer.content
    return dict(answer.json()["project"])


def protected_of(owner: User, shared_with: User) -> str:
    """Path of a running project of theirs that has the password `PASSWORD`."""
    body = NEW | {"passwordProtected": True, "password": PASSWORD}
    answer = caller(owner)("post", f"{ROOT}/create", body)
    Share.objects.create(workspace=Workspace.objects.get(), user=shared_with)
    return f"{ROOT}/{answer.json()['project']['id']}"
