"""The page of a workspace's ports, and the panel of apps on its first page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from accounts.models import User
from tests.accounts_fixtures import ActorOf
from tests.unit.pages.conftest import HTMX, Browser
from tests.unit.pages.page import Page
from workspaces.engine.base import EngineUnavailable
from workspaces.engine.fake import FakeEngine
from workspaces.engine.inside import ListeningPort
from workspaces.models import Alias, PortShare, Share, Workspace
from workspaces.services import share_add
from workspaces.services.aliases import alias_add
from workspaces.services.ports import port_share_set
from workspaces.states import State

Put = Callable[..., Workspace]


@pytest.fixture
def workspace(put: Put, alice: User) -> Workspace:
    return put(alice, "One")


@pytest.fixture
def path(workspace: Workspace) -> str:
    return f"/workspaces/{workspace.public_id}/ports/"


def listens(monkeypatch: pytest.MonkeyPatch, engine: FakeEngine, *found: ListeningPort) -> None:
    """Rows that `put` makes have no container, so what listens in it is said here."""
    monkeypatch.setattr(engine, "listening_ports", lambda name: list(found))


def text_of(content: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content.decode()))


def test_the_empty_page_says_how_to_start_something(browser: Browser, alice: User, path: str) -> None:
    response = browser(alice).get(path)
    assert Page(response).problems() == []
    assert "Nothing to open yet" in text_of(response.content)
    assert "--bind 0.0.0.0" in response.content.decode()


@pytest.mark.parametrize("state", State.values)
def test_the_page_in_every_state(browser: Browser, alice: User, put: Put, state: str) -> None:
    workspace = put(alice, "Two", state)
    response = browser(alice).get(f"/workspaces/{workspace.public_id}/ports/")
    assert (response.status_code, Page(response).problems()) == (200, [])
    page = response.content.decode()
    assert ("data-refresh" in page) == (state == State.RUNNING)


def test_what_listens_can_be_opened_and_what_listens_inside_only_is_explained(
    browser: Browser, alice: User, workspace: Workspace, path: str, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    listens(monkeypatch, engine, ListeningPort(workspace.port, False), ListeningPort(3000, False),
            ListeningPort(50000, True))  # fmt: skip
    response = browser(alice).get(path)
    assert Page(response).problems() == []
    page = response.content.decode()
    assert f'href="/workspaces/{workspace.public_id}/open?port=3000"' in page
    assert f'href="/workspaces/{workspace.public_id}/open"' in page, "the editor's own"
    assert "open?port=50000" not in page
    assert "listens on 127.0.0.1 only" in page and "0.0.0.0" in page
    assert "Port 50000" in text_of(response.content), "without a sign for thousands"


def test_as_long_as_nothing_changed_the_answer_is_empty(
    browser: Browser, alice: User, path: str, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser(alice)
    for where in (path, path + "panel"):
        seen = re.findall(r"seen=([0-9a-f]{16})", client.get(where).content.decode())[0]
        assert client.get(f"{where}?seen={seen}", headers=HTMX).status_code == 204
        with monkeypatch.context() as patch:
            listens(patch, engine, ListeningPort(3000, False))
            assert "Open app" in client.get(f"{where}?seen={seen}", headers=HTMX).content.decode()


def test_a_silent_engine_leaves_the_page_useful(
    browser: Browser, alice: User, workspace: Workspace, path: str, engine: FakeEngine, actor_of: ActorOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    port_share_set(actor_of(alice), workspace, 3000, "people")

    def silent(name: str) -> list[ListeningPort]:
        raise EngineUnavailable("no answer")

    monkeypatch.setattr(engine, "listening_ports", silent)
    response = browser(alice).get(path)
    assert (response.status_code, Page(response).problems()) == (200, [])
    assert "does not answer" in text_of(response.content) and "Port 3000" in text_of(response.content)
    assert browser(alice).get(path + "panel").status_code == 200


def test_sharing_with_people_is_one_step_and_by_link_two(browser: Browser, alice: User, path: str) -> None:
    client = browser(alice)
    assert client.post(path + "share", {"port": "3000", "audience": "people"}).headers["Location"] == path
    assert PortShare.objects.get().audience == "people"
    asked = client.post(path + "share", {"port": "3000", "audience": "link"})
    assert (asked.status_code, Page(asked).problems()) == (200, [])
    assert "Let everybody with the link open port 3000?" in text_of(asked.content)
    assert PortShare.objects.get().audience == "people", "nothing is changed yet"
    client.post(path + "share", {"port": "3000", "audience": "link", "sure": "1"})
    page = client.get(path).content.decode()
    link = re.findall(r'id="link-3000">([^<]+)<', page)[0]
    assert "/_spaces/link?key=" in link
    client.post(path + "link", {"port": "3000"})
    renewed = client.get(path).content.decode()
    assert "The old one does not work any more" in text_of(renewed.encode())
    assert link not in renewed
    client.post(path + "share", {"port": "3000", "audience": "owner"})
    assert not PortShare.objects.exists()


@pytest.mark.parametrize(
    ("fields", "says"),
    [({"port": "0", "audience": "people"}, "from 1 to 65535"), ({"port": "x", "audience": "link"}, "from 1 to 65535"),
     ({"port": "", "audience": "people"}, "from 1 to 65535"), ({"port": "3000", "audience": "all"}, "Choose one of"),
     ({"port": "3000"}, "Choose one of"), ({"audience": "people"}, "from 1 to 65535")],
)  # fmt: skip
def test_nonsense_is_said_at_the_form(
    browser: Browser, alice: User, path: str, fields: dict[str, str], says: str
) -> None:
    response = browser(alice).post(path + "share", fields)
    assert (response.status_code, Page(response).problems()) == (400, [])
    assert says in text_of(response.content)


def test_the_editors_port_is_refused_before_anything_is_asked(
    browser: Browser, alice: User, workspace: Workspace, path: str
) -> None:
    for audience in ("people", "link"):
        response = browser(alice).post(path + "share", {"port": workspace.port, "audience": audience})
        assert (response.status_code, "Share the workspace instead" in text_of(response.content)) == (400, True)


def test_a_name_is_given_changed_and_taken_back(browser: Browser, alice: User, path: str) -> None:
    client = browser(alice)
    wrong = client.post(path + "names/add", {"subdomain": "www", "port": "3000"})
    assert (wrong.status_code, Page(wrong).problems()) == (400, [])
    assert "kept for the site itself" in text_of(wrong.content) and 'value="www"' in wrong.content.decode()
    assert client.post(path + "names/add", {"subdomain": " My-App ", "port": "3000"}).headers["Location"] == path
    page = client.get(path)
    assert Page(page).problems() == []
    assert "http://my-app.localhost:8000/" in text_of(page.content)

    change = client.get(path + "names/my-app/change")
    assert (change.status_code, Page(change).problems()) == (200, [])
    secret = {"protected": "1", "auth_username": "class", "auth_password": "secret enough"}
    short = client.post(path + "names/my-app/change", {"port": "4000", **secret, "auth_password": "short"})
    assert (short.status_code, Page(short).problems()) == (400, [])
    assert "6 to 128" in text_of(short.content)
    assert "short" not in re.findall(r'value="([^"]*)"', short.content.decode())
    client.post(path + "names/my-app/change", {"port": "4000", **secret})
    alias = Alias.objects.get()
    assert (alias.port, alias.auth_username, alias.has_password) == (4000, "class", True)
    assert "secret enough" not in client.get(path + "names/my-app/change").content.decode()
    client.post(path + "names/my-app/change", {"port": "4000"})
    assert not Alias.objects.get().has_password

    asked = client.get(path + "names/my-app/remove")
    assert (asked.status_code, Page(asked).problems(), Alias.objects.count()) == (200, [], 1)
    assert client.post(path + "names/my-app/remove").headers["Location"] == path
    assert client.post(path + "names/my-app/remove").status_code == 404
    assert not Alias.objects.exists()


def test_who_sees_the_page_and_who_changes_it(
    browser: Browser, alice: User, bob: User, charlie: User, workspace: Workspace, path: str, actor_of: ActorOf,
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    listens(monkeypatch, engine, ListeningPort(3000, False), ListeningPort(3001, False))
    port_share_set(actor_of(alice), workspace, 3000, "link")
    port_share_set(actor_of(alice), workspace, 3001, "people")
    alias_add(actor_of(alice), workspace, subdomain="my-app", port=3000)
    share_add(actor_of(alice), workspace, "bob", Share.Role.EDITOR)
    writes = ("share", "link", "names/add", "names/my-app/change", "names/my-app/remove")
    fields = {"port": "3000", "audience": "owner", "subdomain": "other"}
    for role, opens in ((Share.Role.EDITOR, ["3000", "3001"]), (Share.Role.VIEWER, ["3001"])):
        Share.objects.update(role=role)
        response = browser(bob).get(path)
        page = response.content.decode()
        assert (response.status_code, Page(response).problems()) == (200, [])
        assert "link?key=" not in page and "<form" not in page.partition('id="ports"')[2].partition("</main>")[0]
        assert sorted(re.findall(r"open\?port=(\d+)", page)) == opens
        assert [browser(bob).post(path + write, fields).status_code for write in writes] == [403] * len(writes)
    assert browser(charlie).get(path).status_code == 404
    assert [browser(charlie).post(path + write, fields).status_code for write in writes] == [404] * len(writes)
    assert browser().get(path).status_code == 302
    assert (PortShare.objects.count(), Alias.objects.count()) == (2, 1)


def test_forms_need_a_token(browser: Browser, alice: User, path: str) -> None:
    client = browser(alice, enforce_csrf_checks=True)
    assert client.post(path + "share", {"port": "3000", "audience": "people"}).status_code == 403
    assert not PortShare.objects.exists()


def test_the_first_page_has_a_place_for_apps_that_fills_by_itself(
    browser: Browser, alice: User, workspace: Workspace, path: str, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser(alice)
    page = client.get(path.removesuffix("ports/")).content.decode()
    assert f'hx-get="{path}panel"' in page
    assert "hidden" in client.get(path + "panel").content.decode().partition(">")[0]
    listens(monkeypatch, engine, ListeningPort(workspace.port, False), ListeningPort(5000, False))
    panel = client.get(path + "panel").content.decode()
    assert re.findall(r"open\?port=(\d+)", panel) == ["5000"], "the editor has its button already"
