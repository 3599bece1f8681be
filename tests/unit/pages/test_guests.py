"""Every page for a guest: what they may open in their seat, and that nothing else is theirs. A page that is missing
here fails."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.guests import FOR_GUESTS, GUEST_HOME, PAGES
from accounts.models import User
from tests.accounts_fixtures import as_
from tests.files_fixtures import VolumeOf
from tests.unit.pages.page import Page
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.models import Operation, Share, Workspace

REFUSED, HOME, OK, THERE = 403, (302, GUEST_HOME), 200, 302
SEAT = "/workspaces/{seat}/"
TABLE: dict[str, tuple[str, Any, Any]] = {
    "home": ("/", None, HOME),
    "workspaces": ("/workspaces/", None, HOME),
    "sign-in": ("/sign-in/", None, THERE),
    "sign-in-code": ("/sign-in/code/", None, THERE),
    "sign-in-resend": ("/sign-in/resend/", {}, THERE),
    "sign-in-link": ("/sign-in/link/guessed", None, OK),
    "sign-up": ("/sign-up/", None, THERE),
    "sign-out": ("/sign-out/", {}, THERE),
    "inbox": ("/inbox/", None, OK),  # on a machine for development alone, and then for everybody
    "theme": ("/theme/", {"theme": "dark"}, THERE),
    "set_language": ("/i18n/setlang/", {"language": "de"}, THERE),
    "account": ("/account/", None, REFUSED),
    "account-profile": ("/account/profile/", {"username": "renamed"}, REFUSED),
    "token-create": ("/account/tokens/", {"name": "mine"}, REFUSED),
    "token-revoke": ("/account/tokens/1/revoke", {}, REFUSED),
    "session-end": ("/account/sessions/1/end", {}, REFUSED),
    "sessions-end-others": ("/account/sessions/end-others", {}, REFUSED),
    "templates": ("/templates/", None, REFUSED),
    "template-new": ("/templates/new", None, REFUSED),
    "template-check": ("/templates/check", {"yaml": "name: x"}, REFUSED),
    "template": ("/templates/default/", None, REFUSED),
    "template-delete": ("/templates/default/delete", {}, REFUSED),
    "machines": ("/machines/", None, REFUSED),
    "audit": ("/audit/", None, REFUSED),
    "audit-newest": ("/audit/newest", None, REFUSED),
    "audit-export": ("/audit/export.csv", None, REFUSED),
    "workspace-new": ("/workspaces/new", {"kind": "code-server"}, REFUSED),
    "workspaces-bulk": ("/workspaces/bulk", {"do": "stop", "id": "{seat}"}, REFUSED),
    "batches": ("/workspaces/batches/", None, REFUSED),
    "batch": ("/workspaces/batches/{operation}/", None, REFUSED),
    "batch-panel": ("/workspaces/batches/{operation}/panel", None, REFUSED),
    "batch-dismiss": ("/workspaces/batches/{operation}/dismiss", {}, REFUSED),
    "group-new": ("/workspaces/groups/new", {"group": "mine"}, REFUSED),
    "group-rename": ("/workspaces/groups/1/rename", {"group": "mine"}, REFUSED),
    "group-delete": ("/workspaces/groups/1/delete", {}, REFUSED),
    "workspaces-move": ("/workspaces/groups/move", {"id": "{seat}", "new": "mine"}, REFUSED),
    "workspaces-move-undo": ("/workspaces/groups/undo", {}, REFUSED),
    "workspace-move": (SEAT + "move", None, REFUSED),
    "workspace": (SEAT, None, OK),
    "workspace-card": (SEAT + "card", None, OK),
    "workspace-open": (SEAT + "open", None, THERE),
    "alias-open": ("/workspaces/named/nothing-here/open", None, 404),
    "workspace-ports": (SEAT + "ports/", None, OK),
    "workspace-ports-panel": (SEAT + "ports/panel", None, OK),
    "port-share": (SEAT + "ports/share", {"port": "5000", "audience": "people"}, REFUSED),
    "port-link": (SEAT + "ports/link", {"port": "5000"}, REFUSED),
    "alias-add": (SEAT + "ports/names/add", {"subdomain": "mine", "port": "5000"}, REFUSED),
    "alias-change": (SEAT + "ports/names/mine/change", {"port": "5000"}, REFUSED),
    "alias-remove": (SEAT + "ports/names/mine/remove", {}, REFUSED),
    "workspace-delete": (SEAT + "delete", {}, REFUSED),
    "workspace-favorite": (SEAT + "favorite", {"on": "1"}, THERE),
    "workspace-rename": (SEAT + "rename", {"name": "mine"}, REFUSED),
    "workspace-group": (SEAT + "group", {"group": "mine"}, REFUSED),
    "workspace-notes": (SEAT + "notes", None, OK),
    "workspace-disk": (SEAT + "disk", None, OK),
    "workspace-role": (SEAT + "role", {"user": "1", "role": "editor"}, REFUSED),
    "workspace-share": (SEAT + "share", {"who": "bob"}, REFUSED),
    "workspace-unshare": (SEAT + "unshare", {"user": "{guest}"}, REFUSED),
    "kept-delete": ("/workspaces/kept/abc/delete", {}, REFUSED),
    "workspace-looking": (SEAT + "looking", {"do": "make"}, REFUSED),
    "workspace-password": (SEAT + "password", {"password": "mine mine mine"}, REFUSED),
    "workspace-files": (SEAT + "files/", None, OK),
    "files-text": (SEAT + "files/text?path=kept.txt", None, OK),
    "files-new": (SEAT + "files/new", {"name": "folder", "what": "folder"}, THERE),
    "files-rename": (SEAT + "files/rename?path=kept.txt", None, OK),
    "files-delete": (SEAT + "files/delete?path=kept.txt", None, OK),
    "files-download": (SEAT + "files/download?path=kept.txt", None, OK),
    "files-archive": (SEAT + "files/archive?path=", None, OK),
    "files-upload": (SEAT + "files/upload", {}, THERE),
    "workspace-push": (SEAT + "push", None, OK),
    "workspace-terminal": (SEAT + "terminal", None, OK),
    "workspace-activity": (SEAT + "activity", None, OK),
    "workspace-usage": (SEAT + "usage.json", None, OK),
    "workspace-picture": (SEAT + "picture", None, 204),  # an editor has none
    "workspace-keep-running": (SEAT + "keep-running", {}, THERE),
    "workspace-clone": (SEAT + "clone", None, REFUSED),
    "workspace-keep-awake": (SEAT + "keep-awake", {"hours": "1"}, REFUSED),
    "operation": (SEAT + "operations/{operation}", None, OK),
    "workspace-action": (SEAT + "restart", {}, THERE),
}
"""By name of the page: its address, what is sent (None: it is opened), and what a guest with a seat gets."""


def pages(patterns: list[Any] | None = None, before: str = "") -> Iterator[tuple[str, str]]:
    """Name and address of every page but the API's and the administration's."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = before + str(pattern.pattern)
        if path.startswith(("api/", "admin/")):
            continue
        if isinstance(pattern, URLResolver):
            yield from pages(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield pattern.name or path, f"/{path}"


@pytest.fixture
def seat(alice: User, guest: User, make_workspace: MakeWorkspace, volume_of: VolumeOf) -> Workspace:
    """Alice's, where the guest sits; it runs and has a file."""
    made = make_workspace(alice, name="Seat 1")
    (volume_of(made) / "kept.txt").write_text("kept")
    Share.objects.create(workspace=made, user=guest, role=Share.Role.EDITOR)
    return made


def test_every_page_is_in_the_table_or_refuses_guests_by_not_being_for_them() -> None:
    """What workshops have for leaders is refused by its address, what they have for participants asks for itself."""
    others = {name for name, path in pages() if path.startswith(("/workshop/", "/workshops/"))}
    assert {name for name, _path in pages()} - others == set(TABLE)
    assert not others & PAGES
    assert {name for name, (_path, _sent, got) in TABLE.items() if got != REFUSED} == PAGES


@pytest.mark.parametrize("name", TABLE)
def test_what_a_guest_gets(name: str, guest: User, seat: Workspace) -> None:
    path, sent, expected = TABLE[name]
    places = {"seat": seat.public_id, "operation": Operation.objects.earliest("created_at").pk, "guest": guest.pk}
    path = path.format(**places)
    data = {key: value.format(**places) for key, value in (sent or {}).items()}
    client = as_(guest)
    answer = client.get(path) if sent is None else client.post(path, data)
    got = (302, answer.headers["Location"]) if answer.status_code == 302 else (answer.status_code, "")
    assert (got if isinstance(expected, tuple) else got[0]) == expected
    guest.refresh_from_db()
    assert Share.objects.filter(workspace=seat, user=guest).exists() and guest.username == "Gina #0a1b2c"


def test_the_pages_of_leaders_and_the_administration_are_not_for_guests(guest: User) -> None:
    for path in ("/admin/", "/admin/login/", "/admin/workspaces/workspace/"):
        assert as_(guest).get(path).status_code == 403


def test_no_page_of_leaders_lets_a_guest_in(guest: User) -> None:
    """Before it looks whether there is such a workshop."""
    uuids = [(name, re.sub(r"<uuid:\w+>", str(uuid.uuid4()), path)) for name, path in pages()]
    paths = [re.sub(r"<\w+:\w+>", "1", path) for _name, path in uuids if path.startswith("/workshops/")]
    assert paths and {as_(guest).get(path).status_code for path in paths} == {403}


def test_the_place_that_guests_are_led_to_is_there(guest: User) -> None:
    assert reverse("seat-mine") == GUEST_HOME
    answer = as_(guest).get("/", follow=True)
    assert (answer.status_code, answer.redirect_chain) == (200, [(GUEST_HOME, 302)])


def test_another_seat_is_not_found(guest: User, bob: User, seat: Workspace, make_workspace: MakeWorkspace) -> None:
    other = make_workspace(bob)
    for rest in ("", "files/", "terminal", "activity", "open"):
        assert as_(guest).get(f"/workspaces/{other.public_id}/{rest}").status_code == 404


def test_a_guest_is_told_why_on_a_page_and_in_a_message(guest: User) -> None:
    page = as_(guest).get("/account/")
    assert "as a guest" in page.content.decode()
    assert Page(page).problems() == []
    message = as_(guest).get("/account/", headers={"HX-Request": "true"})
    assert (message.status_code, "<html" in message.content.decode()) == (403, False)


def test_the_navigation_has_their_seat_and_nothing_that_is_closed(guest: User, seat: Workspace) -> None:
    page = Page(as_(guest).get(f"/workspaces/{seat.public_id}/"))
    links = {link.get("href", "") for link in page.all("a")}
    assert GUEST_HOME in links
    assert not {link for link in links if link.endswith(("/clone", "/delete", "/share"))}
    assert not links & {"/account/", "/templates/", "/machines/", "/audit/", "/admin/", "/workspaces/new"}
    forms = {form.get("action", "") for form in page.all("form")}
    assert not {form for form in forms if form.endswith(("/unshare", "/share", "/rename", "/group", "/password"))}


def test_signing_out_ends_it(guest: User) -> None:
    client = as_(guest)
    client.post("/sign-out/")
    assert client.get("/").status_code == 200
    assert client.get("/account/").status_code == 302


def test_what_lies_below_the_workshop_is_left_to_its_own_pages() -> None:
    assert GUEST_HOME.startswith(FOR_GUESTS)
    assert not "/workshops/abc/".startswith(FOR_GUESTS)


def test_no_page_in_the_list_has_gone(client: Client) -> None:
    assert {name for name, _path in pages()} >= PAGES
