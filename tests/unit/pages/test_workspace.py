"""The page of one workspace and everything its buttons do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from accounts.models import User
from spaces_site.errors import TooMany, Unavailable
from tests.unit.pages.conftest import HTMX, Browser
from tests.unit.pages.page import Page
from workspaces.models import Operation, Share, Workspace, WorkspaceGroup
from workspaces.passwords import password_encrypt, password_matches
from workspaces.states import State
from workspaces.stats import DiskUsage
from workspaces.views import about

Put = Callable[..., Workspace]
READS = ("", "card", "open", "delete")
WRITES = ("start", "stop", "restart", "pause", "resume", "delete", "favorite", "rename", "password")


@pytest.mark.parametrize("state", State.values)
def test_the_page_shows_every_state(browser: Browser, alice: User, put: Put, state: str) -> None:
    response = browser(alice).get(f"/workspaces/{put(alice, 'One', state).public_id}/")
    assert response.status_code == 200
    assert Page(response).problems() == []


def test_a_stranger_finds_nothing(browser: Browser, alice: User, charlie: User, put: Put) -> None:
    workspace, client = put(alice, "One"), browser(charlie)
    path = f"/workspaces/{workspace.public_id}/"
    assert [client.get(path + read).status_code for read in READS] == [404] * len(READS)
    assert [client.post(path + write).status_code for write in WRITES] == [404] * len(WRITES)
    workspace.refresh_from_db()
    assert workspace.state == State.RUNNING
    assert not Operation.objects.exists()


def test_a_visitor_signs_in_first(browser: Browser, alice: User, put: Put) -> None:
    path = f"/workspaces/{put(alice, 'One').public_id}/"
    for asked in (*(path + read for read in READS), "/workspaces/abcdefghijkl/", "/workspaces/new"):
        assert browser().get(asked).headers["Location"] == f"/sign-in/?next={asked}"
    for write in WRITES:
        assert browser().post(path + write).headers["Location"] == "/sign-in/"


def test_staff_see_whose_it_is(browser: Browser, alice: User, root: User, put: Put) -> None:
    text = browser(root).get(f"/workspaces/{put(alice, 'One').public_id}/").content.decode()
    assert "alice@example.org" in text
    assert "belongs to alice" in text


@pytest.mark.parametrize(
    ("verb", "before", "during"),
    [("stop", "running", "stopping"), ("start", "stopped", "starting"), ("restart", "running", "starting"),
     ("pause", "running", "pausing"), ("resume", "paused", "starting")],
)  # fmt: skip
def test_a_button_does_its_work_with_and_without_a_script(
    browser: Browser, alice: User, put: Put, verb: str, before: str, during: str
) -> None:
    client = browser(alice)
    for name, headers in (("plain", {}), ("htmx", HTMX)):
        workspace = put(alice, name, before)
        path = f"/workspaces/{workspace.public_id}/"
        target = {"HX-Target": f"card-{workspace.public_id}"} if headers else {}
        response = client.post(path + verb, {"next": path}, headers=headers | target)
        workspace.refresh_from_db()
        assert workspace.state == during
        if headers:
            assert Page(response).all("article", data_workspace=workspace.public_id)
        else:
            assert response.headers["Location"] == path


def test_what_does_not_fit_is_a_page_or_a_message(browser: Browser, alice: User, put: Put) -> None:
    client, path = browser(alice), f"/workspaces/{put(alice, 'One', State.STOPPED).public_id}/pause"
    page = client.post(path)
    assert page.status_code == 409
    assert Page(page).problems() == []
    fragment = client.post(path, headers=HTMX)
    assert fragment.status_code == 409
    assert fragment.headers["HX-Retarget"] == "#messages"
    assert "<html" not in fragment.content.decode()


def test_the_star_is_set_and_taken(browser: Browser, alice: User, put: Put) -> None:
    workspace, client = put(alice, "One"), browser(alice)
    path = f"/workspaces/{workspace.public_id}/favorite"
    for on, stars in (("1", 1), ("1", 1), ("0", 0)):
        client.post(path, {"on": on})
        assert workspace.favorites.count() == stars


def test_deleting_asks_first_and_names_what_is_lost(browser: Browser, alice: User, put: Put) -> None:
    workspace, client = put(alice, "One"), browser(alice)
    path = f"/workspaces/{workspace.public_id}/delete"
    assert "every file in it" in client.get(path).content.decode()
    workspace.refresh_from_db()
    assert workspace.state == State.RUNNING
    assert client.post(path).headers["Location"] == "/workspaces/"
    workspace.refresh_from_db()
    assert workspace.state == State.DELETING


def test_renaming_keeps_what_was_typed_when_it_will_not_do(browser: Browser, alice: User, put: Put) -> None:
    workspace, client = put(alice, "One"), browser(alice)
    put(alice, "Two")
    path = f"/workspaces/{workspace.public_id}/rename"
    refused = client.post(path, {"name": "two"})
    assert refused.status_code == 409
    assert Page(refused).value("name") == "two"
    assert client.post(path, {"name": "Three"}).status_code == 302
    workspace.refresh_from_db()
    assert workspace.name == "Three"


def test_the_password_is_set_made_up_shown_and_removed(browser: Browser, alice: User, put: Put) -> None:
    workspace, client = put(alice, "One"), browser(alice)
    path = f"/workspaces/{workspace.public_id}/password"
    assert client.post(path, {"do": "set", "password": "short"}).status_code == 400
    assert client.post(path, {"do": "set", "password": "correct horse"}).status_code == 302
    workspace.refresh_from_db()
    assert password_matches(workspace, "correct horse")
    assert "correct horse" not in client.get(f"/workspaces/{workspace.public_id}/").content.decode()
    assert "correct horse" in client.post(path, {"do": "show"}).content.decode()
    made_up = Page(client.post(path, {"do": "generate"})).texts["code"]
    workspace.refresh_from_db()
    assert any(password_matches(workspace, text) for text in made_up)
    client.post(path, {"do": "remove"})
    workspace.refresh_from_db()
    assert not workspace.has_password


def test_an_empty_password_is_refused_instead_of_removing_the_old_one(browser: Browser, alice: User, put: Put) -> None:
    workspace = put(alice, "One", password_encrypted=password_encrypt("correct horse"))
    response = browser(alice).post(f"/workspaces/{workspace.public_id}/password", {"do": "set", "password": ""})
    assert response.status_code == 400
    workspace.refresh_from_db()
    assert password_matches(workspace, "correct horse")


def test_open_leads_to_the_workspaces_own_origin(browser: Browser, alice: User, put: Put) -> None:
    workspace, client = put(alice, "One"), browser(alice)
    path = f"/workspaces/{workspace.public_id}/open"
    location = urlsplit(client.get(path, {"next": "/a?b=c"}).headers["Location"])
    assert location.hostname == f"{workspace.public_id}.localhost"
    assert parse_qs(location.query)["next"] == ["/a?b=c"]
    location = urlsplit(client.get(path, {"port": "3000", "next": "https://evil.example"}).headers["Location"])
    assert location.hostname == f"{workspace.public_id}-3000.localhost"
    assert parse_qs(location.query)["next"] == ["/"]
    for port in ("0", "65536", "x", "1.5", "²"):
        assert client.get(path, {"port": port}).status_code == 400
    workspace.refresh_from_db()
    assert workspace.last_opened_at is not None


def test_an_operation_is_a_line_of_the_history(
    browser: Browser, alice: User, charlie: User, make_workspace: Callable[..., Workspace]
) -> None:
    workspace = make_workspace(alice)
    path = f"/workspaces/{workspace.public_id}/operations/{Operation.objects.get().pk}"
    assert "Create" in browser(alice).get(path).content.decode()
    assert browser(charlie).get(path).status_code == 404
    text = browser(alice).get(f"/workspaces/{workspace.public_id}/").content.decode()
    assert "took" in text


def test_the_group_is_shown_and_changed_by_its_owner(
    browser: Browser, alice: User, bob: User, root: User, put: Put
) -> None:
    workspace, client = put(alice, "One"), browser(alice)
    Share.objects.create(workspace=workspace, user=bob)
    path = f"/workspaces/{workspace.public_id}/"
    WorkspaceGroup.objects.create(owner=alice, name="Labs")
    assert Page(client.get(path)).all("option", value="Labs")
    assert client.post(f"{path}group", {"group": "labs"}).headers["Location"] == path
    text = client.get(path).content.decode()
    assert "It is in the group “Labs” now." in text
    assert Page(client.get(path)).value("group") == "Labs"
    refused = client.post(f"{path}group", {"group": "<b>"})
    assert (refused.status_code, Page(refused).problems(), Page(refused).value("group")) == (400, [], "<b>")
    assert "Labs" not in browser(bob).get(path).content.decode()  # how she sorts them is hers
    assert browser(bob).post(f"{path}group", {"group": "Mine"}).status_code == 403
    browser(root).post(f"{path}group", {"group": "Seen by staff"})
    workspace.refresh_from_db()
    assert workspace.group is not None
    assert (workspace.group.owner, workspace.group.name) == (alice, "Seen by staff")
    client.post(f"{path}group", {"group": ""})
    workspace.refresh_from_db()
    assert workspace.group is None


def test_what_it_takes_on_the_disk_comes_after_the_rest(
    browser: Browser, alice: User, make_workspace: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, client = f"/workspaces/{make_workspace(alice).public_id}/", browser(alice)
    usage = DiskUsage(layer_bytes=2**20, image_bytes=2**30, volume_bytes=3 * 2**20)
    asked: list[str] = []
    monkeypatch.setattr(about, "disk_usage_of", lambda _actor, workspace: asked.append(workspace.name) or usage)
    page = Page(client.get(path))
    assert page.all("dl", id="disk", hx_get=f"{path}disk", hx_trigger="load")
    assert asked == []
    part = client.get(f"{path}disk", headers=HTMX)
    assert "4.0\xa0MB written" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert not Page(part).all("dl", hx_trigger="load")  # or it would ask for ever
    whole = client.get(f"{path}disk")
    assert (Page(whole).problems(), "4.0\xa0MB written" in whole.content.decode()) == ([], True)


@pytest.mark.parametrize("error", [Unavailable("silent"), TooMany("busy", retry_after=5)])
def test_disk_use_is_unknown_while_nobody_can_say(
    error: Exception, browser: Browser, alice: User, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(about, "disk_usage_of", fail)
    path = f"/workspaces/{put(alice, 'One').public_id}/disk"
    for headers in ({}, HTMX):
        response = browser(alice).get(path, headers=headers)
        assert (response.status_code, "unknown" in response.content.decode()) == (200, True)


def test_a_stranger_does_not_learn_what_it_takes(browser: Browser, alice: User, charlie: User, put: Put) -> None:
    path = f"/workspaces/{put(alice, 'One').public_id}/"
    for part in ("disk", "notes"):
        assert browser(charlie).get(path + part).status_code == 404
        assert browser().get(path + part).headers["Location"] == f"/sign-in/?next={path}{part}"
    for form in ("group", "notes", "role"):
        assert browser(charlie).post(path + form).status_code in (400, 404)


def test_a_program_that_was_ended_for_memory_is_said_with_what_to_do(browser: Browser, alice: User, put: Put) -> None:
    ended = timezone.now() - timedelta(minutes=3)
    workspace = put(alice, "One", out_of_memory_at=ended, memory_mb=2048)
    path = f"/workspaces/{workspace.public_id}/"
    response = browser(alice).get(path)
    text = " ".join(Page(response).texts["p"])
    assert "A program was ended 3 minutes ago, since the workspace had used all of its 2 GB of memory." in text
    assert ended.isoformat() in response.content.decode()
    assert f"{path}activity?all=1" in response.content.decode()
    Workspace.objects.update(out_of_memory_at=None)
    assert "A program was ended" not in browser(alice).get(path).content.decode()


def test_what_it_began_with_says_how_it_is_started(browser: Browser, alice: User, put: Put) -> None:
    text = browser(alice).get(f"/workspaces/{put(alice, 'One', starter='python-flask').public_id}/").content.decode()
    assert 'id="starter-command">python app.py<' in text
    for starter in ("empty", "", "one that is gone"):
        page = browser(alice).get(f"/workspaces/{put(alice, f'By {starter}', starter=starter).public_id}/")
        assert "starter-command" not in page.content.decode()
