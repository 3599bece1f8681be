"""The section of a workspace's page about looking at its desktop."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from accounts.models import User
from tests.unit.pages.conftest import Browser
from tests.unit.pages.page import Page
from workspaces.models import Kind, PortShare, Share, Workspace

Put = Callable[..., Workspace]


@pytest.fixture
def desk(put: Put, alice: User) -> Workspace:
    kind = Kind.objects.create(slug="desk", title="Desk", image="spaces/desk", port=6080, view_port=6081)
    return put(alice, "Board", kind=kind)


@pytest.fixture
def path(desk: Workspace) -> str:
    return f"/workspaces/{desk.public_id}/"


def section(page: str) -> str:
    found = re.findall(r'<section[^>]*id="looking-panel".*?</section>', page, re.S)
    return found[0] if found else ""


def test_a_link_is_made_shown_made_anew_and_taken_back(browser: Browser, alice: User, path: str) -> None:
    client = browser(alice)
    before = client.get(path)
    assert Page(before).problems() == []
    assert "Make a link to look" in section(before.content.decode())
    assert f'href="{path}open?port=6081"' in section(before.content.decode())
    links = []
    for do in ("make", "renew"):
        done = client.post(f"{path}looking", {"do": do}, follow=True)
        assert (done.status_code, Page(done).problems()) == (200, [])
        links += re.findall(r'id="looking-link">([^<]+)<', section(done.content.decode()))
    assert len(set(links)) == 2 and all("/_spaces/link?key=" in link for link in links)
    done = client.post(f"{path}looking", {"do": "end"}, follow=True)
    assert "who came by it sees nothing now" in done.content.decode()
    assert "_spaces/link" not in done.content.decode() and not PortShare.objects.exists()


def test_what_it_is_to_do_must_be_said(browser: Browser, alice: User, path: str) -> None:
    answer = browser(alice).post(f"{path}looking", {"do": "else"})
    assert answer.status_code == 400 and "Choose what is to become of the link." in section(answer.content.decode())
    assert browser(alice).get(f"{path}looking").status_code == 302


@pytest.mark.parametrize("role", Share.Role.values)
def test_who_it_is_shared_with_looks_without_a_link_and_is_shown_none(
    browser: Browser, alice: User, bob: User, desk: Workspace, path: str, role: str
) -> None:
    browser(alice).post(f"{path}looking", {"do": "make"})
    Share.objects.create(workspace=desk, user=bob, role=role)
    page = browser(bob).get(path).content.decode()
    assert f'href="{path}open?port=6081"' in section(page)
    assert "_spaces/link" not in page and "<form" not in section(page)
    assert ("To help, open the workspace itself" in section(page)) == (role == Share.Role.EDITOR)
    assert browser(bob).post(f"{path}looking", {"do": "end"}).status_code == 403
    assert PortShare.objects.count() == 1


def test_a_stranger_finds_nothing(browser: Browser, charlie: User, path: str) -> None:
    assert browser(charlie).post(f"{path}looking", {"do": "make"}).status_code == 404
    assert not PortShare.objects.exists()


def test_without_a_token_of_the_form_nothing_is_made(browser: Browser, alice: User, path: str) -> None:
    client = browser(alice, enforce_csrf_checks=True)
    assert client.post(f"{path}looking", {"do": "make"}).status_code == 403
    assert not PortShare.objects.exists()


def test_a_kind_that_is_not_looked_at_has_no_such_section(browser: Browser, alice: User, put: Put) -> None:
    plain = put(alice, "Plain")
    client = browser(alice)
    assert not section(client.get(f"/workspaces/{plain.public_id}/").content.decode())
    answer = client.post(f"/workspaces/{plain.public_id}/looking", {"do": "make"})
    assert answer.status_code == 409


def test_the_forms_of_ports_do_not_have_it(browser: Browser, alice: User, path: str) -> None:
    client = browser(alice)
    client.post(f"{path}looking", {"do": "make"})
    assert "6081" not in client.get(f"{path}ports/").content.decode()
    for sent in ({"audience": "people"}, {"audience": "link"}, {"audience": "link", "sure": "1"}):
        answer = client.post(f"{path}ports/share", {"port": "6081", **sent})
        assert answer.status_code == 400 and "Let somebody look" in answer.content.decode()
    assert client.post(f"{path}ports/names/add", {"subdomain": "look-here", "port": "6081"}).status_code == 400
