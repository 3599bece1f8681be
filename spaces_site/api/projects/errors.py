"""How the projects API says that something went wrong: the codes, texts and statuses of its document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from spaces_site.errors import Invalid, SpacesError

VALIDATION_ERROR = "VALIDATION_ERROR"
DOCUMENTED: dict[str, tuple[int, str, str]] = {
    "NAME_TAKEN": (400, "PROJECT_EXISTS", "Project name already exists"),
    "INVALID_PROJECT_NAME": (400, "INVALID_PROJECT_NAME", "Project name contains invalid characters"),
    "INVALID_PROJECT_TYPE": (400, "INVALID_PROJECT_TYPE", "Unsupported project template type"),
    "STARTER_NOT_FOR_KIND": (400, "INVALID_PROJECT_TYPE", "Unsupported project template type"),
    "STARTER_UNKNOWN": (400, "INVALID_PROJECT_TYPE", "Unsupported project template type"),
    "INVALID_PASSWORD": (400, "INVALID_PASSWORD", "Password too short or weak"),
    "PASSWORD_INVALID": (400, "INVALID_PASSWORD", "Password too short or weak"),
    "PROXY_MODE_UNAVAILABLE": (400, "PROXY_MODE_UNAVAILABLE", "This proxy mode is not available here"),
    "WORKSPACE_PASSWORD": (
        401,
        "INVALID_WORKSPACE_PASSWORD",
        "Invalid password for password-protected workspace",
    ),
    "WORKSPACE_NOT_FOUND": (404, "PROJECT_NOT_FOUND", "Project not found"),
    "WORKSPACE_LIMIT": (409, "WORKSPACE_LIMIT_EXCEEDED", "Maximum workspaces per user reached"),
    "RUNNING_LIMIT": (409, "CONCURRENT_LIMIT_REACHED", "Maximum concurrent workspaces reached"),
    "CONTAINER_CREATE_FAILED": (500, "CONTAINER_CREATE_FAILED", "Failed to create Docker container"),
}
"""By our code: the status, code and text that the document has for it."""
CLONE_FAILED = "Failed to clone project"
DOCUMENTED_CLONING: dict[str, tuple[int, str, str]] = {
    code: (400, DOCUMENTED[code][1], CLONE_FAILED) for code in ("PASSWORD_INVALID", "INVALID_PASSWORD")
} | {
    "WORKSPACE_LIMIT": (400, "WORKSPACE_LIMIT_EXCEEDED", CLONE_FAILED),
    "RUNNING_LIMIT": (400, "CONCURRENT_LIMIT_REACHED", CLONE_FAILED),
    VALIDATION_ERROR: (400, VALIDATION_ERROR, CLONE_FAILED),
    "CLONE_COUNT": (400, "INVALID_COUNT", CLONE_FAILED),
    "CLONE_SOURCE": (400, "PROJECT_NOT_READY", CLONE_FAILED),
}
"""What is different at the address that clones: all that the caller asked in vain is a 400 there."""
NAMES = {
    "name": "projectName",
    "kind": "projectType",
    "starter": "projectType",
    "memory_mb": "memoryLimit",
    "cpus": "cpuCores",
    "repository": "gitUrl",
    "token": "gitToken",
    "username": "gitUsername",
    "auth_username": "authUsername",
    "auth_password": "authPassword",
    "protected": "authProtected",
}
"""What the fields of the services are called here, unless the caller or the address calls them otherwise."""


class ErrorOut(TypedDict):
    """`error` is the document's text and `message` says more; `details` has what is wrong by field."""

    success: bool
    error: str
    code: str
    details: dict[str, Any]
    message: str


Documented = Mapping[str, tuple[int, str, str]]


def error_out(error: SpacesError, names: Mapping[str, str], documented: Documented = DOCUMENTED) -> ErrorOut:
    """The documented shape. `names`: what a field is called at this address, where that is not as in `NAMES`."""
    details = details_out(error, names)
    _status, code, text = documented.get(error.code, (0, error.code, error.message))
    message = error.message
    if isinstance(error, Invalid) and details and error.code not in documented:
        _status, code, text = documented.get(VALIDATION_ERROR, (400, VALIDATION_ERROR, "Validation failed"))
    if isinstance(error, Invalid) and details:
        message = " ".join(_sentence(what) for what in details.values())
    return {"success": False, "error": text, "code": code, "details": details, "message": message}


def status_out(error: SpacesError, usual: int, documented: Documented = DOCUMENTED) -> int:
    """The document's status of an error, where it has one of its own."""
    return documented[error.code][0] if error.code in documented else usual


def details_out(error: SpacesError, names: Mapping[str, str]) -> dict[str, Any]:
    """What is wrong by the caller's names of the fields; beside mistakes in fields also numbers, such as a limit."""
    here = {field: names.get(field) or NAMES.get(field, field) for field in error.details}
    named = ((names.get(here[field], here[field]), what) for field, what in error.details.items())
    return {field: what for field, what in named if isinstance(what, (str, int, float))}


def _sentence(what: Any) -> str:
    text = str(what)
    return text if text.endswith((".", "!", "?")) else f"{text}."
