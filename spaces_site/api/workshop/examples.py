"""Requests and answers of the workshop API as its document shows them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

from workshop.texts import TEXTS

URL = "http://localhost:8000/workshop/seat/mC2dXb7Jt0KXWv3yQ5Rk9ZpLhNfEaGuS/"
SEAT = {"workspaceUrl": URL, "projectName": "Workshop 1"}
WHO = {"name": "Max Mustermann", "email": "max@example.com"}
RELEASED = {**WHO, **SEAT, "claimedAt": "2026-04-19T10:00:00.000Z"}
CLAIMED = {"projectId": "abc123def456", **RELEASED}
GERMAN = TEXTS["de"]


def _answer(value: Any, status: int = 200, name: str = "Answer") -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, status_codes=[status])


def _error(status: int, error: str, code: str, **more: str) -> OpenApiExample:
    return _answer({"error": error, "code": code, **more}, status, code)


UNAUTHORIZED = _answer({"error": "Unauthorized"}, 401, "Unauthorized")
STATUS = [_answer({"available": 15, "total": 20, "claimed": 5})]
CLAIM = [
    OpenApiExample("Request", WHO, request_only=True),
    _answer(SEAT),
    _error(400, GERMAN["NAME_REQUIRED"], "NAME_REQUIRED"),
    _error(400, GERMAN["EMAIL_INVALID"], "EMAIL_INVALID"),
    _error(409, GERMAN["ALREADY_CLAIMED"], "ALREADY_CLAIMED", **SEAT),
    _error(503, GERMAN["NO_SEATS"], "NO_SEATS"),
]
CLAIMS = [
    _answer({"claims": [CLAIMED], "history": [{**CLAIMED, "releasedAt": "2026-04-19T18:00:00.000Z"}]}),
    UNAUTHORIZED,
]
RELEASE = [
    _answer({"success": True, "released": RELEASED}),
    UNAUTHORIZED,
    _error(404, GERMAN["CLAIM_NOT_FOUND"], "CLAIM_NOT_FOUND"),
]
