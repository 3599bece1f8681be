"""Requests and answers of the users API as its document shows them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

EMAIL = {"email": "user@example.com"}
PERSON = {"id": 1, **EMAIL, "username": "myusername", "is_admin": False}
TOKEN = "sp_Zb3x…"  # noqa: S105 - no token, a picture of one


def _answer(message: str, data: dict[str, Any], status: int = 200) -> OpenApiExample:
    value = {"success": True, "message": message, "data": data}
    return OpenApiExample("Answer", value, response_only=True, status_codes=[status])


def _error(status: int, message: str, error: str) -> OpenApiExample:
    value = {"success": False, "message": message, "error": error}
    return OpenApiExample(message, value, response_only=True, status_codes=[status])


def _body(value: dict[str, Any], name: str = "Request") -> OpenApiExample:
    return OpenApiExample(name, value, request_only=True)


MISSING_TOKEN = _error(401, "Sign in first.", "UNAUTHENTICATED")
CODE_INVALID = _error(400, "Invalid or expired verification code", "CODE_INVALID")

SEND = [
    _body(EMAIL),
    _answer("Verification code sent successfully", EMAIL),
    _error(400, "Invalid email format", "EMAIL_INVALID"),
]
SIGNUP = [
    _body({**EMAIL, "username": "myusername", "verificationCode": "123456"}),
    _answer("User created successfully", {**PERSON, "authorization": TOKEN}, 201),
    CODE_INVALID,
    _error(409, "Email already registered", "EMAIL_TAKEN"),
    _error(409, "Username already taken", "USERNAME_TAKEN"),
]
LOGIN = [
    _body({**EMAIL, "code": "123456"}),
    _answer("Login successful", {**PERSON, "authorization": TOKEN}),
    CODE_INVALID,
    _error(404, "User not found. Please sign up first.", "USER_NOT_FOUND"),
]
SIGNOUT = [_body({"authorization": TOKEN}), _answer("Sign out successful", EMAIL), MISSING_TOKEN]
ME = [_answer("User retrieved successfully", PERSON), MISSING_TOKEN]
UPDATE = [
    _body({"username": "newname"}),
    _answer("Profile updated successfully", PERSON | {"username": "newname"}),
    _error(409, "Username already taken", "USERNAME_TAKEN"),
    MISSING_TOKEN,
]
