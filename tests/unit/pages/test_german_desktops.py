"""Desktops, looking at them and the kinds that have them in German hold nothing in English."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import User
from tests.languages import left_in_english
from tests.unit.pages.conftest import Browser
from tests.unit.pages.test_german_inside import GERMAN, shared
from tests.unit.workshop.seated import seat_taken
from tests.unit.workspaces.administering import KINDS, kind_form
from tests.workshop_fixtures import MakeWorkshop
from workspaces.models import Kind, Share, Workspace
from workspaces.states import State
from workspaces.templating import template_put

Put = Callable[..., Workspace]


@pytest.fixture
def kicad(db: None) -> Kind:
    """As it comes with the platform."""
    return Kind.objects.get(slug="kicad")


@pytest.fixture
def board(put: Put, alice: User, kicad: Kind) -> Workspace:
    return put(alice, "Lab", State.RUNNING, kind=kicad, desktop_menu=True)


def test_all_kinds_are_offered(browser: Browser, alice: User, kicad: Kind, board: Workspace) -> None:
    client = browser(alice)
    assert shared(client, "/workspaces/new") == []
    german = client.get("/workspaces/new", headers=GERMAN).content.decode()
    assert "Schaltpläne und Leiterplatten" in german and "3D-Modelle" in german
    assert shared(client, "/workspaces/new", {"kind": "kicad", "starter": "python-flask", "memory_mb": "1"}) == []
    assert shared(browser(), "/") == []


@pytest.mark.parametrize("state", State.values)
def test_a_desktop_and_who_looks_at_it(browser: Browser, alice: User, bob: User, board: Workspace, state: str) -> None:
    Workspace.objects.filter(pk=board.pk).update(state=state)
    client, path = browser(alice), f"/workspaces/{board.public_id}/"
    assert [shared(client, one) for one in ("/workspaces/", path)] == [[], []]
    assert shared(client, f"{path}looking", {"do": "else"}) == []
    for do in ("make", "renew"):
        client.post(f"{path}looking", {"do": do}, headers=GERMAN)
        client.get(path, headers=GERMAN)
        assert shared(client, path, more=r"http://.*") == [], do
    for role in Share.Role.values:
        Share.objects.update_or_create(workspace=board, user=bob, defaults={"role": role})
        assert [shared(browser(bob), one) for one in ("/workspaces/", path)] == [[], []], role


def test_what_was_done_is_said(browser: Browser, alice: User, board: Workspace) -> None:
    client, path = browser(alice), f"/workspaces/{board.public_id}/"
    for do, said in (("make", "darf jetzt zusehen"), ("renew", "einen neuen Link"), ("end", "sieht jetzt nichts mehr")):
        assert said in client.post(f"{path}looking", {"do": do}, headers=GERMAN, follow=True).content.decode(), do
    assert shared(client, f"{path}ports/share", {"port": "6081", "audience": "link"}, more="http://.*|6081") == []
    assert shared(client, "/audit/", more=r"[\da-f-]{36}|.*:\d\d.*") == []


def test_templates_of_desktops(browser: Browser, alice: User, root: User, kicad: Kind, code_server: Kind) -> None:
    words = "name: .*|resources.*|desktop.*|true|image"
    template_put(Actor(root, "browser"), "name: open\nresources: {image: kicad}\ndesktop: {menu: true}")
    for user in (alice, root):
        assert [shared(browser(user), f"/templates/{rest}", more=f"open|{words}") for rest in ("", "open/")] == [[], []]
    text = "name: x\nresources: {image: code-server}\ndesktop: {menu: true}"
    assert shared(browser(root), "/templates/check", {"yaml": text}, more=words) == []


def test_the_leader_looks_and_helps(browser: Browser, lena: User, kicad: Kind, make_workshop: MakeWorkshop) -> None:
    workshop, client, here = make_workshop(lena, seats=2), browser(lena), "/workshops/python/"
    seat_taken(workshop, 1, "Anna")
    Workspace.objects.filter(seat__number=1).update(kind=kicad)
    names = r"lena.*|Python.*|Anna.*|http://.*|guest-.*|anna@.*|\d+-.*"
    for path in (here, f"{here}?view=table", f"{here}seats/1/", f"{here}seats/2/"):
        assert shared(client, path, more=names) == [], path
    page = client.get(f"{here}seats/1/", headers=GERMAN).content.decode()
    assert "Zusehen<" in page and "Helfen<" in page


FORM = r"expand_more|https?|KiCad|spaces/\w+"
WRONG = (
    {"port": "0", "scheme": "https", "frame": "page", "view_port": "6081", "picture_path": "/picture.jpg"},
    {"view_port": "3000", "picture_path": "a", "health_path": "b", "data_path": "/etc", "environment": "1=2"},
    {"image": "spaces/nowhere", "path": "c", "user": "a b", "frame": "window"},
)


def test_the_administrations_form_of_a_kind(browser: Browser, root: User, kicad: Kind, board: Workspace) -> None:
    client = browser(root)
    _form_alike(client, f"{KINDS}add/")
    _form_alike(client, f"{KINDS}{kicad.pk}/change/")
    for wrong in WRONG:
        _form_alike(client, f"{KINDS}add/", kind_form(**wrong))
    _form_alike(client, f"{KINDS}{kicad.pk}/change/", kind_form(data_path="/config"))


def _form_alike(client: Client, path: str, data: dict[str, str] | None = None) -> None:
    pages = []
    for language in ("en", "de"):
        headers = {"Accept-Language": language}
        answer = client.post(path, data, headers=headers) if data else client.get(path, headers=headers)
        assert answer.status_code == 200
        pages += re.findall(r'<form[^>]* id="kind_form".*?</form>', answer.content.decode(), re.S)
    assert left_in_english(*pages, data=FORM) == [], (path, data)
