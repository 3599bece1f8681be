"""The form for a new workspace."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.actors import Actor
from accounts.models import User
from tests.unit.pages.conftest import Browser
from tests.unit.pages.page import Page
from workspaces.models import ImageBuild, Kind, Setup, Workspace, WorkspaceGroup
from workspaces.sealing import unseal
from workspaces.starters import STARTERS, starter_files
from workspaces.states import State
from workspaces.templating import template_put
from workspaces.views.starters import KIND

Put = Callable[..., Workspace]


def test_the_form_offers_kinds_with_their_images(
    browser: Browser, alice: User, code_server: Kind, terminal: Kind, engine: object
) -> None:
    ImageBuild.objects.update_or_create(
        ref=terminal.image, defaults={"state": "building", "percent": 42, "step": "Step 5/12"}
    )
    response = browser(alice).get("/workspaces/new", {"kind": "terminal"})
    page, text = Page(response), response.content.decode()
    kinds = [radio["value"] for radio in page.all("input", name="kind")]
    assert kinds == ["code-server", "kicad", "blender", "terminal"]
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


def test_starters_are_offered_with_a_word_and_a_command(browser: Browser, alice: User, code_server: Kind,
                                                        engine: object) -> None:  # fmt: skip
    response = browser(alice).get("/workspaces/new")
    page, text = Page(response), response.content.decode()
    assert [radio["value"] for radio in page.all("input", name="starter")] == [starter.slug for starter in STARTERS]
    assert "checked" in page.all("input", name="starter", value="empty")[0]
    for starter in STARTERS:
        assert str(starter.description) in text
        assert starter.command in page.texts["code"] or not starter.command
    chosen = Page(browser(alice).get("/workspaces/new", {"starter": "java-spring", "group": "Labs"}))
    assert "checked" in chosen.all("input", name="starter", value="java-spring")[0]
    assert chosen.value("group") == "Labs"
    assert Page(browser(alice).get("/workspaces/new", {"starter": "nothing"})).problems() == []


def test_the_style_shows_starters_for_the_kind_that_they_are_for() -> None:
    style = (Path(site_settings.BASE_DIR) / "static/css/new.css").read_text()
    assert f'[name="kind"][value="{KIND}"]:checked) .starters' in style


@pytest.mark.parametrize("slug", [starter.slug for starter in STARTERS if starter.slug != "git-clone"])
def test_a_starter_and_a_group_go_along(slug: str, browser: Browser, alice: User, code_server: Kind,
                                        engine: object) -> None:  # fmt: skip
    browser(alice).post("/workspaces/new", {"kind": "code-server", "starter": slug, "group": "Labs"})
    made = Workspace.objects.get()
    assert made.group is not None
    assert (made.starter, made.group.name) == (slug, "Labs")
    stored = json.loads(unseal(Setup.objects.get().files_sealed))
    assert set(stored) == set(starter_files(slug))
    text = browser(alice).get(f"/workspaces/{made.public_id}/").content.decode()
    command = next(starter.command for starter in STARTERS if starter.slug == slug)
    assert (f'id="starter-command">{command}<' in text) == bool(command)


def test_a_terminal_gets_no_starter_whatever_is_chosen_out_of_sight(
    browser: Browser, alice: User, terminal: Kind, engine: object
) -> None:
    browser(alice).post("/workspaces/new", {"kind": "terminal", "starter": "python-flask"})
    assert Workspace.objects.get().starter == ""


def test_a_desktop_is_offered_with_its_drawing_and_what_it_needs(
    browser: Browser, alice: User, kicad: Kind, blender: Kind, engine: object
) -> None:
    text = browser(alice).get("/workspaces/new").content.decode()
    assert "#kind-kicad" in text and "#kind-blender" in text and "3 GB · 2 cores" in text


def test_a_desktop_may_begin_with_a_repository_and_never_with_a_starter(
    browser: Browser, alice: User, kicad: Kind, engine: object
) -> None:
    typed = {"kind": "kicad", "starter": "python-flask", "repository": "https://git.example.org/ann/board"}
    browser(alice).post("/workspaces/new", typed)
    made = Workspace.objects.get()
    assert (made.kind.slug, made.starter, made.git_url) == ("kicad", "", "https://git.example.org/ann/board")


def test_the_menu_of_a_template_goes_along(browser: Browser, alice: User, root: User, kicad: Kind,
                                           engine: object) -> None:  # fmt: skip
    template_put(Actor(root, "browser"), "name: open\nresources: {image: kicad}\ndesktop: {menu: true}")
    assert "checked" in Page(browser(alice).get("/workspaces/new?template=open")).all("input", value="kicad")[0]
    browser(alice).post("/workspaces/new", {"kind": "kicad", "template": "open"})
    browser(alice).post("/workspaces/new", {"kind": "kicad"})
    assert [one.desktop_menu for one in Workspace.objects.order_by("pk")] == [True, False]


def test_from_a_repository_asks_for_one_at_its_field_and_once(
    browser: Browser, alice: User, code_server: Kind, engine: object
) -> None:
    typed = {"kind": "code-server", "starter": "git-clone", "repository": ""}
    refused = browser(alice).post("/workspaces/new", typed)
    page = Page(refused)
    assert (refused.status_code, page.problems()) == (400, [])
    assert len(page.all("input", name="repository", aria_invalid="true")) == 1
    assert "open" in page.all("details", id="repository-part")[0]
    browser(alice).post("/workspaces/new", typed | {"repository": "https://git.example.org/ann/tool"})
    assert Workspace.objects.get().git_url == "https://git.example.org/ann/tool"


def test_an_unknown_starter_and_a_strange_group_are_said_at_their_fields(
    browser: Browser, alice: User, code_server: Kind, engine: object
) -> None:
    unknown = browser(alice).post("/workspaces/new", {"kind": "code-server", "starter": "cobol"})
    assert (unknown.status_code, Page(unknown).problems()) == (400, [])
    assert "starter-wrong" in unknown.content.decode()
    strange = browser(alice).post("/workspaces/new", {"kind": "code-server", "group": "<b>"})
    assert strange.status_code == 400
    assert Page(strange).all("input", name="group", aria_invalid="true")
    assert not Workspace.objects.exists()


def test_ones_own_groups_are_offered(browser: Browser, alice: User, bob: User, code_server: Kind,
                                     engine: object) -> None:  # fmt: skip
    for owner, name in ((alice, "Labs"), (bob, "Secret plans")):
        WorkspaceGroup.objects.create(owner=owner, name=name)
    response = browser(alice).get("/workspaces/new")
    assert Page(response).all("option", value="Labs")
    assert "Secret plans" not in response.content.decode()


@pytest.mark.parametrize(
    ("own", "memory", "cpus"),
    [({}, "8192", "4"), ({"max_memory_mb": 1024, "max_cpus": 0.5}, "1024", "0.5"),
     ({"max_memory_mb": 3000, "max_cpus": 3}, "3000", "3")],
)  # fmt: skip
def test_sizes_are_offered_up_to_what_one_may_have(
    own: dict[str, float], memory: str, cpus: str, browser: Browser, alice: User, code_server: Kind, engine: object
) -> None:
    User.objects.filter(pk=alice.pk).update(**own)
    page = Page(browser(alice).get("/workspaces/new"))
    numbers = [option["value"] for option in page.all("option") if option.get("value", "").replace(".", "").isdigit()]
    memories = [int(number) for number in numbers if "." not in number and int(number) >= 512]
    cores = [float(number) for number in numbers if float(number) < 512]
    assert (max(memories), max(cores)) == (int(memory), float(cpus))


def test_without_limits_what_is_offered_ends_somewhere(
    browser: Browser, alice: User, code_server: Kind, engine: object, settings: Any
) -> None:
    settings.ENABLE_RESOURCE_LIMITS = False
    text = browser(alice).get("/workspaces/new").content.decode()
    assert "64 GB" in text
    assert "1024 GB" not in text
    assert "of 5 run" not in text


def test_it_says_what_one_has_left(browser: Browser, alice: User, bob: User, put: Put) -> None:
    put(alice, "One")
    put(alice, "Two", State.STOPPED)
    put(bob, "His")
    assert "You have 2 of 5 workspaces; 1 of 5 run." in browser(alice).get("/workspaces/new").content.decode()
    User.objects.filter(pk=alice.pk).update(max_running=1)
    assert "Stop one first" in browser(alice).get("/workspaces/new").content.decode()
    User.objects.filter(pk=alice.pk).update(max_workspaces=2)
    text = browser(alice).get("/workspaces/new").content.decode()
    assert "You have all the workspaces that you may have." in text
