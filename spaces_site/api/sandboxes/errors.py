"""How the sandboxes API says that something went wrong: in one text, since its clients show nothing else."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from spaces_site.errors import Invalid, SpacesError, Unauthenticated

NAME_INVALID = "Invalid name (alphanumeric, _, - only)"
MESSAGES = {
    "WORKSPACE_NOT_FOUND": "Space not found",
    "NAME_TAKEN": "Space already exists",
    "NAME_INVALID": NAME_INVALID,
    "KIND_UNKNOWN": "Invalid image",
    "CLONE_FAILED": "Repo clone failed",
}
WITH_REASON = {"CLONE_FAILED", "KIND_UNKNOWN"}
"""Of these the reason follows."""


class ErrorOut(TypedDict):
    """`error` is for a person, `code` is stable; who is not signed in gets `{"error": "Unauthorized"}` alone."""

    error: str
    code: NotRequired[str]


def error_out(error: SpacesError) -> ErrorOut:
    """The documented shape."""
    if isinstance(error, Unauthenticated):
        return {"error": "Unauthorized"}
    return {"error": _message(error), "code": error.code}


def _message(error: SpacesError) -> str:
    ours = MESSAGES.get(error.code)
    if ours and error.code not in WITH_REASON:
        return ours
    text = error.message
    if isinstance(error, Invalid):
        more = [_detail(field, what) for field, what in error.details.items() if isinstance(what, str)]
        text = " ".join([text, *(what for what in more if what not in text)])
    return text if ours is None or text.startswith(ours) else f"{ours}: {text}"


def _detail(field: str, what: str) -> str:
    """What is wrong with a field; where a text has lines, with the line."""
    return f"{field}: {what}" if field.startswith("line ") else what
