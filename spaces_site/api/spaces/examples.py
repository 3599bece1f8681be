"""Requests and answers of the Spaces API as its document shows them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

SPACE = {"spaceId": 1, "containerId": "8f0c1d2e3a4b"}
URL = "http://kq3vx8d2m5ab.localhost:8000/"
APP = {"type": "code-server", "description": "VS Code Server"}
DESKTOP = {"type": "kicad", "description": "KiCad PCB Design"}


def _answer(value: Any, status: int = 200, name: str = "Answer") -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, status_codes=[status])


def _error(status: int, message: str, error: str, **more: Any) -> OpenApiExample:
    return _answer({"success": False, "message": message, "error": error, **more}, status, message)


def _body(value: Any, name: str = "Request") -> OpenApiExample:
    return OpenApiExample(name, value, request_only=True)


MISSING_TOKEN = _error(401, "Sign in first.", "UNAUTHENTICATED")
NOT_FOUND = _error(404, "Space not found", "WORKSPACE_NOT_FOUND")
ENGINE_AWAY = _error(
    503,
    "The engine that runs workspaces does not answer. Nothing was changed; try again in a minute.",
    "SERVICE_UNAVAILABLE",
)
ALWAYS = [MISSING_TOKEN, NOT_FOUND]

_CREATED = {"message": "Container created successfully", **SPACE}
_STARTED = {"accessUrl": URL, "status": "running", "error": None}

CREATE = [
    _body({"password": "container_password", "type": "code-server"}),
    _body({"type": "kicad"}, "A desktop, for its owner alone"),
    _answer(
        {**_CREATED, **APP, "image": "spaces/code-server", "port": 13337, **_STARTED},
        201,
    ),
    _answer(
        {**_CREATED, **DESKTOP, "image": "spaces/kicad", "port": 6080, **_STARTED},
        201,
        "A desktop",
    ),
    _error(
        400,
        "Invalid container type",
        "Invalid container type",
        validTypes=["code-server", "kicad", "blender", "terminal"],
    ),
    _error(403, "Maximum space limit reached (3 spaces)", "WORKSPACE_LIMIT"),
    MISSING_TOKEN,
    ENGINE_AWAY,
]
START = [_answer({"message": "Container started successfully", **SPACE}), *ALWAYS, ENGINE_AWAY]
STOP = [_answer({"message": "Container stopped successfully", **SPACE}), *ALWAYS, ENGINE_AWAY]
STATUS = [
    _answer(
        {
            **SPACE,
            **APP,
            "accessUrl": URL,
            "status": "running",
            "running": True,
            "startedAt": "2023-01-01T00:00:00.000Z",
            "finishedAt": "0001-01-01T00:00:00Z",
            "error": None,
        }
    ),
    *ALWAYS,
]
LIST = [
    _answer(
        {
            "message": "Spaces retrieved successfully",
            "spaces": [
                {
                    "id": 1,
                    **APP,
                    "image": "spaces/code-server",
                    "port": 13337,
                    "access_url": URL,
                    "created_at": "2023-01-01T00:00:00.000Z",
                    "container_id": SPACE["containerId"],
                    "name": "VS Code",
                    "password": "container_password",
                    "running": True,
                    "is_favorite": False,
                    "last_opened_at": None,
                    "status": "running",
                    "error": None,
                }
            ],
        }
    ),
    MISSING_TOKEN,
]
DELETE = [_answer({"message": "Space deleted successfully", "spaceId": 1}), *ALWAYS, ENGINE_AWAY]
FAVORITE = [_body({"is_favorite": True}), _answer({"success": True, "is_favorite": True}), *ALWAYS]
