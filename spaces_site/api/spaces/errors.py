"""How the Spaces API says that something went wrong."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from spaces_site.errors import SpacesError

MESSAGES = {
    "WORKSPACE_LIMIT": "Maximum space limit reached ({limit} spaces)",
    "RUNNING_LIMIT": "Maximum running space limit reached ({limit} spaces)",
    "WORKSPACE_NOT_FOUND": "Space not found",
    "KIND_UNKNOWN": "Invalid container type",
}


class ErrorOut(TypedDict):
    """`error` is a stable code; `validTypes` comes with an invalid type."""

    success: bool
    message: str
    error: str
    validTypes: NotRequired[list[str]]


def error_out(error: SpacesError) -> ErrorOut:
    """The documented shape; a wrong type also says which there are."""
    ours = MESSAGES.get(error.code)  # only these have places to fill: other texts may hold braces of their own
    message = ours.format(**error.details) if ours else error.message
    if error.code == "KIND_UNKNOWN":
        return {"success": False, "message": message, "error": message, "validTypes": error.details["offered"]}
    return {"success": False, "message": message, "error": error.code}
