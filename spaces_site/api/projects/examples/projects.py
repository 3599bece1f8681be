"""Making, listing, starting, stopping and deleting."""

from __future__ import annotations

from spaces_site.api.projects.examples.base import (
    ALWAYS,
    BRIEF,
    CONTAINER,
    PASSWORD_GIVEN,
    PROJECT,
    SIGN_IN,
    WRONG_PASSWORD,
    answer,
    body,
    done,
    error,
)

CREATE = [
    body(
        {
            "projectName": "my-awesome-project",
            "projectType": "python-flask",
            "passwordProtected": True,
            "password": "secure-password-123",
            "createGitRepo": True,
        }
    ),
    body(
        {
            "projectName": "tool",
            "projectType": "git-clone",
            "gitUrl": "https://git.example.org/team/tool.git",
            "gitUsername": "ann",
            "gitToken": "ghp_0123456789",
            "memoryLimit": "4g",
            "cpuCores": "2",
            "group": "workshop-2026",
        },
        "A repository",
    ),
    answer({"success": True, "project": PROJECT, "password": "secure-password-123"}, 201),
    error(
        400,
        "VALIDATION_ERROR",
        "Validation failed",
        "Project name must be 3-50 characters. Password must be at least 8 characters.",
        projectName="Project name must be 3-50 characters",
        password="Password must be at least 8 characters",  # noqa: S106 - what is said of one
    ),
    error(400, "PROJECT_EXISTS", "Project name already exists", "You have a workspace of that name already."),
    error(
        409,
        "WORKSPACE_LIMIT_EXCEEDED",
        "Maximum workspaces per user reached",
        "You have all 5 workspaces that you may have. Delete one first.",
        limit=5,
    ),
    error(
        500,
        "CONTAINER_CREATE_FAILED",
        "Failed to create Docker container",
        "The app ended while it was starting.",
        projectId="abc123def456",
    ),
    SIGN_IN,
]
LIST = [answer({"success": True, "projects": [PROJECT], "count": 1}), SIGN_IN]
GROUPS = [
    answer(
        {
            "success": True,
            "groups": ["workshop-2026"],
            "details": [
                {
                    "name": "workshop-2026",
                    "count": 1,
                    "projects": [{key: PROJECT[key] for key in ("id", "projectId", "name", "projectName")}],
                }
            ],
        }
    ),
    SIGN_IN,
]
GET = [answer({"success": True, "project": {**PROJECT, "container": CONTAINER}}), *ALWAYS]
DELETE = [PASSWORD_GIVEN, done("Project deleted successfully", projectId="abc123def456"), WRONG_PASSWORD, *ALWAYS]
START = [PASSWORD_GIVEN, done("Workspace started successfully", project=BRIEF), WRONG_PASSWORD, *ALWAYS]
STOP = [
    PASSWORD_GIVEN,
    done("Workspace stopped successfully", projectId="abc123def456", project={**BRIEF, "status": "stopped"}),
    WRONG_PASSWORD,
    *ALWAYS,
]
