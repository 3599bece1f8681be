"""Requests and answers of the containers API as its document shows them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

PAIR = {"projectId": "shop", "workspaceId": "backend"}
CONTAINER = {
    "id": "kq3vx8d2m5ab",
    "containerId": "8f0c1d2e3a4b",
    "name": "shop-backend",
    "status": "running",
    "running": True,
    "image": "spaces/code-server",
    "port": 13337,
    "accessUrl": "http://kq3vx8d2m5ab.localhost:8000/",
    "createdAt": "2023-01-01T00:00:00.000Z",
    "startedAt": "2023-01-01T00:00:01.000Z",
    "finishedAt": None,
}


def _answer(value: Any, status: int = 200, name: str = "Answer") -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, status_codes=[status])


def _done(message: str, name: str = "Answer", success: bool = True) -> OpenApiExample:
    return _answer({"success": success, "message": message}, name=name)


def _error(status: int, message: str, error: str) -> OpenApiExample:
    return _answer({"success": False, "error": error, "message": message}, status, message)


def _body(value: Any, name: str = "Request") -> OpenApiExample:
    return OpenApiExample(name, value, request_only=True)


MISSING_TOKEN = _error(401, "Sign in first.", "UNAUTHENTICATED")
NOT_FOUND = _error(404, "Container not found", "CONTAINER_NOT_FOUND")
NOT_RUNNING = _error(409, "The workspace does not run. Start it first.", "NOT_RUNNING")
ALWAYS = [MISSING_TOKEN, _error(400, "projectId is required", "VALIDATION_ERROR")]

EXEC = [
    _body({**PAIR, "command": "python3 --version"}),
    _answer({"success": True, "output": "Python 3.11.2\n", "error": "", "exitCode": 0}),
    *ALWAYS,
    NOT_FOUND,
    NOT_RUNNING,
]
STATUS = [
    _body(PAIR),
    _answer(
        {
            "success": True,
            "message": "Container status retrieved successfully",
            "data": {**CONTAINER, "password": "container_password"},
        }
    ),
    *ALWAYS,
    NOT_FOUND,
]
START = [
    _body({**PAIR, "files": {"src/app.py": "print('hi')\n", "logo.png": {"contentBase64": "iVBORw0KGgo="}}}),
    _body({**PAIR, "type": "kicad"}, "A desktop"),
    _answer({"success": True, "message": "Container started successfully", "data": CONTAINER}),
    *ALWAYS,
]
STOP = [
    _body(PAIR),
    _done("Container stopped successfully"),
    _done("Container was already stopped", "It was stopped", success=False),
    *ALWAYS,
    NOT_FOUND,
]
SYNC = [
    _body({**PAIR, "files": {"src/app.py": "print('hi')\n"}, "clean": False}),
    _done("Files synced successfully"),
    _done("Workspace cleaned successfully", "With clean"),
    *ALWAYS,
    NOT_FOUND,
]
THEME = [_body({**PAIR, "theme": "Default Dark Modern"}), _answer({"success": True}), *ALWAYS, NOT_FOUND, NOT_RUNNING]
