"""How the containers API says that something went wrong."""

from __future__ import annotations

from typing import TypedDict

from spaces_site.errors import SpacesError

NOT_FOUND = "Container not found"
MESSAGES = {"CONTAINER_NOT_FOUND": NOT_FOUND, "WORKSPACE_NOT_FOUND": NOT_FOUND}


class ErrorOut(TypedDict):
    """`error` is a stable code, `message` is for a person."""

    success: bool
    error: str
    message: str


def error_out(error: SpacesError) -> ErrorOut:
    """The documented shape."""
    return {"success": False, "error": error.code, "message": MESSAGES.get(error.code, error.message)}
