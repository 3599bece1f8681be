"""Copies of a workspace in the dashboard: the form, how far they are, and what they say of themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import User
from tests.unit.pages.conftest import HTMX, Browser
from tests.unit.pages.page import Page
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces.engine.base import EngineError
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.models import Batch, Share, Workspace
from workspaces.passwords import password_encrypt, password_matches
from workspaces.states import State


@pytest.fixture
def base(make_workspace: MakeWorkspace, alice: User, settings: Any) -> Workspace:
    settings.MAX_WORKSPACES_PER_USER, settings.MAX_CONCURRENT_WORKSPACES = 20, 10
    return make_workspace(alice, name="Base")


def path_of(workspace: Workspace) -> str:
    return f"/workspaces/{workspace.public_id}/clone"


def clones(base: Workspace) -> list[Workspace]:
    return list(Workspace.objects.exclude(pk=base.pk).order_by("pk"))


def test_the_menu_and_the_page_lead_to_the_form(browser: Browser, alice: User, base: Workspace) -> None:
    client = browser(alice)
    for path in ("/workspaces/", f"/workspaces/{base.public_id}/"):
        assert Page(client.get(path)).all("a", href=path_of(base))
    response = client.get(path_of(base))
    page, text = Page(response), " ".join(response.content.decode().split())
    assert page.problems() == []
    assert page.all("input", name="count", type="number", min="1", max="50", value="5")
    assert "room for 19 more, of which 9 may run" in text and "“Base 1”, “Base 2”" in text


def test_a_page_from_before_it_was_made_takes_the_way_there_in(browser: Browser, alice: User, base: Workspace) -> None:
    Workspace.objects.filter(pk=base.pk).update(state=State.CREATING, container_id="")
    page = Page(browser(alice).get(f"/workspaces/{base.public_id}/"))
    assert page.problems() == []
    [whole] = page.all("div", data_workspace=base.public_id)
    assert "#copies" in whole["hx-select-oob"].split(",")
    assert "hidden" in page.all("section", id="copies")[0] and not page.all("a", href=path_of(base))


def test_a_form_makes_copies_and_shows_how_far_they_are(
    browser: Browser, alice: User, base: Workspace, work: Work
) -> None:
    client = browser(alice)
    answer = client.post(path_of(base), {"count": "3", "password": "for the course"})
    batch = Batch.objects.get()
    assert answer.headers["Location"] == f"/workspaces/batches/{batch.pk}/"
    page = client.get(answer.headers["Location"])
    text = page.content.decode()
    assert Page(page).problems() == [] and Page(page).texts["h1"] == ["Make 3 copies"]
    assert "0 of 3 made" in text and "Base 2" in text and "every 2s" in text
    assert "Make 3 copies" in client.get("/workspaces/").content.decode()
    work()
    text = client.get(answer.headers["Location"]).content.decode()
    assert "3 of 3 made" in text and "every 2s" not in text
    assert all(password_matches(one, "for the course") for one in clones(base))
    history = client.get(f"/workspaces/{clones(base)[0].public_id}/").content.decode()
    assert "Clone" in history and "Copy of" in history
    assert "Make 3 copies" in client.get("/workspaces/batches/").content.decode()


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"count": "0"}, "count"), ({"count": "51"}, "count"), ({"count": "many"}, "count"), ({"count": ""}, "count"),
        ({"count": "9" * 30}, "count"), ({"count": "١"}, "count"), ({"count": "2", "password": "short"}, "password"),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_at_its_field_and_makes_none(
    typed: dict[str, str], field: str, browser: Browser, alice: User, base: Workspace
) -> None:
    response = browser(alice).post(path_of(base), typed)
    page = Page(response)
    assert response.status_code == 400 and page.problems() == []
    assert page.all("input", name=field, aria_invalid="true")
    assert clones(base) == []


def test_more_than_there_is_room_for_is_said_before_and_after(
    browser: Browser, alice: User, base: Workspace, settings: Any
) -> None:
    settings.MAX_WORKSPACES_PER_USER = 3
    response = browser(alice).post(path_of(base), {"count": "10"})
    assert response.status_code == 403
    assert "only 2 workspace slots remaining" in response.content.decode()
    settings.MAX_WORKSPACES_PER_USER = 1
    assert "Delete one that you do not need" in browser(alice).get(path_of(base)).content.decode()
    settings.MAX_WORKSPACES_PER_USER, settings.MAX_CONCURRENT_WORKSPACES = 9, 1
    assert "Stop one first" in browser(alice).get(path_of(base)).content.decode()
    assert clones(base) == []


def test_an_editor_gives_the_password_and_gets_copies_of_their_own(
    browser: Browser, alice: User, bob: User, base: Workspace
) -> None:
    Share.objects.create(workspace=base, user=bob, role=Share.Role.EDITOR)
    Workspace.objects.update(password_encrypted=password_encrypt("a long password"))
    client = browser(bob)
    assert Page(client.get(path_of(base))).all("input", name="source_password")
    wrong = client.post(path_of(base), {"count": "1", "source_password": "another one"})
    assert wrong.status_code == 403
    assert Page(wrong).all("input", name="source_password", aria_invalid="true")
    assert client.post(path_of(base), {"count": "1", "source_password": "a long password"}).status_code == 302
    assert [(one.owner, one.has_password) for one in clones(base)] == [(bob, False)]
    assert not Page(browser(alice).get(path_of(base))).all("input", name="source_password")


def test_viewers_guests_and_strangers_are_offered_nothing(
    browser: Browser, bob: User, charlie: User, base: Workspace
) -> None:
    share = Share.objects.create(workspace=base, user=bob, role=Share.Role.VIEWER)
    client = browser(bob)
    assert not Page(client.get(f"/workspaces/{base.public_id}/")).all("a", href=path_of(base))
    assert (client.get(path_of(base)).status_code, client.post(path_of(base), {"count": "1"}).status_code) == (403, 403)
    Share.objects.filter(pk=share.pk).update(role=Share.Role.EDITOR)
    User.objects.filter(pk=bob.pk).update(is_guest=True)
    assert not Page(client.get(f"/workspaces/{base.public_id}/")).all("a", href=path_of(base))
    assert client.post(path_of(base), {"count": "1"}).status_code == 403
    assert browser(charlie).get(path_of(base)).status_code == 404
    assert browser().get(path_of(base)).status_code == 302
    assert clones(base) == []


def test_what_is_being_made_offers_no_copies(
    browser: Browser, alice: User, make_workspace: MakeWorkspace, base: Workspace
) -> None:
    fresh = make_workspace(alice, running=False, name="Fresh")
    client = browser(alice)
    assert not Page(client.get(f"/workspaces/{fresh.public_id}/")).all("a", href=path_of(fresh))
    page = client.get(path_of(fresh))
    assert page.status_code == 200 and "cannot be copied now" in page.content.decode()
    assert client.post(path_of(fresh), {"count": "1"}).status_code == 409


def test_those_that_failed_say_why_and_are_tried_again(
    browser: Browser, alice: User, base: Workspace, work: Work, engine: FakeEngine
) -> None:
    client = browser(alice)
    engine.faults = [Fault("snapshot_take", EngineError("no space left on device"), times=3)]
    where = client.post(path_of(base), {"count": "2"}).headers["Location"]
    work()
    for path in (where, "/workspaces/"):
        page = client.get(path)
        assert "no space left on device" in page.content.decode() and Page(page).problems() == []
        again = [one["value"] for one in Page(page).all("input", type="hidden", name="id")]
        assert again == [one.public_id for one in clones(base)]
    assert client.post("/workspaces/bulk", {"do": "start", "id": again, "next": where}).headers["Location"] == where
    work()
    assert [one.state for one in clones(base)] == [State.RUNNING] * 2
    page = client.get(where)
    assert not Page(page).all("input", type="hidden", name="id") and "Since then: running" in page.content.decode()


def test_a_card_says_what_it_is_a_copy_of_where_its_name_does_not(
    browser: Browser, alice: User, base: Workspace, work: Work
) -> None:
    client = browser(alice)
    client.post(path_of(base), {"count": "1"})
    work()
    [one] = clones(base)
    card = f"/workspaces/{one.public_id}/card"
    assert "copy of" not in client.get(card, headers=HTMX).content.decode()
    Workspace.objects.filter(pk=one.pk).update(name="Ann")
    assert "copy of Base" in client.get(card, headers=HTMX).content.decode()


def test_what_is_deleted_by_itself_says_when(browser: Browser, alice: User, base: Workspace) -> None:
    Workspace.objects.update(expires_at=datetime(2031, 5, 4, 12, 30, tzinfo=UTC))
    client = browser(alice)
    for path in (f"/workspaces/{base.public_id}/", "/workspaces/"):
        text = client.get(path).content.decode()
        assert "Deleted by itself on" in text and "2031" in text
