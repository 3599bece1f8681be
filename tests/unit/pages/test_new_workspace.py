"""The form for a new workspace."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from tests.unit.pages.conftest import Browser
from tests.unit.pages.page import Page
from workspaces.models import ImageBuild, Kind, Workspace

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
