"""Copies of a project."""

from __future__ import annotations

from spaces_site.api.projects.examples.base import ALWAYS, WRONG_PASSWORD, answer, body, error

_TEXT = "Failed to clone project"
_TOO_MANY = "Cannot create 10 clones: only 3 workspace slots remaining (limit: 5)"
CLONE = [
    body({"count": 2, "password": "optional-student-password"}),
    body({"count": "2", "sourcePassword": "workspace-password"}, "Of a protected project of somebody else's"),
    answer(
        {
            "success": True,
            "message": 'Cloning 2 workspaces from "Base Workshop"',
            "sourceProjectId": "abc123def456",
            "sourceProjectName": "Base Workshop",
            "clones": [
                {"projectId": "bcd234efg567", "projectName": "Base Workshop 1", "status": "creating"},
                {"projectId": "cde345fgh678", "projectName": "Base Workshop 2", "status": "creating"},
            ],
            "totalCount": 2,
        },
        202,
    ),
    error(400, "WORKSPACE_LIMIT_EXCEEDED", _TEXT, _TOO_MANY, limit=5, left=3),
    error(
        400,
        "INVALID_COUNT",
        _TEXT,
        "Count must be a whole number between 1 and 50.",
        count="Count must be a whole number between 1 and 50",
    ),
    WRONG_PASSWORD,
    *ALWAYS,
]
