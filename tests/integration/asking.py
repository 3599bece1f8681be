"""Requests to an API of the running product by somebody with a token, for the replays of documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests

from tests.harness import Platform

Ask = Callable[..., requests.Response]
"""`ask(method, path below /api, body)`."""


def asking(platform: Platform, email: str, staff: bool = False) -> Ask:
    """Asks as that person."""
    token = platform.token(email, staff=staff)

    def ask(method: str, path: str, body: Any = None) -> requests.Response:
        return platform.request(method, f"/api{path}", token=token, json=body)

    return ask


def answered(response: requests.Response, status: int = 200) -> Any:
    """The body of an answer that has that status."""
    assert response.status_code == status, response.text
    return response.json()
