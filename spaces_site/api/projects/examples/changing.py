"""What is changed of a project."""

from __future__ import annotations

from spaces_site.api.projects.examples.base import (
    ALWAYS,
    OWNER_ONLY,
    WRONG_PASSWORD,
    answer,
    body,
    done,
    error,
)

DISK_USAGE = [
    answer(
        {
            "success": True,
            "diskUsage": {
                "bytes": 1234567890,
                "totalBytes": 9876543210,
                "readable": "1.1 GB",
                "totalReadable": "9.2 GB",
            },
        }
    ),
    *ALWAYS,
]
NOTES = [answer({"success": True, "notes": "Student should complete exercises 1-3."}), *ALWAYS]
NOTES_SET = [
    body({"notes": "Updated instructions for this workspace."}),
    done("Notes updated successfully"),
    *ALWAYS,
]
RENAME = [body({"name": "New Project Name"}), done("Project name updated successfully"), OWNER_ONLY, *ALWAYS]
GROUP = [
    body({"group": "workshop-2026"}),
    done("Project group updated successfully", group="workshop-2026"),
    OWNER_ONLY,
    *ALWAYS,
]
PASSWORD = [
    body({"currentPassword": "old-password", "newPassword": "new-secure-password"}),
    body({"currentPassword": "old-password", "removePassword": True}, "To remove it"),
    done("Password updated successfully", passwordProtected=True),
    error(
        400,
        "INVALID_PASSWORD",
        "Password too short or weak",
        "Password must be at least 8 characters.",
        newPassword="Password must be at least 8 characters",
    ),
    WRONG_PASSWORD,
    *ALWAYS,
]
