"""KiCad and Blender as the Spaces API's document has them, on the running product, whose engine is the real one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.harness import Platform
from tests.waiting import eventually

pytestmark = pytest.mark.integration
EMAIL = "desktop@example.org"
DESCRIPTIONS = {"kicad": "KiCad PCB Design", "blender": "Blender 3D"}
APPEARS_SECONDS = 120
Call = Callable[..., Any]


@pytest.fixture
def call(platform: Platform) -> Iterator[Call]:
    """`call(verb, path, **fields)` below /api/v1/spaces, as somebody who has no space afterwards."""
    token = platform.token(EMAIL)

    def ask(verb: str, path: str, status: int = 200, **body: Any) -> Any:
        address, headers = f"/api/v1/spaces/{path}", {"authorization": token}
        answer = platform.request(verb, address, headers=headers, timeout=180, json=body or None)
        assert answer.status_code == status, answer.text
        return answer.json()

    yield ask
    for space in ask("GET", "list")["spaces"]:
        ask("DELETE", f"delete/{space['id']}")


@pytest.mark.parametrize("kind", DESCRIPTIONS)
def test_a_desktop_is_made_shown_stopped_started_and_deleted(kind: str, call: Call, platform: Platform) -> None:
    platform.manage("images", "--only", "desktop", "--only", kind)
    space = call("POST", "create", 201, type=kind, password="container_password")
    assert (space["message"], space["type"]) == ("Container created successfully", kind)
    assert (space["description"], space["image"], space["port"]) == (DESCRIPTIONS[kind], f"spaces/{kind}", 6080)
    number, public_id = space["spaceId"], re.findall(r"//([a-z0-9]{12})\.", space["accessUrl"])[0]

    def inside(path: str, host: str = public_id) -> requests.Response:
        return platform.get(platform.workspace_url(host, path), token=platform.token(EMAIL))

    def app() -> str:
        answer = inside("/desktop.json")
        return str(answer.json()["app"]) if answer.status_code == 200 else ""

    eventually(lambda: call("GET", f"status/{number}")["status"] not in ("created", "starting"), "it is made", 300)
    made = call("GET", f"status/{number}")
    assert (made["status"], made["error"]) == ("running", None)
    eventually(lambda: app() == "there", "the window of its application is on the desktop", APPEARS_SECONDS)
    for host in (public_id, f"{public_id}-6081"):
        page = inside("/", host)
        assert page.status_code == 200 and 'id="desk"' in page.text, page.text
    picture = inside("/picture.jpg?width=320")
    assert picture.headers["Content-Type"] == "image/jpeg" and picture.content.startswith(b"\xff\xd8\xff")
    assert inside("/desktop.json").json()["key"] != inside("/desktop.json", f"{public_id}-6081").json()["key"]

    stopped = {"message": "Container stopped successfully", "spaceId": number}
    assert call("POST", f"stop/{number}").items() >= stopped.items()
    assert call("GET", f"status/{number}")["running"] is False
    call("POST", f"start/{number}")
    eventually(lambda: app() == "there", "its application is there again", APPEARS_SECONDS)
    (listed,) = call("GET", "list")["spaces"]
    assert (listed["type"], listed["description"], listed["running"]) == (kind, DESCRIPTIONS[kind], True)
    assert call("DELETE", f"delete/{number}") == {"message": "Space deleted successfully", "spaceId": number}
