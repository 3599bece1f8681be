"""Name, notes and group of a project."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from spaces_site.api.projects.wire.projects import address_of
from tests.unit.api.conftest import Call
from tests.unit.api.projects import NEW, ROOT, protected_of, refused
from workspaces.gateway.tickets import workspace_url
from workspaces.models import Workspace

pytestmark = pytest.mark.usefixtures("engine", "code_server", "terminal", "volume_of")


@pytest.fixture
def protected(alice: User, bob: User) -> str:
    """Path of a protected project of Alice's, shared with Bob."""
    return protected_of(alice, bob)


def test_notes_are_written_and_read(as_alice: Call, as_bob: Call, protected: str) -> None:
    path = f"{protected}/notes"
    assert as_alice("get", path).json() == {"success": True, "notes": ""}
    text = "  Student should complete exercises 1-3.\n\nÜbung 4 ist freiwillig.\n"
    answer = as_bob("put", path, {"notes": text})  # who works in it may
    assert answer.json() == {"success": True, "message": "Notes updated successfully"}
    assert as_alice("get", path).json()["notes"] == text
    assert as_alice("put", path, {"notes": "ä" * 5120}).status_code == 200, "10,240 bytes"
    for notes in ("ä" * 5121, "x" * 10241, "a\0b"):
        answer = refused(as_alice("put", path, {"notes": notes}), 400, "VALIDATION_ERROR", "Validation failed")
        assert set(answer["details"]) == {"notes"}
    for body in ({}, {"notes": None}, {"notes": []}):
        refused(as_alice("put", path, body), 400, "VALIDATION_ERROR", notes="Notes are a text")
    assert as_alice("put", path, {"notes": ""}).status_code == 200


def test_a_project_is_renamed(as_alice: Call, as_bob: Call, protected: str) -> None:
    path = f"{protected}/name"
    answer = as_alice("put", path, {"name": "New Project Name"})
    assert answer.json() == {"success": True, "message": "Project name updated successfully"}
    assert as_alice("get", protected).json()["project"]["name"] == "New Project Name"
    assert as_alice("put", path, {"projectName": "Übung 1: alles!"}).status_code == 200
    wrong = "Project name must be 1-100 characters"
    for body in ({}, {"name": ""}, {"name": "  "}, {"name": "x" * 101}, {"name": []}, {"name": None}):
        refused(as_alice("put", path, body), 400, "VALIDATION_ERROR", "Validation failed", name=wrong)
    assert set(refused(as_alice("put", path, {"name": "a\nb"}), 400, "VALIDATION_ERROR")["details"]) == {"name"}
    assert set(refused(as_alice("put", path, {"projectName": "x" * 101}), 400, "VALIDATION_ERROR")["details"]) == {
        "projectName"
    }
    as_alice("post", f"{ROOT}/create", NEW | {"projectName": "taken"})
    answer = refused(as_alice("put", path, {"name": "Taken"}), 400, "PROJECT_EXISTS", "Project name already exists")
    assert set(answer["details"]) == {"name"}
    refused(as_bob("put", path, {"name": "mine"}), 403, "OWNER_ONLY")


def test_a_project_is_put_into_groups_and_out_of_them(as_alice: Call, as_bob: Call, protected: str) -> None:
    path = f"{protected}/group"
    answer = as_alice("put", path, {"group": "workshop-2026"})
    message = "Project group updated successfully"
    assert answer.json() == {"success": True, "message": message, "group": "workshop-2026"}
    assert as_alice("get", protected).json()["project"]["group"] == "workshop-2026"
    for name in ("", None, "Uncategorized"):
        assert as_alice("put", path, {"group": name}).json()["group"] == "Uncategorized"
    for body in ({}, {"group": []}, {"group": "a/b"}, {"group": "x" * 51}):
        assert set(refused(as_alice("put", path, body), 400, "VALIDATION_ERROR")["details"]) == {"group"}
    refused(as_bob("put", path, {"group": "mine"}), 403, "OWNER_ONLY")


def test_groups_are_those_that_projects_are_in(as_alice: Call, as_bob: Call, protected: str) -> None:
    for name, group in (("one", "workshop-2026"), ("two", "Team Alpha"), ("three", "workshop-2026")):
        assert as_alice("post", f"{ROOT}/create", NEW | {"projectName": name, "group": group}).status_code == 201
    seen = as_alice("get", f"{ROOT}/groups").json()
    assert seen["groups"] == ["Team Alpha", "workshop-2026", "Uncategorized"]
    assert [(one["name"], one["count"]) for one in seen["details"]] == [
        ("Team Alpha", 1), ("workshop-2026", 2), ("Uncategorized", 1),
    ]  # fmt: skip
    assert [one["name"] for one in seen["details"][1]["projects"]] == ["one", "three"]
    assert all(len(one["id"]) == 12 for group in seen["details"] for one in group["projects"])
    assert as_bob("get", f"{ROOT}/groups").json()["groups"] == ["Uncategorized"]


def test_without_projects_there_are_no_groups(as_charlie: Call) -> None:
    assert as_charlie("get", f"{ROOT}/groups").json() == {"success": True, "groups": [], "details": []}


def test_the_address_is_the_gateway_s_whatever_the_site_s(as_alice: Call, settings: Any) -> None:
    for url, host in (("https://spaces.example.org", "spaces.example.org"), ("http://localhost:8123", "localhost")):
        settings.BASE_URL, settings.BASE_HOST = url, host
        assert address_of("abc123def456") == workspace_url(Workspace(public_id="abc123def456"))
