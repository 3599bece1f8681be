"""The form for a new workspace."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from tests.unit.pages.conftest import Browser
from tests.unit.pages.page import Page
from workspaces.models import ImageBuild, Kind, Setup, Workspace
from workspaces.sealing import unseal

Put = Callable[..., Workspace]


def test_the_form_offers_kinds_with_their_images(
    browser: Browser, alice: User, code_server: Kind, terminal: Kind, engine: object
) -> None:
    ImageBuild.objects.update_or_create(
        ref=terminal.image, defaults={"state": "building", "percent": 42, "step": "Step 5/12"}
    )
    response = browser(alice).get("/workspaces/new", {"kind": "terminal"})
    page, text = Page(response), response.content.decode()
    assert [radio["value"] for radio in page.all("input", name="kind")] == ["code-server", "terminal"]
    assert "checked" in page.all("input", name="kind", value="terminal")[0]
    assert "42 %" in text
    assert "Step 5/12" in text
    assert page.problems() == []


def test_the_form_makes_a_workspace(browser: Browser, alice: User, code_server: Kind, engine: object) -> None:
    response = browser(alice).post(
        "/workspaces/new", {"kind": "code-server", "name": "", "memory_mb": "1024", "cpus": "0.5", "password": ""}
    )
    made = Workspace.objects.get()
    assert response.headers["Location"] == f"/workspaces/{made.public_id}/"
    assert (made.owner, made.memory_mb, made.cpus, made.has_password) == (alice, 1024, 0.5, False)


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [("name", "x" * 101, 400), ("name", "taken", 409), ("password", "short", 400), ("memory_mb", "9999999", 400),
     ("memory_mb", "lots", 400), ("cpus", "99", 400), ("cpus", "nan", 400)],
)  # fmt: skip
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    browser: Browser, alice: User, put: Put, field: str, value: str, status: int
) -> None:
    put(alice, "Taken")
    typed = {"kind": "code-server", "name": "My lab", "memory_mb": "", "cpus": "", "password": "long enough"}
    response = browser(alice).post("/workspaces/new", typed | {field: value})
    page = Page(response)
    assert response.status_code == status
    assert page.all("select" if field in ("memory_mb", "cpus") else "input", name=field, aria_invalid="true")
    assert page.value("name") == (value if field == "name" else "My lab")
    assert page.problems() == []
    assert Workspace.objects.count() == 1


def test_a_repository_variables_and_a_file_go_along(
    browser: Browser, alice: User, code_server: Kind, engine: object
) -> None:
    browser(alice).post(
        "/workspaces/new",
        {"kind": "code-server", "repository": "https://git.example.org/ann/tool", "branch": "main", "token": "ghp_1",
         "environment": "A=1\r\nB=two words", "env_file": "C=3\r\n", "env_file_path": "conf/.env"},
    )  # fmt: skip
    setup = Setup.objects.get()
    assert (setup.repo_url, setup.repo_branch, setup.repo_destination, setup.discard) == (
        "https://git.example.org/ann/tool", "main", "repo", False
    )  # fmt: skip
    assert unseal(setup.token_sealed) == "ghp_1"
    assert json.loads(unseal(setup.files_sealed)) == {"conf/.env": base64.b64encode(b"C=3\n").decode()}
    assert json.loads(unseal(setup.workspace.environment_sealed)) == {"A": "1", "B": "two words"}


def test_a_file_may_be_sent_from_the_computer(browser: Browser, alice: User, code_server: Kind, engine: object) -> None:
    upload = SimpleUploadedFile("prod.env", b"D=\xff\r\n")
    browser(alice).post("/workspaces/new", {"kind": "code-server", "env_file": "typed", "env_upload": upload})
    stored = json.loads(unseal(Setup.objects.get().files_sealed))
    assert stored == {".env": base64.b64encode(b"D=\xff\r\n").decode()}


@pytest.mark.parametrize(
    ("field", "value", "also"),
    [
        ("repository", "ftp://host/x", {}),
        ("repository", "", {"token": "x"}),
        ("branch", "--evil", {"repository": "https://host/x"}),
        ("destination", "../x", {"repository": "https://host/x"}),
        ("token", "two words", {"repository": "https://host/x"}),
        ("environment", "A=1\nnonsense", {}),
        ("env_file", "x" * 300_000, {}),
        ("env_file_path", "../x", {"env_file": "A=1"}),
        ("template", "nothing", {}),
    ],
)
def test_what_is_wrong_with_what_goes_along_stands_at_its_field(
    field: str, value: str, also: dict[str, str], browser: Browser, alice: User, code_server: Kind, engine: object
) -> None:
    typed = {"kind": "code-server", "name": "My lab", field: value, **also}
    response = browser(alice).post("/workspaces/new", typed)
    page = Page(response)
    element = {"environment": "textarea", "env_file": "textarea", "template": "select"}.get(field, "input")
    assert response.status_code == 400
    assert page.all(element, name=field, aria_invalid="true")
    assert page.value("name") == "My lab"
    assert page.problems() == []
    assert not Workspace.objects.exists()


def test_a_token_is_never_sent_back(browser: Browser, alice: User, code_server: Kind, engine: object) -> None:
    response = browser(alice).post(
        "/workspaces/new", {"kind": "nothing", "repository": "https://h/x", "token": "ghp_1"}
    )
    assert response.status_code == 400
    assert "ghp_1" not in response.content.decode()


def test_a_link_may_have_chosen_template_and_name(
    browser: Browser, alice: User, code_server: Kind, terminal: Kind, engine: object
) -> None:
    page = Page(browser(alice).get("/workspaces/new", {"template": "offline", "name": "lab"}))
    assert "selected" in page.all("option", value="offline")[0]
    assert page.value("name") == "lab"
    assert browser(alice).get("/workspaces/new", {"template": "nothing"}).status_code == 200
    browser(alice).post("/workspaces/new", {"kind": "terminal", "template": "offline"})
    assert Workspace.objects.get().network_mode == "none"
