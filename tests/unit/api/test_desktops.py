"""KiCad and Blender through each of the dialects: made with what they need, listed as what they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import User
from tests.unit.api.conftest import Call
from workspaces.models import Kind, Workspace
from workspaces.services import workspace_create
from workspaces.templating import template_put

pytestmark = pytest.mark.usefixtures("engine", "code_server", "terminal", "kicad", "blender", "volume_of")
SPACES, CONTAINERS, SANDBOXES, PROJECTS = "/api/v1/spaces", "/api/v1/containers", "/api/spaces", "/api/projects"
PAIR = {"projectId": "shop", "workspaceId": "board"}
NEEDS = {"kicad": 2048, "blender": 3072}
DESCRIPTIONS = {"kicad": "KiCad PCB Design", "blender": "Blender 3D"}
EACH_KIND = pytest.mark.parametrize("kind", NEEDS)


def made(kind: str) -> Workspace:
    workspace = Workspace.objects.get()
    assert (workspace.kind.slug, workspace.state, workspace.starter) == (kind, "running", "")
    assert (workspace.memory_mb, workspace.cpus) == (NEEDS[kind], 2)
    return workspace


@EACH_KIND
def test_spaces_make_them_and_call_them_as_the_document_does(kind: str, as_alice: Call) -> None:
    answer = as_alice("post", f"{SPACES}/create", {"type": kind, "password": "container_password"})
    workspace = made(kind)
    assert answer.status_code == 201
    space = answer.json()
    assert (space["type"], space["description"]) == (kind, DESCRIPTIONS[kind])
    assert (space["image"], space["port"], space["status"]) == (f"spaces/{kind}", 6080, "running")
    assert space["accessUrl"] == f"http://{workspace.public_id}.localhost:8000/"
    status = as_alice("get", f"{SPACES}/status/{space['spaceId']}").json()
    (listed,) = as_alice("get", f"{SPACES}/list").json()["spaces"]
    assert {(one["type"], one["description"]) for one in (status, listed)} == {(kind, DESCRIPTIONS[kind])}


def test_spaces_say_all_valid_types_in_their_order(as_alice: Call) -> None:
    answer = as_alice("post", f"{SPACES}/create", {"type": "freecad"})
    assert answer.json()["validTypes"] == ["code-server", "kicad", "blender", "terminal"]


@EACH_KIND
def test_containers_make_them_when_they_are_asked_for(kind: str, as_alice: Call) -> None:
    answer = as_alice("post", f"{CONTAINERS}/start", PAIR | {"type": kind})
    assert answer.status_code == 200
    assert (answer.json()["data"]["image"], answer.json()["data"]["port"]) == (f"spaces/{kind}", 6080)
    made(kind)
    again = as_alice("post", f"{CONTAINERS}/start", PAIR)
    assert again.json()["data"]["id"] == answer.json()["data"]["id"], "what is there stays what it is"


def test_containers_refuse_a_type_that_there_is_not_and_make_an_editor_without(as_alice: Call) -> None:
    refused = as_alice("post", f"{CONTAINERS}/start", PAIR | {"type": "freecad"})
    assert (refused.status_code, refused.json()["error"]) == (400, "KIND_UNKNOWN")
    assert not Workspace.objects.exists()
    usual = as_alice("post", f"{CONTAINERS}/start", PAIR | {"type": None})
    assert usual.json()["data"]["image"] == "spaces/code-server"


def test_a_desktop_has_no_colours_of_an_editor(as_alice: Call) -> None:
    as_alice("post", f"{CONTAINERS}/start", PAIR | {"type": "kicad"})
    answer = as_alice("post", f"{CONTAINERS}/vscode-theme", PAIR | {"theme": "Default Dark Modern"})
    assert (answer.status_code, answer.json()["error"]) == (409, "NO_EDITOR")


@EACH_KIND
@pytest.mark.parametrize("image", ["{}", "spaces/{}", "linuxserver/{}:latest"])
def test_sandboxes_make_them_by_kind_and_by_image(kind: str, image: str, as_alice: Call) -> None:
    answer = as_alice("post", SANDBOXES, {"name": "board", "image": image.format(kind)})
    assert answer.status_code == 201, answer.content
    assert answer.json()["space"]["image"] == f"spaces/{kind}"
    assert made(kind).template == "default"


def test_sandboxes_hold_to_sizes_that_somebody_named(as_alice: Call, root: User) -> None:
    template_put(Actor(root, "browser"), "name: small\nresources: {memory: 1g, cpus: 0.5}\ndesktop: {menu: true}")
    given = {"name": "a", "image": "blender", "memory": "4g", "cpus": 1}
    assert as_alice("post", SANDBOXES, given).json()["space"]["memory"] == 4 * 1024**3
    small = as_alice("post", SANDBOXES, {"name": "b", "image": "blender", "template": "small"}).json()["space"]
    assert (small["memory"], small["cpus"]) == (1024**3, 0.5)
    assert Workspace.objects.get(name="b").desktop_menu


@EACH_KIND
def test_projects_make_them_as_types(kind: str, as_alice: Call) -> None:
    answer = as_alice("post", f"{PROJECTS}/create", {"projectName": "board", "projectType": kind})
    assert answer.status_code == 201, answer.content
    project = answer.json()["project"]
    assert (project["type"], project["status"]) == (kind, "running")
    assert project["memoryLimit"] == f"{NEEDS[kind] // 1024}g"
    made(kind)
    (listed,) = as_alice("get", PROJECTS).json()["projects"]
    assert listed["projectType"] == kind


def test_a_project_of_a_kind_may_begin_with_a_repository(as_alice: Call) -> None:
    body = {"projectName": "board", "projectType": "kicad", "gitUrl": "https://git.example.org/ann/board"}
    answer = as_alice("post", f"{PROJECTS}/create", body, prefer="respond-async")
    assert answer.status_code == 201, answer.content
    workspace = Workspace.objects.get()
    assert (workspace.kind.slug, workspace.git_url) == ("kicad", "https://git.example.org/ann/board")
    wrong = as_alice("post", f"{PROJECTS}/create", body | {"projectName": "other", "gitUrl": "ftp://x"})
    assert (wrong.status_code, list(wrong.json()["details"])) == (400, ["gitUrl"])


def test_a_kind_that_is_off_is_no_type_of_a_project(as_alice: Call) -> None:
    Kind.objects.filter(slug="kicad").update(enabled=False)
    answer = as_alice("post", f"{PROJECTS}/create", {"projectName": "board", "projectType": "kicad"})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PROJECT_TYPE")
    assert answer.json()["details"]["projectType"].endswith("git-clone, blender, terminal")


@pytest.mark.parametrize(
    ("create", "seen"),
    [
        (lambda call: call("get", f"{SPACES}/list").json()["spaces"][0], ("type", "kicad")),
        (lambda call: call("get", SANDBOXES).json()["spaces"][0], ("image", "spaces/kicad")),
        (lambda call: call("get", PROJECTS).json()["projects"][0], ("type", "kicad")),
    ],
)
def test_one_that_was_made_on_the_page_is_seen_as_what_it_is(
    create: Callable[[Call], dict[str, Any]], seen: tuple[str, str], as_alice: Call, alice: User
) -> None:
    workspace_create(Actor(alice, "browser"), kind="kicad", name="board")
    assert create(as_alice)[seen[0]] == seen[1]
